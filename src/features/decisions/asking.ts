import type { TenantDatabase } from '../../database/database.js';
import { enqueueJob } from '../../jobs/job.js';
import type { FittingCall, Tool } from '../../llm/tool.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import type { AuditEvent } from '../../tenancy/events.js';
import { type Background, digestFor } from './decision.js';
import { type Policy, type Rule, ruleFor } from './policy/policy.js';
import { findPolicies } from './policy/queries.js';
import { insertDecision, type NewVersion } from './queries.js';

export interface Judgement {
  readonly rule: Rule;
  readonly policy: Policy;
}

interface Considered {
  readonly tool: Tool;
  readonly prepared: FittingCall;
  /** Asked only when it matters. */
  hasRead(): Promise<boolean>;
}

/** What the workspace and the agent say about a call now. An agent that is gone may nothing. */
export async function judgeByPolicy(
  db: TenantDatabase,
  agentId: string,
  { tool, prepared, hasRead }: Considered,
): Promise<Judgement | undefined> {
  const found = await findPolicies(db, agentId);
  if (!found) return undefined;
  const { policy, agentRules } = found;
  const call = { name: tool.name, effect: tool.effect, amount: prepared.amount };
  const rule = ruleFor(policy, agentRules, call);
  const led = ruleFor(policy, agentRules, { ...call, hasRead: true });
  return { rule: rule !== led && (await hasRead()) ? led : rule, policy };
}

export interface Question {
  readonly id: string;
  readonly toolCallId: string;
  readonly messageId: string;
  readonly conversationId: string;
  readonly tool: Tool;
  readonly prepared: FittingCall;
  /** JSON, as the tool would get it. */
  readonly arguments: string;
  readonly background: Background;
  readonly policy: Policy;
}

export interface Asked {
  readonly version: NewVersion;
  readonly expiresAt: Date;
  /** For the audit, in the statement that writes the waiting call. */
  readonly event: AuditEvent;
  /** Writes the decision, in the same transaction. */
  write(): Promise<void>;
}

const dayMs = 24 * 3600_000;

/** Makes ready what a person will be asked. Throws a Failure when there is nothing that the call could act upon. */
export async function prepareQuestion(db: TenantDatabase, context: TenantContext, question: Question): Promise<Asked> {
  const { id, tool, prepared, policy, toolCallId, conversationId } = question;
  const target = await prepared.target(db, context, { conversationId });
  const call = { tool: tool.name, arguments: question.arguments, target };
  const version = { ...call, summary: prepared.says(target), digest: digestFor(call) };
  const expiresAt = new Date(Date.now() + policy.days * dayMs);
  const { actor, trigger, requestId } = context;
  if (actor.kind !== 'agent') throw new Error('Only agents ask');
  return {
    version,
    expiresAt,
    event: {
      category: 'decision',
      event: 'decision.asked',
      subject: { kind: 'decision', id },
      digest: version.digest,
      details: {
        ...{ tool: tool.name, effect: tool.effect, callId: toolCallId, conversationId, days: policy.days },
        sources: question.background.sources.length,
      },
    },
    async write() {
      await insertDecision(db, context, {
        ...{ id, toolCallId, conversationId, messageId: question.messageId, trigger, requestId, version },
        agent: { id: actor.agentId, name: actor.name },
        account: { id: accountOf(actor) ?? '', name: actor.onBehalfOf.name },
        tool: tool.name,
        effect: tool.effect,
        background: question.background,
        expiresAt,
      });
      await enqueueJob(db, 'decisions.announce', { decisionId: id }, { key: `announce ${id}` });
      await enqueueJob(db, 'decisions.expire', { decisionId: id }, { key: `expire ${id}`, at: expiresAt });
    },
  };
}
