import type { TenantDatabase } from '../../database/database.js';
import { toolNamed } from '../../llm/tool.js';
import type { TenantContext } from '../../tenancy/context.js';
import { settleNotifications } from '../notifications/list/actions.js';
import { notify } from '../notifications/notify.js';
import type { Decision, Status } from './decision.js';
import { findAsked } from './queries.js';
import { statusWords } from './wording.js';

const subjectOf = (id: string) => ({ kind: 'decision', id });

/** Tells those who may approve, in the page; and by mail as each wants it, but not those who got one of its own. */
export async function tellApprovers(
  db: TenantDatabase,
  context: TenantContext,
  { id, summary, tool, subject }: Pick<Decision, 'id' | 'summary' | 'tool' | 'subject'>,
  { to, mailed }: { to: readonly string[]; mailed: readonly string[] },
): Promise<void> {
  const path = `/inbox/${id}`;
  // A bell keeps its words when somebody is taken out of what they are about (IS-5).
  const title = subject ? labelOf(tool) : summary;
  await notify(db, context, { to, mailed, kind: 'decision', subject: subjectOf(id), title, path });
}

/** Tells who asked that their call waits for somebody who is not there. */
export async function tellNobodyElse(
  db: TenantDatabase,
  context: TenantContext,
  { id, accountId, tool }: Pick<Decision, 'id' | 'accountId' | 'tool'>,
): Promise<void> {
  const title = `Nobody else may decide: ${labelOf(tool)}`;
  await notify(db, context, { to: [accountId], kind: 'decision', subject: subjectOf(id), title, path: `/inbox/${id}` });
}

const labelOf = (tool: string): string => toolNamed(tool)?.label ?? tool;

/** It waits for nobody any more. */
export function settle(db: TenantDatabase, id: string): Promise<void> {
  return settleNotifications(db, subjectOf(id));
}

/**
 * Tells who asked what became of it. Said by nobody: what runs in their name is not their own act. Opens nothing sealed, as
 * a decision that somebody altered must come to its end, too.
 */
export async function tellAsker(db: TenantDatabase, context: TenantContext, id: string, status: Status): Promise<void> {
  const asked = await findAsked(db, id);
  if (!asked) return;
  const title = `${statusWords[status]}: ${labelOf(asked.tool)}`;
  const nobody: TenantContext = { ...context, actor: { kind: 'system', name: 'decisions', may: [] } };
  await notify(db, nobody, {
    ...{ to: [asked.accountId], kind: 'finished', subject: { kind: 'outcome', id }, title, path: `/inbox/${id}` },
  });
}
