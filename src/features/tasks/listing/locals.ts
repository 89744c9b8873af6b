import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { styles } from '../assets.js';
import { todayFor } from '../due.js';
import { listLabels } from '../labels/queries.js';
import { listAssignable } from '../people/people.js';
import { homeOf, shownTasks } from '../shown.js';
import { filterOf, readCursor, TaskQuery, writeCursor } from './filter.js';
import { addressOf, filtersFor, isNarrowed } from './filters.js';
import { cursorOf, hasTasks, listTasks } from './queries.js';

const perPage = 50;

export async function listLocals(context: TenantContext, given: unknown) {
  const query = TaskQuery.parse(given);
  const { sort } = query;
  const home = homeOf(context);
  const [after, before] = [readCursor(query.after, sort), readCursor(query.before, sort)];
  return readTenant(context, 'tasks.read', async (db) => {
    const today = await todayFor(db, context);
    const filter = filterOf(db, context, { query, today });
    const [found, labels, people] = await Promise.all([
      listTasks(db, filter, { sort, page: { after, before, limit: perPage + 1 } }),
      listLabels(db),
      listAssignable(db, context),
    ]);
    const back = before !== undefined && after === undefined;
    const more = found.length > perPage;
    const tasks = back && more ? found.slice(1) : found.slice(0, perPage);
    const [first, last] = [tasks.at(0), tasks.at(-1)];
    const at = (place: Partial<TaskQuery>) =>
      addressOf(home, { ...query, after: undefined, before: undefined, ...place });
    const hasNewer = back ? more : after !== undefined;
    const hasOlder = back ? true : more;
    return {
      title: 'Tasks',
      ...styles,
      tasks: await shownTasks(db, context, { tasks, labels, people, today }),
      isEmpty: tasks.length === 0 && !(await hasTasks(db)),
      narrowed: isNarrowed(query, false),
      tabs: tabsFor(home, query, 'list'),
      filters: filtersFor(home, query, { people, labels, board: false }),
      clearHref: home,
      pages: {
        newer: hasNewer && first ? at({ before: writeCursor(cursorOf(sort, first)) }) : undefined,
        older: hasOlder && last ? at({ after: writeCursor(cursorOf(sort, last)) }) : undefined,
      },
    };
  });
}

export function tabsFor(home: string, query: TaskQuery, current: 'list' | 'board') {
  const { q, assignee, label, due, by } = query;
  const kept = { q, assignee, label, due, by };
  return {
    label: 'Tasks as',
    items: [
      { href: addressOf(home, kept), label: 'List', current: current === 'list' },
      { href: addressOf(`${home}/board`, kept), label: 'Board', current: current === 'board' },
    ],
  };
}
