import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { Conflict } from '../../errors.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import { tellChange } from '../notifications/changes/queries.js';
import { notifyMentions } from '../notifications/mentions.js';
import { notify } from '../notifications/notify.js';
import { changesBetween, type Wordings } from './changes.js';
import { insertEntry } from './entries/queries.js';
import { listLabels } from './labels/queries.js';
import { demandAssignable, doerOf, nameIn, namesOf } from './people/people.js';
import { type Place, placeTask } from './places/places.js';
import { lockBoard, nextNumber } from './places/queries.js';
import { deleteTask, getTask, insertTask, lockTask, markArchived, updateTaskRow } from './queries.js';
import type { Assignee, Task, TaskChanges, TaskDraft } from './task.js';
import { followTask, stopWork } from './work/giving.js';

export const createTask = (context: TenantContext, draft: TaskDraft): Promise<string> =>
  inTenant(context, 'tasks.create', (db) => createTaskIn(db, context, draft));

/** In the caller's transaction. It stands at the top of its column. Answers its id. */
export async function createTaskIn(db: TenantDatabase, context: TenantContext, draft: TaskDraft): Promise<string> {
  if (draft.assignee) await demandAssignable(db, context, draft.assignee);
  const [id, doer] = [newId(), doerOf(context)];
  const number = await nextNumber(db);
  await insertTask(db, { id, number, draft, doer });
  await insertEntry(db, { id: newId(), taskId: id, kind: 'created', doer });
  await record(db, context, { event: 'task.created', id, details: { number, status: draft.status } });
  await followTask(db, context, { after: { ...draft, id } });
  await tellAssignee(db, context, { id, title: draft.title, assignee: draft.assignee, before: null });
  await tellMentioned(db, context, { id, title: draft.title, text: draft.description });
  return id;
}

/** `seen`: the version that the form showed. Throws Conflict when there is a newer one, or the task is put away. */
export const updateTask = (context: TenantContext, id: string, change: { seen: number; changes: TaskChanges }) =>
  inTenant(context, 'tasks.update', (db) => updateTaskIn(db, context, id, change));

export async function updateTaskIn(
  db: TenantDatabase,
  context: TenantContext,
  id: string,
  { seen, changes }: { seen?: number | undefined; changes: TaskChanges },
): Promise<Task> {
  if (changes.status) await lockBoard(db);
  const task = await lockActive(db, id);
  if (seen !== undefined && seen !== task.version) throw new Conflict(staleWords);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const next: Task = { ...task, ...given };
  if (next.assignee && next.assignee.id !== task.assignee?.id) await demandAssignable(db, context, next.assignee);
  const changed = changesBetween(task, next, await wordingsFor(db, context, [task.assignee, next.assignee]));
  if (changed.length === 0) return task;
  if (next.status !== task.status) await placeTask(db, task, { status: next.status, place: 'top' });
  await updateTaskRow(db, next);
  await insertEntry(db, {
    ...{ id: newId(), taskId: id, kind: 'changed', doer: doerOf(context) },
    body: JSON.stringify(changed),
  });
  const fields = changed.map(({ field }) => field).join(' ');
  await record(db, context, { event: 'task.updated', id, details: { fields, status: next.status } });
  await followTask(db, context, { before: task, after: next });
  await tellAssignee(db, context, { id, title: next.title, assignee: next.assignee, before: task.assignee });
  await tellMentioned(db, context, { id, title: next.title, text: next.description, before: task.description });
  return getTask(db, id);
}

export const staleWords =
  'Somebody changed this task while you were writing. What you wrote is still here: compare, then save again.';

/** On the board. A new column is a new version; another place in the same one is not. */
export const moveTask = (context: TenantContext, id: string, place: Place): Promise<void> =>
  inTenant(context, 'tasks.update', async (db) => {
    await lockBoard(db);
    const task = await lockActive(db, id);
    await placeTask(db, task, place);
    const moved = task.status !== place.status;
    if (moved) {
      const changed = changesBetween(task, { ...task, status: place.status }, await wordingsFor(db, context, []));
      const doer = doerOf(context);
      await insertEntry(db, { id: newId(), taskId: id, kind: 'changed', doer, body: JSON.stringify(changed) });
    }
    await record(db, context, { event: 'task.moved', id, details: { status: place.status, place: place.place } });
    await followTask(db, context, { before: task, after: { ...task, status: place.status } });
  });

/** Out of lists and board, and back again. */
export const setArchived = (context: TenantContext, id: string, archived: boolean): Promise<void> =>
  inTenant(context, 'tasks.update', async (db) => {
    await lockBoard(db);
    const task = await lockTask(db, id);
    if ((task.archivedAt !== null) === archived) return;
    await markArchived(db, id, archived);
    if (archived) await stopWork(db, context, id);
    const kind = archived ? 'archived' : 'restored';
    await insertEntry(db, { id: newId(), taskId: id, kind, doer: doerOf(context) });
    await record(db, context, { event: `task.${kind}`, id });
  });

export const removeTask = (context: TenantContext, id: string): Promise<Task> =>
  inTenant(context, 'tasks.delete', (db) => removeTaskIn(db, context, id));

/** For good, with everything said about it. */
export async function removeTaskIn(db: TenantDatabase, context: TenantContext, id: string): Promise<Task> {
  const task = await lockTask(db, id);
  await stopWork(db, context, id);
  await deleteTask(db, id);
  const { number, comments } = task;
  await record(db, context, { event: 'task.deleted', id, details: { number, comments } });
  return task;
}

export const openTask = (context: TenantContext, id: string): Promise<Task> =>
  readTenant(context, 'tasks.read', (db) => getTask(db, id));

/** Held, and not put away. */
export async function lockActive(db: TenantDatabase, id: string): Promise<Task> {
  const task = await lockTask(db, id);
  if (task.archivedAt) throw new Conflict('This task is archived. Bring it back first.');
  return task;
}

interface Recorded {
  readonly event: string;
  readonly id: string;
  readonly details?: Record<string, string | number>;
}

async function record(
  db: TenantDatabase,
  context: TenantContext,
  { event, id, details = {} }: Recorded,
): Promise<void> {
  await recordEvent(db, context, { category: 'task', event, subject: { kind: 'task', id }, details });
  await tellChange(db, { kind: 'task', id });
}

async function wordingsFor(
  db: TenantDatabase,
  context: TenantContext,
  assignees: readonly (Assignee | null)[],
): Promise<Wordings> {
  const names = await namesOf(db, context, { assignees });
  const labels = await listLabels(db);
  return { nameOf: (assignee) => nameIn(names, assignee), labels };
}

interface Told {
  readonly id: string;
  readonly title: string;
}

async function tellAssignee(
  db: TenantDatabase,
  context: TenantContext,
  { id, title, assignee, before }: Told & { assignee: Assignee | null; before: Assignee | null },
): Promise<void> {
  if (assignee?.kind !== 'member' || assignee.id === before?.id) return;
  const subject = { kind: 'task', id };
  await notify(db, context, { to: [assignee.id], kind: 'assigned', subject, title, path: `/tasks/${id}` });
}

async function tellMentioned(
  db: TenantDatabase,
  context: TenantContext,
  { id, title, text, before = '' }: Told & { text: string; before?: string },
): Promise<void> {
  if (text === before) return;
  await notifyMentions(db, context, { text, before, subject: { kind: 'task', id }, title, path: `/tasks/${id}` });
}
