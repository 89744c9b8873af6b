import { z } from 'zod';
import type { FormErrors } from '../../http/form-errors.js';
import { renderMarkdown } from '../../http/markdown.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { mentionsOf } from '../notifications/mentions.js';
import { todayFor } from './due.js';
import { mayEdit, mayRemove } from './entries/actions.js';

import { listEntries } from './entries/queries.js';
import type { Label } from './labels/label.js';
import { listLabels } from './labels/queries.js';
import { listAssignable, type Named, namesOf } from './people/people.js';
import { getTask } from './queries.js';
import { doerWords, homeOf, shownTask } from './shown.js';
import { type Assignee, priorities, priorityWords, statuses, statusWords, type Task, textOfAssignee } from './task.js';

const entriesAtOnce = 60;
export const styles = { styles: ['tasks', 'mentions'], scripts: ['tasks', 'mentions'] };

/** What was typed and refused, in one of the forms of the page. */
export interface Typed extends FormErrors {
  readonly form: 'properties' | 'comment';
  /** Somebody was faster: what was typed stays, to be saved over the newest version. */
  readonly isStale?: boolean;
}

export async function showLocals(
  context: TenantContext,
  id: string,
  { query, typed }: { query: unknown; typed?: Typed },
) {
  const { before } = z.object({ before: z.uuid().optional().catch(undefined) }).parse(query);
  const home = homeOf(context);
  const read = await readTenant(context, 'tasks.read', async (db) => {
    const [task, entries, labels, people, today] = await Promise.all([
      getTask(db, id),
      listEntries(db, id, { before, limit: entriesAtOnce + 1 }),
      listLabels(db),
      listAssignable(db, context),
      todayFor(db, context),
    ]);
    const names = await namesOf(db, context, [task.assignee]);
    return { task, entries, labels, people, names, today };
  });
  const { task, labels, people } = read;
  const entries = read.entries.slice(-entriesAtOnce);
  const mentions = await mentionsOf(context, [task.description, ...entries.map(({ text }) => text)]);
  const shown = shownTask(task, { ...read, home });
  return {
    title: `#${task.number} ${task.title}`,
    ...styles,
    task: shown,
    description: task.description ? renderMarkdown(task.description, undefined, mentions) : '',
    entries: entries.map((entry) => ({
      ...entry,
      doneBy: doerWords(entry),
      html: entry.kind === 'comment' ? renderMarkdown(entry.text, undefined, mentions) : '',
      mayEdit: entry.kind === 'comment' && mayEdit(context, entry),
      mayRemove: entry.kind === 'comment' && mayRemove(context, entry),
    })),
    earlier: read.entries.length > entriesAtOnce ? `${shown.href}?before=${entries[0]?.id}` : undefined,
    newest: before ? shown.href : undefined,
    home,
    fields: propertyFields(
      { people, labels, current: read.names, task },
      valuesOf(typed, 'properties') ?? propertiesOf(task),
    ),
    version: (!typed?.isStale && valuesOf(typed, 'properties')?.version) || String(task.version),
    isStale: typed?.isStale ?? false,
    errors: typed?.errors ?? {},
    comment: valuesOf(typed, 'comment')?.text ?? '',
  };
}

const valuesOf = (typed: Typed | undefined, form: Typed['form']) => (typed?.form === form ? typed.values : undefined);

export const propertiesOf = (task: Pick<Task, 'status' | 'priority' | 'assignee' | 'due' | 'labels'>) => ({
  ...{ status: task.status, priority: task.priority, due: task.due ?? '', labels: [...task.labels] },
  assignee: textOfAssignee(task.assignee),
});

interface Offered {
  readonly people: readonly Named[];
  readonly labels: readonly Label[];
  /** Names of those who are not offered any more. */
  readonly current: ReadonlyMap<string, string>;
  readonly task: { readonly assignee: Assignee | null };
}

/** The fields of a task beside its words, in the form of a new one and beside an old one. */
export function propertyFields({ people, labels, current, task }: Offered, values: FormErrors['values']) {
  const { assignee } = task;
  const gone = assignee && !people.some(({ id }) => id === assignee.id) ? [assignee] : [];
  const offered = [...people, ...gone.map((each) => ({ ...each, name: current.get(each.id) ?? 'Somebody who left' }))];
  const chosen = new Set([values.labels ?? []].flat());
  return {
    selects: [
      {
        ...{ name: 'status', label: 'Status', value: values.status ?? 'todo' },
        options: statuses.map((value) => ({ value, label: statusWords[value] })),
      },
      {
        ...{ name: 'priority', label: 'Priority', value: values.priority ?? 'none' },
        options: priorities.toReversed().map((value) => ({ value, label: priorityWords[value] })),
      },
      {
        ...{ name: 'assignee', label: 'Assignee', value: values.assignee ?? '' },
        options: [
          { value: '', label: 'Nobody' },
          ...offered.map((each) => ({
            value: textOfAssignee(each),
            label: each.kind === 'agent' ? `${each.name} (agent)` : each.name,
          })),
        ],
      },
    ],
    due: String(values.due ?? ''),
    labels: labels.map(({ id, name, colour }) => ({ value: id, label: name, colour, checked: chosen.has(id) })),
  };
}

/** The form of a new task, or of the words of one that is there. */
export async function newLocals(context: TenantContext, form: FormErrors) {
  const { people, labels } = await readTenant(context, 'tasks.create', async (db) => ({
    people: await listAssignable(db, context),
    labels: await listLabels(db),
  }));
  const task = { assignee: null };
  return {
    title: 'New task',
    ...styles,
    home: homeOf(context),
    fields: propertyFields({ people, labels, current: new Map(), task }, form.values),
    ...form,
  };
}
