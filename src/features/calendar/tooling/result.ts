import type { TenantDatabase } from '../../../database/database.js';
import { shared } from '../../../database/shared.js';
import type { Target } from '../../../llm/tool.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { listMembers } from '../../members/queries.js';
import { viewerIn } from '../access.js';
import type { CalendarEvent, Viewer } from '../event.js';
import { listEvents } from '../listing/queries.js';
import { nextOccurrences, type Occurrence, occurrencesIn, windowOf } from '../occurrences.js';
import { getPreferences } from '../preferences/queries.js';
import { getEvent } from '../queries.js';
import { timesOf } from '../rows.js';
import { type Day, isoDay } from '../time/day.js';
import { ruleText } from './input.js';

export const mostDaysListed = 92;
const mostListed = 150;
const upcoming = 5;

/** As agents read it: local times with their zone, and the names that the other tools ask for. */
export async function listForAgent(context: TenantContext, asked: { first: Day; last: Day; query: string }) {
  const account = accountOf(context.actor);
  return readTenant(context, 'calendar.read', async (db) => {
    const { timeZone } = await getPreferences(db, account);
    const window = windowOf(asked.first, asked.last + 1, timeZone);
    const events = await listEvents(db, viewerIn(context), { window, who: 'all', query: asked.query });
    const found = events
      .flatMap((event) => occurrencesIn(event, window).map((occurrence) => ({ event, occurrence })))
      .sort((one, other) => one.occurrence.startsAt - other.occurrence.startsAt);
    const listed = found.slice(0, mostListed).map(({ event, occurrence }) => ({
      ...{ id: event.id, version: event.version },
      ...shownOccurrence(event, occurrence),
      visibility: event.visibility,
      ...(event.agent && { madeBy: event.agent.name }),
    }));
    return { timeZoneOfThePerson: timeZone, events: listed, more: Math.max(0, found.length - mostListed) };
  });
}

type Named = Pick<CalendarEvent, 'title' | 'place' | 'rule'>;

function shownOccurrence(event: Named, { on, when, cancelled, own }: Occurrence) {
  const { title, place } = own ?? event;
  return {
    title,
    place,
    ...timesOf(when),
    ...(event.rule && { on: isoDay(on), recurrence: ruleText(event) }),
    ...(cancelled && { calledOff: true }),
  };
}

export async function shownEvent(
  context: TenantContext,
  event: CalendarEvent,
  occurrence: Occurrence,
  now = Date.now(),
) {
  const members = await listMembers(shared(), context.tenant.id);
  const names = new Map(members.map(({ accountId, username }) => [accountId, username]));
  return {
    ...{ id: event.id, version: event.version },
    ...shownOccurrence(event, occurrence),
    description: (occurrence.own ?? event).description,
    visibility: event.visibility,
    owner: names.get(event.ownerId) ?? null,
    madeBy: event.agent?.name ?? null,
    reminderMinutes: event.reminderMinutes,
    attendees: event.people.map(({ accountId, answer }) => ({ username: names.get(accountId) ?? null, answer })),
    next: nextOccurrences(event, now, upcoming).map(({ on, when }) => ({ on: isoDay(on), ...timesOf(when) })),
  };
}

/** For whoever approves: the event with the version that counts. Throws NotFound for one that the person may not see. */
export async function targetOf(db: TenantDatabase, viewer: Viewer, id: string): Promise<Target> {
  const { title, version } = await getEvent(db, viewer, id);
  return { kind: 'calendar-event', id, title, version };
}
