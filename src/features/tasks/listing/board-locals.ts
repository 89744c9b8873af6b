import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { boardStyles } from '../assets.js';
import { todayFor } from '../due.js';
import { listLabels } from '../labels/queries.js';
import { listAssignable } from '../people/people.js';
import { homeOf, type ShownTask, shownTasks } from '../shown.js';
import { type Status, statuses, statusWords, type TaskSummary } from '../task.js';
import { type Cursor, filterOf, readCursor, TaskQuery, writeCursor } from './filter.js';
import { addressOf, filtersFor, isNarrowed } from './filters.js';
import { tabsFor } from './locals.js';
import { countColumns, hasTasks, listColumn } from './queries.js';

const perColumn = 30;

/** Each column has a place of its own in the address: `?todo=<cursor>`. */
const Places = z.object(
  Object.fromEntries(statuses.map((status) => [status, z.string().max(400).optional().catch(undefined)])),
);
const Shown = z.object({ show: z.literal('cancelled').optional().catch(undefined) });

export async function boardLocals(context: TenantContext, given: unknown) {
  const sight = sightOf(context, given);
  const { query, columns, show, kept } = sight;
  const home = homeOf(context);
  return readTenant(context, 'tasks.read', async (db) => {
    const { counts, labels, people, found, shown } = await readBoard(db, context, sight);
    return {
      title: 'Tasks',
      ...boardStyles,
      columns: columns.map((status, index) => ({
        ...columnOf(status, found[index] ?? [], shown),
        count: counts.get(status) ?? 0,
        ...placesOf(sight, status, found[index] ?? []),
      })),
      cancelled: {
        count: counts.get('cancelled') ?? 0,
        shown: show === 'cancelled',
        href: addressOf(sight.board, { ...kept, show: show ? undefined : 'cancelled' }),
      },
      isEmpty: shown.length === 0 && !(await hasTasks(db)),
      narrowed: isNarrowed(query, true),
      tabs: tabsFor(home, query, 'board'),
      filters: filtersFor(sight.board, query, { people, labels, board: true }),
      here: sight.here,
      home,
    };
  });
}

/** What of the board is asked for, by its address. */
function sightOf(context: TenantContext, given: unknown) {
  const query = { ...TaskQuery.parse(given), status: 'all' as const };
  const places = Places.parse(given);
  const { show } = Shown.parse(given);
  const { q, assignee, label, due, by } = query;
  const kept = { q, assignee, label, due, by, show };
  const board = `${homeOf(context)}/board`;
  return {
    ...{ query, places, show, kept, board },
    here: addressOf(board, { ...kept, ...places }),
    columns: statuses.filter((status) => status !== 'cancelled' || show === 'cancelled'),
    address: (status: Status, place?: string) =>
      `${addressOf(board, { ...kept, ...places, [status]: place })}#column-${status}`,
  };
}
type Sight = ReturnType<typeof sightOf>;

async function readBoard(db: TenantDatabase, context: TenantContext, { query, places, columns }: Sight) {
  const today = await todayFor(db, context);
  const filter = filterOf(db, context, { query, today });
  const read = (status: Status) =>
    listColumn(db, filter, { status, after: readCursor(places[status], 'place'), limit: perColumn + 1 });
  const [counts, labels, people, ...found] = await Promise.all([
    countColumns(db, filter),
    listLabels(db),
    listAssignable(db, context),
    ...columns.map(read),
  ]);
  const tasks = found.flatMap((column) => column.slice(0, perColumn));
  return { counts, labels, people, found, shown: await shownTasks(db, context, { labels, people, today, tasks }) };
}

function placesOf({ places, address }: Sight, status: Status, found: readonly TaskSummary[]) {
  return {
    more: moreOf(found, (place) => address(status, place)),
    top: readCursor(places[status], 'place') ? address(status) : undefined,
  };
}

function columnOf(status: Status, found: readonly TaskSummary[], shown: readonly ShownTask[]) {
  const ids = new Set(found.slice(0, perColumn).map(({ id }) => id));
  return { status, label: statusWords[status], tasks: shown.filter(({ id }) => ids.has(id)) };
}

function moreOf(found: readonly TaskSummary[], address: (place: string) => string): string | undefined {
  const last = found[perColumn - 1];
  if (found.length <= perColumn || !last) return undefined;
  const cursor: Cursor = { value: last.position, id: last.id };
  return address(writeCursor(cursor));
}
