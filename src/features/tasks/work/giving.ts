import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Conflict, Invalid } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { withdrawAllIn } from '../../decisions/withdrawing.js';
import { tellChange } from '../../notifications/changes/queries.js';
import { getTask } from '../queries.js';
import { isFinished, type Task } from '../task.js';
import { findWork, insertWork, lockOpenWorks, markEnded } from './queries.js';
import { handedOn, type Work } from './work.js';

type Given = Pick<Task, 'id' | 'assignee' | 'status'>;

/**
 * In the transaction of the change: an agent to whom a task is given takes it up, and one from whom it is taken, or whose
 * task is over, stops. What the agent itself does to its task stops nothing.
 */
export async function followTask(
  db: TenantDatabase,
  context: TenantContext,
  { before, after }: { before?: Given; after: Given },
): Promise<void> {
  const isGiven = after.assignee?.kind === 'agent' && after.assignee.id !== before?.assignee?.id;
  const isTaken = before?.assignee?.kind === 'agent' && before.assignee.id !== after.assignee?.id;
  const isOver = isFinished(after.status) && before !== undefined && !isFinished(before.status);
  if (isTaken || isOver) await stopWork(db, context, after.id);
  if (isGiven && after.assignee && !isFinished(after.status)) {
    await giveWork(db, context, { taskId: after.id, agentId: after.assignee.id });
  }
}

/** Nothing happens when whoever gives it may not ask agents: then an agent only bears the name. */
async function giveWork(
  db: TenantDatabase,
  context: TenantContext,
  { taskId, agentId }: Pick<Work, 'taskId' | 'agentId'>,
): Promise<void> {
  const { actor } = context;
  const accountId = accountOf(actor);
  if (!accountId || actor.kind === 'system' || !may(actor, 'conversations.create')) return;
  const chain = handedOn(await ownWork(db, context), agentId);
  if (!chain) {
    const message = 'This task went through the hands of enough agents. A person has to give it on.';
    throw new Invalid(message, { assignee: message });
  }
  const id = newId();
  const accountName = actor.kind === 'agent' ? actor.onBehalfOf.name : actor.name;
  for (const { id: old } of await lockOpenWorks(db, taskId)) if (await isQueued(db, old)) await end(db, old);
  await insertWork(db, { id, taskId, agentId, accountId, accountName, chain });
  await record(db, context, 'task.work-given', { id, taskId, agentId, hands: chain.length });
  await enqueueWork(db, id);
}

const isQueued = async (db: TenantDatabase, id: string) => (await findWork(db, id))?.state === 'queued';
const end = (db: TenantDatabase, id: string) =>
  markEnded(db, id, { state: 'stopped', reason: 'Somebody else got it.' });

export function enqueueWork(db: TenantDatabase, workId: string, at?: Date): Promise<void> {
  return enqueueJob(db, 'tasks.work', { workId }, { key: `work ${workId}`, ...(at ? { at } : {}) });
}

/** The work in which an agent acts right now. Its request has the work's id, and so has every call that waits. */
async function ownWork(db: TenantDatabase, { actor, requestId }: TenantContext): Promise<Work | undefined> {
  return actor.kind === 'agent' && uuid.test(requestId) ? findWork(db, requestId) : undefined;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ends what is under way, and takes back what waits for a person. The agent's own act ends nothing of its own. */
export async function stopWork(db: TenantDatabase, context: TenantContext, taskId: string): Promise<void> {
  for (const { id, agentId, conversationId } of await lockOpenWorks(db, taskId)) {
    if (context.actor.kind === 'agent' && context.requestId === id) continue;
    await markEnded(db, id, { state: 'stopped' });
    if (conversationId) {
      await withdrawAllIn(db, context, conversationId);
      await enqueueJob(db, 'tasks.stop-work', { conversationId }, { key: `stop ${id}` });
    }
    await record(db, context, 'task.work-stopped', { id, taskId, agentId });
  }
}

/** A person lets the agent that has the task begin anew. Throws Conflict while it is at it, or has nothing to do. */
export const startAgain = (context: TenantContext, taskId: string): Promise<void> =>
  inTenant(context, 'tasks.update', async (db) => {
    const task = await getTask(db, taskId);
    if (task.assignee?.kind !== 'agent') throw new Conflict('No agent has this task. Give it to one first.');
    if (task.archivedAt || isFinished(task.status)) throw new Conflict('This task is over. Open it again first.');
    if ((await lockOpenWorks(db, taskId)).length > 0) throw new Conflict('The agent is at it already.');
    await giveWork(db, context, { taskId, agentId: task.assignee.id });
    await tellChange(db, { kind: 'task', id: taskId });
  });

/** A person stops it. The task stays with the agent. */
export const endWork = (context: TenantContext, taskId: string): Promise<void> =>
  inTenant(context, 'tasks.update', async (db) => {
    await getTask(db, taskId);
    await stopWork(db, context, taskId);
    await tellChange(db, { kind: 'task', id: taskId });
  });

function record(
  db: TenantDatabase,
  context: TenantContext,
  event: string,
  { id, taskId, ...details }: { id: string; taskId: string; agentId: string; hands?: number },
): Promise<void> {
  const subject = { kind: 'task', id: taskId };
  return recordEvent(db, context, { category: 'task', event, subject, details: { work: id, ...details } });
}
