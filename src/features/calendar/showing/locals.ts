import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { addressesFrom, CalendarQuery, calendarOf, type View } from '../listing/address.js';
import { listEvents, mostEvents } from '../listing/queries.js';
import { windowOf } from '../occurrences.js';
import { type Preferences, weekdayOfStart } from '../preferences/preferences.js';
import { getPreferences } from '../preferences/queries.js';
import { type Day, isoDay, lastDay, type Weekday, weekOf } from '../time/day.js';
import { wallAt } from '../time/zone.js';
import { entriesByDay } from './entries.js';
import { agendaDays, agendaList, monthGrid, monthSpan, nextMonth, previousMonth, weekGrid } from './grids.js';

/** A search looks a year ahead; what is past is found by going back. */
const searchDays = 366;

interface Sight {
  readonly query: CalendarQuery;
  readonly date: Day;
  readonly startsOn: Weekday;
}

export async function calendarLocals(context: TenantContext, given: unknown, now = Date.now()) {
  const query = CalendarQuery.parse(given);
  const account = accountOf(context.actor);
  return readTenant(context, 'calendar.read', async (db) => {
    const preferences = await getPreferences(db, account);
    const zone = preferences.timeZone;
    const today = wallAt(zone, now).day;
    const sight: Sight = { query, date: query.date ?? today, startsOn: weekdayOfStart[preferences.weekStart] };
    const { from, to } = spanFor(sight);
    const window = windowOf(from, to, zone);
    const events = await listEvents(db, account, { window, who: query.who, query: query.q });
    const entries = entriesByDay(events, window, calendarOf(context));
    return {
      ...frame(context, sight, { preferences, today }),
      ...grids(context, sight, { entries, today }),
      isFull: events.length === mostEvents,
    };
  });
}

/** A search is a list. */
const viewOf = ({ view, q }: CalendarQuery): View | undefined => (q ? 'agenda' : view);

function spanFor({ query, date, startsOn }: Sight): { from: Day; to: Day } {
  const month = monthSpan(date, startsOn);
  const agenda = { from: date, to: Math.min(lastDay, date + (query.q ? searchDays : agendaDays)) };
  const view = viewOf(query);
  if (view === 'month') return month;
  if (view === 'agenda') return agenda;
  if (view === 'week') return { from: weekOf(date, startsOn), to: weekOf(date, startsOn) + 7 };
  return { from: month.from, to: Math.max(month.to, agenda.to) };
}

type Filled = Pick<Parameters<typeof monthGrid>[2], 'entries' | 'today'>;

function grids(context: TenantContext, { query, date, startsOn }: Sight, filled: Filled) {
  const at = addressesFrom(context, { ...query, q: '' });
  const shown = { ...filled, dayHref: (day: Day) => at('agenda', day) };
  const view = viewOf(query);
  const days = query.q ? searchDays : agendaDays;
  return {
    month: view === 'month' || !view ? monthGrid(date, startsOn, shown) : undefined,
    week: view === 'week' ? weekGrid(date, startsOn, shown) : undefined,
    agenda: view === 'agenda' || !view ? agendaList(date, date + days, shown) : undefined,
  };
}

function frame(context: TenantContext, sight: Sight, { preferences, today }: { preferences: Preferences; today: Day }) {
  const { query, date } = sight;
  const at = addressesFrom(context, query);
  const view = viewOf(query);
  const [before, after] = steps(view, date);
  const home = calendarOf(context);
  const day = query.date === undefined ? undefined : date;
  return {
    title: 'Calendar',
    home,
    view,
    date: isoDay(date),
    previousHref: at(view, before),
    nextHref: at(view, after),
    todayHref: at(view, undefined),
    isToday: date === today,
    newHref: `${home}/events/new?date=${isoDay(query.date === undefined ? today : date)}`,
    tabs: (shown: View) => ({
      label: 'Ways to see the calendar',
      items: (['month', 'week', 'agenda'] as const).map((name) => ({
        href: at(name, day),
        label: { month: 'Month', week: 'Week', agenda: 'Agenda' }[name],
        current: name === shown,
      })),
    }),
    filters: filtersFor(query, home),
    narrowed: query.q !== '' || query.who !== 'all',
    zone: preferences.timeZone,
    zoneChosen: preferences.chosen,
    weekStart: preferences.weekStart,
  };
}

function steps(view: View | undefined, date: Day): [Day, Day] {
  if (view === 'week') return [date - 7, date + 7];
  if (view === 'agenda') return [date - agendaDays, date + agendaDays];
  return [previousMonth(date), nextMonth(date)];
}

function filtersFor({ who, q, view, date }: CalendarQuery, home: string) {
  const options = [
    { value: 'all', label: 'Everybody’s' },
    { value: 'mine', label: 'Mine and my invitations' },
    { value: 'agents', label: 'Made by agents' },
  ];
  return {
    action: home,
    query: q,
    queryLabel: 'Search events',
    hidden: { ...(view && { view }), ...(date !== undefined && { date: isoDay(date) }) },
    selects: [{ name: 'who', label: 'Whose', value: who, options }],
    clearHref: q || who !== 'all' ? home : undefined,
  };
}
