import type { Label } from './labels/label.js';
import { type Assignee, type Change, priorityWords, statusWords, type Task } from './task.js';

export interface Wordings {
  nameOf(assignee: Assignee | null): string;
  readonly labels: readonly Label[];
}

type Content = Pick<Task, 'title' | 'description' | 'status' | 'priority' | 'assignee' | 'due' | 'labels'>;

/** What is different, field by field, as people read it. */
export function changesBetween(one: Content, other: Content, { nameOf, labels }: Wordings): Change[] {
  const named = (ids: readonly string[]) =>
    labels
      .filter(({ id }) => ids.includes(id))
      .map(({ name }) => name)
      .join(', ');
  const textOf = (assignee: Assignee | null) => (assignee ? assignee.id : '');
  const [hadLabels, hasLabels] = [one.labels, other.labels].map((ids) => ids.toSorted().join(' '));
  const all: (Change | false)[] = [
    one.title !== other.title && { field: 'title', from: one.title, to: other.title },
    one.description !== other.description && { field: 'description', from: '', to: '' },
    one.status !== other.status && {
      ...{ field: 'status', from: statusWords[one.status], to: statusWords[other.status] },
    },
    one.priority !== other.priority && {
      ...{ field: 'priority', from: priorityWords[one.priority], to: priorityWords[other.priority] },
    },
    textOf(one.assignee) !== textOf(other.assignee) && {
      ...{ field: 'assignee', from: nameOf(one.assignee), to: nameOf(other.assignee) },
    },
    one.due !== other.due && { field: 'due', from: one.due ?? '', to: other.due ?? '' },
    hadLabels !== hasLabels && { field: 'labels', from: named(one.labels), to: named(other.labels) },
  ];
  return all.filter((change) => change !== false);
}
