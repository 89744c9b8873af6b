import { z } from 'zod';
import { type Effect, effects, type Target } from '../../llm/tool.js';
import { digestOf } from '../../vault/digest.js';

/** `running`: a call that no transaction can take back is under way. `unknown`: it was, and nobody knows what came of it. */
export const statuses = [
  'waiting',
  'approved',
  'running',
  'done',
  'failed',
  'refused',
  'unknown',
  'rejected',
  'expired',
  'withdrawn',
] as const;
export type Status = (typeof statuses)[number];

export const stepKinds = ['approved', 'edited', 'rejected', 'delegated', 'withdrawn'] as const;
export type StepKind = (typeof stepKinds)[number];

export interface Subject {
  readonly kind: string;
  readonly id: string;
}

/** Something that the agent had read when it asked: its author may be anybody. */
export const Source = z.object({
  kind: z.enum(['document', 'result']),
  /** Of a document; of a result, of the file that it came from. */
  id: z.string().optional(),
  title: z.string(),
  /** Read for an earlier question of the same conversation. */
  earlier: z.boolean().default(false),
});
export type Source = z.infer<typeof Source>;

/** Why the agent asked, in its own words, and what it had read before. */
export const Background = z.object({ why: z.string(), sources: z.array(Source) });
export type Background = z.infer<typeof Background>;

export const TargetShape = z.object({
  kind: z.string(),
  id: z.string(),
  title: z.string(),
  version: z.number().optional(),
});

/** What would run: an approval is for this and nothing else. */
export interface Version {
  readonly version: number;
  /** JSON, exactly as it would be handed to the tool. */
  readonly arguments: string;
  readonly target: Target | null;
  /** In plain words, what will happen. */
  readonly summary: string;
  readonly digest: Buffer;
  /** Null: the agent's own. */
  readonly editedBy: string | null;
  readonly createdAt: Date;
}

export interface Step {
  readonly step: StepKind;
  readonly accountId: string;
  readonly accountName: string;
  readonly version: number;
  readonly digest: Buffer;
  readonly reason: string | null;
  readonly delegatedTo: string | null;
  readonly createdAt: Date;
}

/** A call that a person must allow first, as lists show it. */
export interface DecisionSummary {
  readonly id: string;
  readonly tool: string;
  readonly effect: Effect;
  readonly status: Status;
  readonly summary: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly assignedTo: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface Decision extends DecisionSummary {
  readonly toolCallId: string;
  readonly messageId: string;
  readonly conversationId: string | null;
  readonly trigger: string;
  readonly requestId: string;
  readonly background: Background;
  /** The number of the version that counts. */
  readonly version: number;
  readonly attempt: string | null;
  /** What it is about, and so who may see it; null for what is there for everybody (llm/target.ts). */
  readonly subject: Subject | null;
  /** For people: what came of it. */
  readonly result: string | null;
  readonly versions: readonly Version[];
  readonly steps: readonly Step[];
}

export const DecisionRow = z.object({
  id: z.uuid(),
  tool: z.string(),
  effect: z.enum(effects),
  status: z.enum(statuses),
  agentId: z.uuid(),
  agentName: z.string(),
  accountId: z.uuid(),
  accountName: z.string(),
  assignedTo: z.uuid().nullable(),
  createdAt: z.date(),
  expiresAt: z.date(),
  decidedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  version: z.number(),
  /** Waiting, but its time is over. */
  overdue: z.boolean(),
});

/** SHA-256 over tool, arguments and target: a changed byte in any of them is another digest. */
export function digestFor(call: { tool: string; arguments: string; target: Target | null }): Buffer {
  return digestOf({ tool: call.tool, arguments: call.arguments, target: call.target });
}

export function currentVersion({ versions, version }: Pick<Decision, 'versions' | 'version'>): Version {
  const found = versions.find((each) => each.version === version);
  if (!found) throw new Error('A decision without the version that counts');
  return found;
}

/** The people whose approval holds for what would run now, each once. */
export function approversOf(decision: Pick<Decision, 'versions' | 'version' | 'steps'>): Map<string, string> {
  const { version, digest } = currentVersion(decision);
  const counting = decision.steps.filter(
    (step) => step.step === 'approved' && step.version === version && step.digest.equals(digest),
  );
  return new Map(counting.map(({ accountId, accountName }) => [accountId, accountName]));
}
