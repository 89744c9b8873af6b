import type { TenantDatabase } from '../../database/database.js';
import type { TenantContext } from '../../tenancy/context.js';
import { dueShown } from './due.js';
import type { Label } from './labels/label.js';
import { nameIn, namesOf } from './people/people.js';
import { type Doer, isFinished, priorityWords, statusWords, type TaskSummary } from './task.js';

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
    madeBy: doerWords(task),
  };
}
export type ShownTask = ReturnType<typeof shownTask>;

export async function shownTasks(
  db: TenantDatabase,
  context: TenantContext,
  { tasks, labels, today }: { tasks: readonly TaskSummary[]; labels: readonly Label[]; today: string },
): Promise<ShownTask[]> {
  const names = await namesOf(
    db,
    context,
    tasks.map(({ assignee }) => assignee),
  );
  return tasks.map((task) => shownTask(task, { labels, names, today, home: homeOf(context) }));
}
