import { Failure, TooManyRequests } from '../../../errors.js';
import { may, type Tenant, type TenantContext } from '../../../tenancy/context.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import { beginByNote } from '../../conversations/actions.js';
import { memberNow } from '../../decisions/approvers.js';
import { getTask } from '../queries.js';
import { enqueueWork } from './giving.js';
import { noteFor, titleFor } from './note.js';
import { findWork, markBegun, markEnded, markPlaced } from './queries.js';
import { lookingAfter, record } from './records.js';
import { settleWork } from './settle.js';
import type { Work } from './work.js';

const laterMs = 15_000;

/**
 * Begins a work that waits, once, however often it is called, in the name of whoever gave the task and with the rights
 * that they have now. One that has begun is looked at: whoever should have told of its end may be gone.
 */
export async function takeUp(tenant: Tenant, workId: string): Promise<void> {
  const system = lookingAfter(tenant);
  const work = await readTenant(system, 'tasks.read', (db) => findWork(db, workId));
  if (work?.state === 'working' || work?.state === 'asking') return settleWork(tenant, work.messageId ?? '');
  if (work?.state !== 'queued') return;
  const { accountId, accountName: name } = work;
  const member = await memberNow(tenant, { accountId, name });
  const refused = !member
    ? 'Who gave it the task is no longer a member of the workspace.'
    : !(may(member, 'conversations.create') && may(member, 'tasks.update'))
      ? 'Who gave it the task may not let agents work here now.'
      : undefined;
  if (!member || refused) return fail(system, work, refused ?? '');
  try {
    await begin({ ...system, actor: member, trigger: 'task', requestId: work.id }, work);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // As many answers as one person may have at once are being written: the work comes back.
    if (error instanceof TooManyRequests) return postpone(system, work.id);
    await fail(system, work, error.message);
  }
}

async function begin(context: TenantContext, work: Work): Promise<void> {
  const { task, note } = await readTenant(context, 'tasks.read', async (db) => {
    const task = await getTask(db, work.taskId);
    return { task, note: await noteFor(db, task) };
  });
  await beginByNote(context, work.agentId, {
    title: titleFor(task),
    note,
    mark: async (db) => (await markBegun(db, work.id)) > 0,
    async placed(db, ids) {
      await markPlaced(db, work.id, ids);
      await record(db, context, work, 'task.work-begun');
    },
  });
}

function postpone(system: TenantContext, workId: string): Promise<void> {
  return inTenant(system, 'tasks.update', (db) => enqueueWork(db, workId, new Date(Date.now() + laterMs)));
}

/** For the product's own words: nothing of the task is in them. */
function fail(system: TenantContext, work: Work, reason: string): Promise<void> {
  return inTenant(system, 'tasks.update', async (db) => {
    if ((await markEnded(db, work.id, { state: 'failed', reason })) === 0) return;
    await record(db, system, work, 'task.work-ended', { state: 'failed' });
  });
}
