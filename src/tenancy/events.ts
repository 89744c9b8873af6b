import type { TenantDatabase } from '../database/database.js';
import { newId } from '../database/id.js';
import { often } from '../database/prepared.js';
import type { Sql } from '../database/sql.js';
import { accountOf, type TenantContext } from './context.js';
import { type EventRow, eventInsertion } from './queries.js';

export const categories = [
  'sign-in',
  'member',
  'agent',
  'conversation',
  'tool',
  'decision',
  'knowledge',
  'page',
  'calendar',
  'task',
  'settings',
  'workspace',
  'audit',
  'security',
] as const;
export type Category = (typeof categories)[number];

export interface AuditEvent {
  readonly category: Category;
  /** What happened, in the past tense: `document.uploaded`. */
  readonly event: string;
  readonly outcome?: 'done' | 'refused' | 'failed';
  readonly subject?: { readonly kind: string; readonly id: string };
  /** SHA-256 of the arguments (vault/digest.ts): shows later that they were these, without keeping them. */
  readonly digest?: Buffer;
  /** Facts such as counts, sizes, roles. Never content. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Writes the event in the transaction of the act: if it cannot be written, the act does not happen (AU-1). */
export async function recordEvent(db: TenantDatabase, context: TenantContext, event: AuditEvent): Promise<void> {
  await db.run(often(eventInsertion(rowOf(context, event))));
}

/**
 * The same as a part of the act's own statement (`with act as (...), audited as (...)`), for acts that are waited for:
 * measured at 1.3 times the statement alone instead of 1.5. `from` names what was done; nothing done, nothing written.
 */
export function eventOf(context: TenantContext, event: AuditEvent, from: Sql): Sql {
  return eventInsertion(rowOf(context, event), from);
}

function rowOf(context: TenantContext, event: AuditEvent): EventRow {
  const { actor } = context;
  return {
    id: newId(),
    category: event.category,
    event: event.event,
    outcome: event.outcome ?? 'done',
    actorKind: actor.kind,
    accountId: accountOf(actor) ?? null,
    agentId: actor.kind === 'agent' ? actor.agentId : null,
    actorName: actor.name,
    subjectKind: event.subject?.kind ?? null,
    subjectId: event.subject?.id ?? null,
    trigger: context.trigger,
    requestId: context.requestId,
    address: context.address ?? null,
    digest: event.digest ?? null,
    details: JSON.stringify(event.details ?? {}),
  };
}
