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
}

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
}

/** Only looks. Runs outside of any transaction; its result is used once the call is in the audit. */
interface Reading<Input> extends Described<Input> {
  run(context: TenantContext, input: Input, call: CallScope): Promise<ToolResult>;
}

/** Changes something: in `db`, the transaction that also holds the call and its audit event, and nowhere else. */
interface Writing<Input> extends Described<Input> {
  act(db: TenantDatabase, context: TenantContext, input: Input, call: CallScope): Promise<ToolResult>;
}

/** A call whose arguments fit. */
export type PreparedCall =
  | { readonly kind: 'reads'; run(context: TenantContext, call: CallScope): Promise<ToolResult> }
  | { readonly kind: 'writes'; act(db: TenantDatabase, context: TenantContext, call: CallScope): Promise<ToolResult> }
  /** What is wrong with the arguments, for the model. */
  | { readonly kind: 'unfit'; readonly problem: string };

export interface Tool {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly permission: Permission;
  /** As a model is told about it. */
  readonly model: ModelTool;
  prepare(given: unknown): PreparedCall;
}

const tools = new Map<string, Tool>();

/** An agent's hand: it calls the same action as a page does. Defined once, when the feature's tools.ts is loaded. */
export function defineTool<Input>(tool: Reading<Input> | Writing<Input>): Tool {
  const { name, label, description, permission, input } = tool;
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new Error(`Not a name for a tool: ${name}`);
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input' });
  const defined: Tool = {
    name,
    label,
    description,
    permission,
    model: { name, description, schema },
    prepare(given) {
      const parsed = input.safeParse(given);
      if (!parsed.success) return { kind: 'unfit', problem: z.prettifyError(parsed.error) };
      if ('act' in tool)
        return { kind: 'writes', act: (db, context, call) => tool.act(db, context, parsed.data, call) };
      return { kind: 'reads', run: (context, call) => tool.run(context, parsed.data, call) };
    },
  };
  tools.set(name, defined);
  return defined;
}

export const toolNamed = (name: string): Tool | undefined => tools.get(name);

/** Every tool of this process, by name. */
export const allTools = (): readonly Tool[] =>
  [...tools.values()].sort((one, other) => one.name.localeCompare(other.name));
