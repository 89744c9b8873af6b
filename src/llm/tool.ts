import { z } from 'zod';
import type { TenantDatabase } from '../database/database.js';
import type { TenantContext } from '../tenancy/context.js';
import type { Permission } from '../tenancy/permissions.js';
import type { ModelTool } from './model-step.js';

/** A piece of a document that an answer may cite. */
export interface Passage {
  readonly documentId: string;
  readonly chunkId: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly page?: number | undefined;
  readonly text: string;
  /** Of a file that belongs to this conversation alone; `documentId` is then the file's. */
  readonly conversationId?: string | undefined;
}

export interface ToolResult {
  /** JSON for the model, and for the person who opens the call. */
  readonly result: unknown;
  /** Passages that the answer may cite; the gateway numbers them and shows their text to the model. */
  readonly citations?: readonly Passage[];
}

/** What a tool is told about the call beside who acts where. */
export interface CallScope {
  readonly id: string;
  /** Aborted when the turn is stopped or out of time. */
  readonly signal: AbortSignal;
  /** Which documents the agent may know: all that the asking person may read, or those of them with these ids. */
  readonly knowledge: 'all' | readonly string[];
  /** An agent is only being tested: nothing may be kept of the call. */
  readonly dryRun?: boolean;
  /** Whose files may be read; absent where there is none. */
  readonly conversationId?: string | undefined;
}

/**
 * What comes of a call, for policy and people (AG-6): nothing but a look, a change inside the workspace that can be undone,
 * one that cannot, or something that leaves the workspace.
 */
export const effects = ['reads', 'inside', 'irreversible', 'outside'] as const;
export type Effect = (typeof effects)[number];

/** What a call would act upon, as it is now. When any of it has changed, an approval does not hold any more. */
export interface Target {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly version?: number;
}

/** Where a call was asked for. */
export type Place = Pick<CallScope, 'conversationId'>;

interface Described<Input> {
  /** As the model calls it: `search_knowledge`. */
  readonly name: string;
  /** As people read it: `Search knowledge`. */
  readonly label: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** What the asking person must be allowed. */
  readonly permission: Permission;
  readonly input: z.ZodType<Input>;
  /**
   * What the call is about, of a kind that is defined (target.ts); null for what is there for everybody. Whoever cannot see
   * it cannot see a decision about the call. Throws a Failure when there is nothing to act upon.
   */
  target?(db: TenantDatabase, context: TenantContext, input: Input, place: Place): Promise<Target | null>;
  /** In plain words, what will happen: `Delete the document “Travel handbook” for good`. */
  says?(input: Input, target: Target | null): string;
  /** Of a tool that reads: the name of what it reads, for people who decide later what it may have been told there. */
  reads?(input: Input): string;
  /** Chosen for no agent: every agent has it in a conversation with files, as the person gave them to it. */
  readonly comesWith?: 'files';
  /** What it is about in money or the like, where there is such a thing: a policy may ask for more above a limit. */
  amount?(input: Input): number;
}

/** Only looks. Runs outside of any transaction; its result is used once the call is in the audit. */
interface Reading<Input> extends Described<Input> {
  /** `outside` when what is asked for is told to somebody else. */
  readonly effect: 'reads' | 'outside';
  run(context: TenantContext, input: Input, call: CallScope): Promise<ToolResult>;
}

type Acting = Exclude<Effect, 'reads'>;

/** Changes something: in `db`, the transaction that also holds the call and its audit event, and nowhere else. */
interface Writing<Input> extends Described<Input> {
  readonly effect: Exclude<Acting, 'outside'>;
  act(db: TenantDatabase, context: TenantContext, input: Input, call: CallScope): Promise<ToolResult>;
  /** Told to every process when it commits, for those that keep a copy of what was changed. */
  publishes?(context: TenantContext, input: Input): Notice;
  /** In this process, after the commit: for what a restart would forget anyway. */
  afterwards?(context: TenantContext, input: Input): Promise<void>;
}

export interface Notice {
  readonly topic: string;
  readonly id: string;
}

/** Does something beyond our database, which no transaction can take back. */
interface Sending<Input> extends Described<Input> {
  readonly effect: Acting;
  /** The other side knows a call by its id and does the same one once. Otherwise a call is never made twice. */
  readonly repeatable: boolean;
  send(context: TenantContext, input: Input, call: CallScope): Promise<ToolResult>;
}

interface Fitting {
  readonly amount: number | undefined;
  readonly reads: string | undefined;
  target(db: TenantDatabase, context: TenantContext, place?: Place): Promise<Target | null>;
  says(target: Target | null): string;
}

export interface PreparedReading extends Fitting {
  readonly kind: 'reads';
  run(context: TenantContext, call: CallScope): Promise<ToolResult>;
}

export interface PreparedWriting extends Fitting {
  readonly kind: 'writes';
  act(db: TenantDatabase, context: TenantContext, call: CallScope): Promise<ToolResult>;
  publishes(context: TenantContext): Notice | undefined;
  afterwards(context: TenantContext): Promise<void>;
}

export interface PreparedSending extends Fitting {
  readonly kind: 'sends';
  readonly repeatable: boolean;
  send(context: TenantContext, call: CallScope): Promise<ToolResult>;
}

/** A call whose arguments fit. */
export type FittingCall = PreparedReading | PreparedWriting | PreparedSending;

/** `problem`: what is wrong with the arguments, for the model. */
export type PreparedCall = FittingCall | { readonly kind: 'unfit'; readonly problem: string };

export interface Tool {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly permission: Permission;
  readonly effect: Effect;
  readonly comesWith: 'files' | undefined;
  /** As a model is told about it. */
  readonly model: ModelTool;
  prepare(given: unknown): PreparedCall;
}

type Definition<Input> = Reading<Input> | Writing<Input> | Sending<Input>;

const tools = new Map<string, Tool>();

/** An agent's hand: it calls the same action as a page does. Defined once, when the feature's tools.ts is loaded. */
export function defineTool<Input>(tool: Definition<Input>): Tool {
  const { name, label, description, permission, effect, input } = tool;
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new Error(`Not a name for a tool: ${name}`);
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input' });
  const defined: Tool = {
    name,
    label,
    description,
    permission,
    effect,
    comesWith: tool.comesWith,
    model: { name, description, schema },
    prepare(given) {
      const parsed = input.safeParse(given);
      if (!parsed.success) return { kind: 'unfit', problem: z.prettifyError(parsed.error) };
      return fitting(tool, parsed.data);
    },
  };
  tools.set(name, defined);
  return defined;
}

function fitting<Input>(tool: Definition<Input>, input: Input): FittingCall {
  const common: Fitting = {
    amount: tool.amount?.(input),
    reads: tool.reads?.(input),
    target: async (db, context, place = {}) => (await tool.target?.(db, context, input, place)) ?? null,
    says: (target) => tool.says?.(input, target) ?? tool.label,
  };
  if ('act' in tool) {
    return {
      ...common,
      kind: 'writes',
      act: (db, context, call) => tool.act(db, context, input, call),
      publishes: (context) => tool.publishes?.(context, input),
      afterwards: async (context) => tool.afterwards?.(context, input),
    };
  }
  if ('send' in tool) {
    const { repeatable } = tool;
    return { ...common, kind: 'sends', repeatable, send: (context, call) => tool.send(context, input, call) };
  }
  return { ...common, kind: 'reads', run: (context, call) => tool.run(context, input, call) };
}

export const toolNamed = (name: string): Tool | undefined => tools.get(name);

/** Every tool of this process that can be chosen for an agent, by name. */
export const allTools = (): readonly Tool[] => byName(({ comesWith }) => !comesWith);

/** Those that come with the files of a conversation. */
export const fileTools = (): readonly Tool[] => byName(({ comesWith }) => comesWith === 'files');

const byName = (which: (tool: Tool) => boolean): readonly Tool[] =>
  [...tools.values()].filter(which).sort((one, other) => one.name.localeCompare(other.name));
