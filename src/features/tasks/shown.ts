import type { TenantDatabase } from '../../database/database.js';
import type { TenantContext } from '../../tenancy/context.js';
import { dueShown } from './due.js';
import type { Label } from './labels/label.js';
import { type Named, nameIn, namesOf } from './people/people.js';
import { type Doer, isFinished, priorityWords, statusWords, type TaskSummary } from './task.js';
import { shownState } from './work/locals.js';

export const homeOf = ({ tenant }: TenantContext): string => `/w/${tenant.slug}/tasks`;

/** An agent and the person whose word it acted on, or a person. */
export const doerWords = ({ accountName, agentName }: Doer): string =>
  agentName ? `${agentName}, asked by ${accountName}` : accountName;

interface Known {
  readonly labels: readonly Label[];
  readonly names: ReadonlyMap<string, string>;
  readonly today: string;
  readonly home: string;
}

/** What rows and cards show. */
export function shownTask(task: TaskSummary, { labels, names, today, home }: Known) {
  const { assignee, due, status, priority } = task;
  return {
    ...task,
    href: `${home}/${task.id}`,
    statusText: statusWords[status],
    priorityText: priorityWords[priority],
    assigneeName: assignee && nameIn(names, assignee),
    due: due ? dueShown(due, { today, finished: isFinished(status) }) : null,
    labels: labels.filter(({ id }) => task.labels.includes(id)),
    work: task.work && task.work !== 'done' && task.work !== 'stopped' ? shownState(task.work) : null,
    madeBy: doerWords(task),
  };
}
export type ShownTask = ReturnType<typeof shownTask>;

interface Listed {
  readonly tasks: readonly TaskSummary[];
  readonly labels: readonly Label[];
  readonly today: string;
  /** Those whose names are known already. */
  readonly people?: readonly Named[];
}

export async function shownTasks(
  db: TenantDatabase,
  context: TenantContext,
  { tasks, labels, today, people = [] }: Listed,
): Promise<ShownTask[]> {
  const assignees = tasks.map(({ assignee }) => assignee);
  const names = await namesOf(db, context, { assignees, known: people });
  return tasks.map((task) => shownTask(task, { labels, names, today, home: homeOf(context) }));
}
