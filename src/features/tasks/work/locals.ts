import type { TenantDatabase } from '../../../database/database.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { isFinished, type Task } from '../task.js';
import { findLastWork } from './queries.js';
import { isOpen, type State, stateWords } from './work.js';

export const conversationAt = ({ tenant }: TenantContext, id: string): string =>
  `/w/${tenant.slug}/conversations/${id}`;

const stateIcons: Readonly<Record<State, string>> = {
  queued: 'clock',
  working: 'bot',
  asking: 'inbox',
  done: 'circle-check',
  unapproved: 'triangle-alert',
  failed: 'triangle-alert',
  interrupted: 'triangle-alert',
  stopped: 'ban',
};

export const shownState = (state: State) => ({ state, text: stateWords[state], icon: stateIcons[state] });

/** What the agent that has a task makes of it; undefined when no agent has it. Nobody but who gave it can open the conversation. */
export async function workShown(db: TenantDatabase, context: TenantContext, task: Task) {
  if (task.assignee?.kind !== 'agent') return undefined;
  const work = await findLastWork(db, task.id);
  const mayChange = may(context.actor, 'tasks.update') && !task.archivedAt;
  const mayStart = mayChange && may(context.actor, 'conversations.create') && !isFinished(task.status);
  if (!work || work.agentId !== task.assignee.id) return { mayStart, mayStop: false };
  const isOwn = work.accountId === accountOf(context.actor) && may(context.actor, 'conversations.read');
  const state = task.work ?? work.state;
  return {
    ...shownState(state),
    reason: work.reason,
    givenBy: work.accountName,
    at: work.endedAt ?? work.createdAt,
    conversationHref: isOwn && work.conversationId ? conversationAt(context, work.conversationId) : undefined,
    inboxHref:
      state === 'asking' && may(context.actor, 'decisions.read') ? `/w/${context.tenant.slug}/inbox` : undefined,
    mayStart: mayStart && !isOpen(work.state),
    mayStop: mayChange && isOpen(work.state),
  };
}
