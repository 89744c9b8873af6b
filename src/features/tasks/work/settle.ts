import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import type { AgentActor, MemberActor, Tenant, TenantContext } from '../../../tenancy/context.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { interrupted } from '../../conversations/thread/message.js';
import {
  findAnswerToNote,
  findLastAnswerToNote,
  type KnownAnswer,
} from '../../conversations/turns/recovery/queries.js';
import { memberNow } from '../../decisions/approvers.js';
import { withdrawAllIn } from '../../decisions/withdrawing.js';
import { notify } from '../../notifications/notify.js';
import { insertEntry } from '../entries/queries.js';
import { doerOf } from '../people/people.js';
import { getTask, lockTask } from '../queries.js';
import { lastComment, notAllowed } from './comment.js';
import { enqueueWork } from './giving.js';
import { type Asked, findQueued, findWorkOf, listAsked, lockWork, markEnded, markState } from './queries.js';
import { lookingAfter, record } from './records.js';
import { isOpen, type State, stateWords, type Work } from './work.js';

/** So long after it was asked, nobody is asked any more: the longest that a policy lets a decision wait, and an hour. */
const askedMs = 30 * 24 * 3600_000 + 3600_000;

/**
 * Brings a work to where its answer is: at it, waiting for a person, or over. Then the answer becomes a comment, and the
 * next work on the task begins. May be called any number of times, by any process; answers of chats are nothing to it.
 */
export async function settleWork(tenant: Tenant, messageId: string): Promise<void> {
  const system = lookingAfter(tenant);
  await inTenant(system, 'tasks.update', async (db) => {
    const answer = messageId ? await findAnswerToNote(db, messageId) : undefined;
    const found = messageId ? await findWorkOf(db, { messageId, conversationId: answer?.conversationId }) : undefined;
    if (!found) return;
    // As whoever changes a task: first it, then what works on it.
    await lockTask(db, found.taskId);
    const work = (await lockWork(db, found.id)) ?? found;
    if (!isOpen(work.state)) {
      // Stopped while its agent was just asking.
      if (work.state === 'stopped' && work.conversationId) await withdrawAllIn(db, system, work.conversationId);
      return;
    }
    // In this order: who was told of a decision in between has begun the answer that is found then.
    const asked = await listAsked(db, work);
    const last = work.conversationId ? await findLastAnswerToNote(db, work.conversationId) : undefined;
    const state = stateOf(last, asked);
    if (state === 'working' || state === 'asking')
      await goOn(db, system, { work, state, messageId: last?.id ?? messageId });
    else await end(db, system, { work, state, answer: last, asked });
  });
}

function stateOf(answer: KnownAnswer | undefined, asked: readonly Asked[]): Exclude<State, 'queued'> {
  if (!answer || answer.status === 'stopped') return 'stopped';
  if (answer.status === 'running') return 'working';
  if (answer.status === 'failed') return answer.failure === interrupted ? 'interrupted' : 'failed';
  if (asked.some(({ open }) => open)) return 'asking';
  return notAllowed(asked).length > 0 ? 'unapproved' : 'done';
}

interface GoingOn {
  readonly work: Work;
  readonly state: 'working' | 'asking';
  readonly messageId: string;
}

async function goOn(db: TenantDatabase, system: TenantContext, { work, state, messageId }: GoingOn): Promise<void> {
  if ((await markState(db, work.id, { state, messageId })) === 0) return;
  await record(db, system, work, `task.work-${state}`);
  if (state === 'asking') await enqueueWork(db, work.id, new Date(Date.now() + askedMs));
}

interface Ending {
  readonly work: Work;
  readonly state: 'done' | 'unapproved' | 'failed' | 'interrupted' | 'stopped';
  readonly answer: KnownAnswer | undefined;
  readonly asked: readonly Asked[];
}

async function end(db: TenantDatabase, system: TenantContext, ending: Ending): Promise<void> {
  const { work, state, answer, asked } = ending;
  const reason = state === 'done' ? null : (answer?.failure ?? null);
  await markEnded(db, work.id, { state, reason });
  const agent = await agentFor(system, work);
  if (state === 'done' || state === 'unapproved')
    await comment(db, agent, work, lastComment(answer?.text ?? '', asked));
  await record(db, agent, work, 'task.work-ended', { state });
  await tell(db, system, work, state);
  const next = await findQueued(db, work.taskId);
  if (next) await enqueueWork(db, next.id);
}

/** Whoever gave the task may have left meanwhile: what was done in their name is told all the same. */
async function agentFor(system: TenantContext, work: Work): Promise<TenantContext & { actor: AgentActor }> {
  const { accountId, accountName: name, agentId, agentName } = work;
  const gone: MemberActor = { kind: 'member', accountId, name, role: 'user', permissions: new Set() };
  const onBehalfOf = (await memberNow(system.tenant, { accountId, name })) ?? gone;
  return {
    ...{ ...system, trigger: 'task', requestId: work.id },
    actor: { kind: 'agent', agentId, name: agentName, onBehalfOf },
  };
}

/** Nobody is called by it: an agent's words reach those whom the task concerns anyway. */
async function comment(db: TenantDatabase, agent: TenantContext, work: Work, body: string): Promise<void> {
  await insertEntry(db, {
    id: newId(),
    taskId: work.taskId,
    kind: 'comment',
    doer: doerOf(agent),
    workId: work.id,
    body,
  });
}

/** By nobody: whoever gave the task is told of what was done in their own name. */
async function tell(db: TenantDatabase, system: TenantContext, work: Work, state: Ending['state']): Promise<void> {
  if (state === 'stopped') return;
  const task = await getTask(db, work.taskId);
  await notify(db, system, {
    ...{ to: [work.accountId], kind: 'finished', subject: { kind: 'task', id: task.id }, path: `/tasks/${task.id}` },
    title: `${stateWords[state]}: ${task.title}`,
  });
}
