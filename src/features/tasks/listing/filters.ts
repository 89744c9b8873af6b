import type { Label } from '../labels/label.js';
import type { Named } from '../people/people.js';
import { statuses, statusWords, textOfAssignee } from '../task.js';
import { dues, type Sort, sorts, type TaskQuery } from './filter.js';

const dueWords: Readonly<Record<(typeof dues)[number], string>> = {
  overdue: 'Late',
  today: 'Today',
  week: 'In the next 7 days',
  any: 'Has a day',
  none: 'Has no day',
};
const sortWords: Readonly<Record<Sort, string>> = {
  updated: 'Last changed',
  created: 'Newest',
  due: 'Due first',
  priority: 'Priority',
};

interface Offered {
  readonly people: readonly Named[];
  readonly labels: readonly Label[];
}

/** What narrows the list and the board alike. */
function selectsOf(query: TaskQuery, { people, labels }: Offered) {
  const kindWords = { member: '', agent: ' (agent)' };
  return [
    {
      ...{ name: 'assignee', label: 'Assignee', value: query.assignee ?? '' },
      options: [
        { value: '', label: 'Anybody' },
        { value: 'me', label: 'Me' },
        { value: 'none', label: 'Nobody' },
        ...people.map((each) => ({ value: textOfAssignee(each), label: `${each.name}${kindWords[each.kind]}` })),
      ],
    },
    {
      ...{ name: 'label', label: 'Label', value: query.label ?? '' },
      options: [{ value: '', label: 'Any' }, ...labels.map(({ id, name }) => ({ value: id, label: name }))],
    },
    {
      ...{ name: 'due', label: 'Due', value: query.due ?? '' },
      options: [{ value: '', label: 'Any time' }, ...dues.map((value) => ({ value, label: dueWords[value] }))],
    },
    {
      ...{ name: 'by', label: 'Made by', value: query.by ?? '' },
      options: [
        { value: '', label: 'Anybody' },
        { value: 'people', label: 'People' },
        { value: 'agents', label: 'Agents' },
        ...people.filter(({ kind }) => kind === 'agent').map(({ id, name }) => ({ value: id, label: name })),
      ],
    },
  ];
}

/** The form above list and board; the board has its own order and all states. */
export function filtersFor(home: string, query: TaskQuery, { board, ...offered }: Offered & { board: boolean }) {
  const chosen = selectsOf(query, offered);
  const inList = [
    {
      ...{ name: 'status', label: 'Status', value: query.status },
      options: [
        { value: 'open', label: 'Open' },
        { value: 'all', label: 'All' },
        ...statuses.map((value) => ({ value, label: statusWords[value] })),
        { value: 'archived', label: 'Archived' },
      ],
    },
    ...chosen,
    {
      ...{ name: 'sort', label: 'Order', value: query.sort },
      options: sorts.map((value) => ({ value, label: sortWords[value] })),
    },
  ];
  return {
    action: home,
    query: query.q,
    queryLabel: 'Search tasks, or #12',
    selects: board ? chosen : inList,
    clearHref: isNarrowed(query, board) ? home : undefined,
  };
}

export function isNarrowed({ q, status, assignee, label, due, by, sort }: TaskQuery, board: boolean): boolean {
  const inList = !board && (status !== 'open' || sort !== 'updated');
  return Boolean(q || assignee || label || due || by || inList);
}

/** The same query at another place, without what goes without saying. */
export function addressOf(home: string, query: Partial<TaskQuery> & Record<string, string | undefined>): string {
  const usual: Record<string, string> = { status: 'open', sort: 'updated' };
  const kept = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value && usual[name] !== value ? [[name, value]] : [],
  );
  const text = new URLSearchParams(kept).toString();
  return text ? `${home}?${text}` : home;
}
