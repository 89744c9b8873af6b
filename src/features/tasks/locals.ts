import { z } from 'zod';
import type { FormErrors } from '../../http/form-errors.js';
import { renderMarkdown } from '../../http/markdown.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { mentionsOf } from '../notifications/mentions.js';
import { styles } from './assets.js';
import { todayFor } from './due.js';
import { mayEdit, mayRemove } from './entries/actions.js';
import type { Entry } from './entries/entry.js';
import { listEntries } from './entries/queries.js';
import type { Label } from './labels/label.js';
import { listLabels } from './labels/queries.js';
import { listAssignable, type Named, namesOf } from './people/people.js';
import { getTask } from './queries.js';
import { doerWords, homeOf, shownTask } from './shown.js';
import { type Assignee, priorities, priorityWords, statuses, statusWords, type Task, textOfAssignee } from './task.js';
import { conversationAt, workShown } from './work/locals.js';

const entriesAtOnce = 60;

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
  const read = await readTask(context, id, before);
  const { task, work } = read;
  const entries = read.entries.slice(-entriesAtOnce);
  const mentions = await mentionsOf(context, [task.description, ...entries.map(({ text }) => text)]);
  const shown = shownTask(task, { ...read, home });
  return {
    title: `#${task.number} ${task.title}`,
    ...styles,
    task: shown,
    work,
    description: task.description ? renderMarkdown(task.description, undefined, mentions) : '',
    entries: entries.map((entry) => shownEntry(context, entry, mentions)),
    earlier: read.entries.length > entriesAtOnce ? `${shown.href}?before=${entries[0]?.id}` : undefined,
    newest: before ? shown.href : undefined,
    home,
    ...formLocals(read, typed),
  };
}

function readTask(context: TenantContext, id: string, before: string | undefined) {
  return readTenant(context, 'tasks.read', async (db) => {
    const [task, entries, labels, people, today] = await Promise.all([
      getTask(db, id),
      listEntries(db, id, { before, limit: entriesAtOnce + 1 }),
      listLabels(db),
      listAssignable(db, context),
      todayFor(db, context),
    ]);
    const [names, work] = await Promise.all([
      namesOf(db, context, { assignees: [task.assignee], known: people }),
      workShown(db, context, task),
    ]);
    return { task, entries, labels, people, names, today, work };
  });
}

function shownEntry(context: TenantContext, entry: Entry, mentions: Awaited<ReturnType<typeof mentionsOf>>) {
  const isComment = entry.kind === 'comment';
  const isOwn = entry.accountId !== null && entry.accountId === accountOf(context.actor);
  return {
    ...entry,
    doneBy: doerWords(entry),
    html: isComment ? renderMarkdown(entry.text, undefined, mentions) : '',
    conversationHref: isOwn && entry.conversationId ? conversationAt(context, entry.conversationId) : undefined,
    mayEdit: isComment && mayEdit(context, entry),
    mayRemove: isComment && mayRemove(context, entry),
  };
}

/** The forms beside and below a task: as it is, or with what was typed and refused. */
function formLocals({ task, people, labels, names }: Awaited<ReturnType<typeof readTask>>, typed: Typed | undefined) {
  const values = valuesOf(typed, 'properties');
  return {
    fields: propertyFields({ people, labels, current: names, task }, values ?? propertiesOf(task)),
    version: (!typed?.isStale && values?.version) || String(task.version),
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
