import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Forbidden } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { tellChange } from '../../notifications/changes/queries.js';
import { notifyMentions } from '../../notifications/mentions.js';
import { notify } from '../../notifications/notify.js';
import { lockActive } from '../actions.js';
import { doerOf } from '../people/people.js';
import { getTask } from '../queries.js';
import type { Task } from '../task.js';
import type { Entry } from './entry.js';
import { deleteComment, getComment, insertEntry, updateComment } from './queries.js';

export const commentTask = (context: TenantContext, taskId: string, text: string): Promise<string> =>
  inTenant(context, 'tasks.update', (db) => commentTaskIn(db, context, taskId, text));

/** In the caller's transaction. Whoever is to do it and whoever made it hear of it. Answers the comment's id. */
export async function commentTaskIn(
  db: TenantDatabase,
  context: TenantContext,
  taskId: string,
  text: string,
): Promise<string> {
  const task = await lockActive(db, taskId);
  const id = newId();
  await insertEntry(db, { id, taskId, kind: 'comment', doer: doerOf(context), body: text });
  await record(db, context, { event: 'task.commented', taskId, id });
  const about = { subject: { kind: 'task', id: taskId }, title: task.title, path: `/tasks/${taskId}#comment-${id}` };
  const mentioned = await notifyMentions(db, context, { text, ...about });
  const to = concerned(task).filter((account) => !mentioned.includes(account));
  await notify(db, context, { to, kind: 'comment', ...about });
  return id;
}

function concerned({ assignee, accountId }: Task): string[] {
  return [...(assignee?.kind === 'member' ? [assignee.id] : []), ...(accountId ? [accountId] : [])];
}

/** Throws Forbidden for a comment that somebody else wrote, an agent among them. */
export const editComment = (context: TenantContext, place: { taskId: string; id: string }, text: string) =>
  inTenant(context, 'tasks.update', async (db) => {
    const { taskId, id } = place;
    const task = await getTask(db, taskId);
    const comment = await getComment(db, taskId, id);
    if (!mayEdit(context, comment)) throw new Forbidden('Only who wrote a comment may change it.');
    await updateComment(db, id, text);
    await record(db, context, { event: 'task.comment-edited', taskId, id });
    const about = { subject: { kind: 'task', id: taskId }, title: task.title, path: `/tasks/${taskId}#comment-${id}` };
    await notifyMentions(db, context, { text, before: comment.text, ...about });
  });

export const removeComment = (context: TenantContext, { taskId, id }: { taskId: string; id: string }) =>
  inTenant(context, 'tasks.update', async (db) => {
    const comment = await getComment(db, taskId, id);
    if (!mayRemove(context, comment)) throw new Forbidden('Only who wrote a comment may delete it.');
    await deleteComment(db, id);
    await record(db, context, { event: 'task.comment-deleted', taskId, id });
  });

/** Nobody puts words into an agent's mouth. */
export const mayEdit = (context: TenantContext, comment: Entry): boolean =>
  comment.agentId === null && mayRemove(context, comment);

/** One's own, and what an agent wrote for one. */
export function mayRemove({ actor }: TenantContext, { accountId }: Entry): boolean {
  return accountId !== null && accountId === accountOf(actor);
}

async function record(
  db: TenantDatabase,
  context: TenantContext,
  { event, taskId, id }: { event: string; taskId: string; id: string },
): Promise<void> {
  const subject = { kind: 'task', id: taskId };
  await recordEvent(db, context, { category: 'task', event, subject, details: { comment: id } });
  await tellChange(db, { kind: 'task', id: taskId });
}
