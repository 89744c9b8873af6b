import type { TenantDatabase } from '../../../database/database.js';
import type { Sql } from '../../../database/sql.js';
import { UpstreamFailed } from '../../../errors.js';
import type { ToolCall } from '../../../llm/model-step.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { type AuditEvent, eventOf } from '../../../tenancy/events.js';
import { inOneStatement } from '../../../tenancy/in-tenant.js';
import { digestOf } from '../../../vault/digest.js';
import type { DecisionShown } from '../thread/message.js';
import { insertToolCall, settleOwnCall } from '../turns/progress/queries.js';
import type { Audited } from '../turns/queries.js';
import { budget } from './budget.js';
import type { Turn } from './turn.js';
import type { Marks } from './untrusted.js';

export interface Ended {
  readonly outcome: 'done' | 'refused' | 'failed' | 'waiting';
  /** For the model. */
  readonly told: string;
  /** For the person. */
  readonly shown: string;
  readonly why?: string;
  readonly decision?: DecisionShown;
}

/** What the audit knows of a call: one that waits has an event of its own. */
export type Written = Ended & { readonly outcome: 'done' | 'refused' | 'failed' };

/** One call under way. */
export interface Running {
  readonly turn: Turn;
  readonly call: ToolCall;
  readonly id: string;
  readonly ordinal: number;
  readonly context: TenantContext;
  readonly began: number;
  readonly marks: Marks;
  /** What the agent said just before the call. */
  readonly why: string;
  /** The name of what it reads, once its arguments are known to fit. */
  reads?: string | undefined;
}

/** Writes an ended call down by itself, in a transaction of its own. */
export async function recorded(running: Running, ended: Written): Promise<Ended> {
  try {
    await inOneStatement(running.context, 'conversations.update', (db) => write(db, running, ended));
  } catch (error) {
    throw unwritten(error);
  }
  return ended;
}

/** The call, its result and its audit event: one statement, in the transaction of the act where there is one. */
export async function write(db: TenantDatabase, running: Running, ended: Written): Promise<void> {
  const { turn, call, id, ordinal, context } = running;
  const { outcome, why, shown: result } = ended;
  const durationMs = elapsed(running);
  const tool = nameForRecord(call);
  const event = eventFor(running, { outcome, durationMs, why });
  const audited: Audited = (from) => eventOf(context, event, from);
  const row = { id, ordinal, tool, arguments: argumentText(call), result, outcome, durationMs, audited };
  await insertToolCall(db, turn, row);
}

/** Before an act that no transaction can take back: if nothing more is heard of it, that is what stays. */
export async function begun(running: Running): Promise<void> {
  const { turn, call, id, ordinal, context } = running;
  const tool = nameForRecord(call);
  const event = { ...eventFor(running), event: 'tool.begun' } as const;
  const audited: Audited = (from) => eventOf(context, event, from);
  const result = 'It had begun, and nobody knows what came of it. It is not repeated.';
  const row = {
    id,
    ordinal,
    tool,
    arguments: argumentText(call),
    result,
    outcome: 'unknown',
    durationMs: null,
  } as const;
  try {
    await inOneStatement(context, 'conversations.update', (db) => insertToolCall(db, turn, { ...row, audited }));
  } catch (error) {
    throw unwritten(error);
  }
}

/** What came of one that had begun. */
export async function settled(running: Running, ended: Written): Promise<Ended> {
  const { id, context, turn } = running;
  const { outcome, why, shown: result } = ended;
  const durationMs = elapsed(running);
  const event = eventFor(running, { outcome, durationMs, why });
  const end = { result, outcome, durationMs, audited: (from: Sql) => eventOf(context, event, from) };
  try {
    const written = await inOneStatement(context, 'conversations.update', (db) => settleOwnCall(db, turn, id, end));
    if (written === 0) throw new Error('The answer that this tool call belongs to is gone');
  } catch (error) {
    throw unwritten(error);
  }
  return ended;
}

function eventFor(
  { call, id, turn }: Running,
  ended: { outcome?: Written['outcome']; durationMs?: number; why?: string | undefined } = {},
): AuditEvent {
  const { outcome = 'done', durationMs = null, why } = ended;
  return {
    category: 'tool',
    event: 'tool.called',
    outcome,
    subject: { kind: 'tool', id: nameForRecord(call) },
    digest: digestOf(call.arguments),
    details: { callId: id, durationMs, conversationId: turn.conversationId, ...(why ? { why } : {}) },
  };
}

export function unwritten(error: unknown): UpstreamFailed {
  log().error({ err: error }, 'a tool call could not be written down');
  return new UpstreamFailed(
    'What a tool found could not be written into the activity log, so it was not used. Try again.',
  );
}

/** A model can make up any name; only what looks like one is kept in the clear. */
export function nameForRecord({ name }: ToolCall): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : 'unknown';
}

export function argumentText({ arguments: given }: ToolCall): string {
  const text = typeof given === 'string' ? given : JSON.stringify(given, null, 2);
  return text.slice(0, budget.argumentCharacters);
}

export function elapsed({ began }: Running): number {
  return Math.round(performance.now() - began);
}
