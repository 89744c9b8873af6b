import { shared } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { renderMarkdown } from '../../../http/markdown.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { listMembers } from '../../members/queries.js';
import { mentionsOf } from '../../notifications/mentions.js';
import { mayChange, viewerIn } from '../access.js';
import type { Answer, CalendarEvent } from '../event.js';
import { listVersions } from '../history/queries.js';
import { calendarOf } from '../listing/address.js';
import { nextOccurrences, type Occurrence, occurrenceOn } from '../occurrences.js';
import { getPreferences } from '../preferences/queries.js';
import { getEvent } from '../queries.js';
import { ruleWords } from '../recurrence/words.js';
import { type Day, isoDay } from '../time/day.js';
import { instantWords, offsetWords, spanWords } from '../time/words.js';

const upcoming = 5;

const answerWords: Readonly<Record<Answer, string>> = {
  none: 'No answer yet',
  going: 'Going',
  maybe: 'Maybe',
  no: 'Not going',
};

/** An event as its page shows it, or one occurrence of it. Throws NotFound for a day on which there is none. */
export async function readOccurrence(context: TenantContext, id: string, on: Day | undefined, now = Date.now()) {
  const event = await readTenant(context, 'calendar.read', (db) => getEvent(db, viewerIn(context), id));
  return { event, occurrence: pick(event, on, now) };
}

function pick(event: CalendarEvent, on: Day | undefined, now: number): Occurrence {
  const first = event.when.from.day;
  // Without a day: the next one, so that the address of a series stays of use.
  const [next] = event.rule && on === undefined ? nextOccurrences(event, now, 1) : [];
  const found = next ?? occurrenceOn(event, event.rule ? (on ?? first) : first);
  if (!found) throw new NotFound('The series has nothing on this day.');
  return found;
}

export async function eventLocals(context: TenantContext, id: string, on: Day | undefined, now = Date.now()) {
  const { event, occurrence } = await readOccurrence(context, id, on, now);
  const account = accountOf(context.actor);
  const { versions, preferences, members } = await readAround(context, id);
  const texts = occurrence.own ?? event;
  const mentions = await mentionsOf(context, [texts.description]);
  return {
    title: texts.title,
    home: calendarOf(context),
    here: `${calendarOf(context)}/events/${id}`,
    event,
    texts,
    description: texts.description && renderMarkdown(texts.description, undefined, mentions),
    on: event.rule ? isoDay(occurrence.on) : undefined,
    times: timesFor(occurrence, preferences.timeZone),
    repeats: event.rule && ruleWords(event.rule, event.when.from.day),
    isCancelled: occurrence.cancelled,
    wasChanged: occurrence.own !== null,
    ...peopleOf(event, account, members),
    reminder: event.reminderMinutes === null ? undefined : reminderWords(event.reminderMinutes),
    upcoming: event.rule ? upcomingOf(context, event, preferences.timeZone, now) : [],
    versions: versions.map((version) => ({ ...version, words: changeWords[version.change] })),
    canUndo: versions[0]?.version === event.version - 1,
    mayChange: may(context.actor, 'calendar.update') && mayChange(event, account),
    mayDelete: may(context.actor, 'calendar.delete') && mayChange(event, account),
  };
}

async function readAround(context: TenantContext, id: string) {
  const [versions, preferences, members] = await Promise.all([
    readTenant(context, 'calendar.read', (db) => listVersions(db, id)),
    readTenant(context, 'calendar.read', (db) => getPreferences(db, accountOf(context.actor))),
    listMembers(shared(), context.tenant.id),
  ]);
  return { versions, preferences, members };
}

/** Whose event it is, who comes, and what whoever looks said to it. */
function peopleOf(
  event: CalendarEvent,
  account: string | undefined,
  members: readonly { readonly accountId: string; readonly name: string }[],
) {
  const names = new Map(members.map(({ accountId, name }) => [accountId, name]));
  const nameOf = (accountId: string) => names.get(accountId) ?? 'A former member';
  const mine = event.people.find(({ accountId }) => accountId === account);
  return {
    owner: nameOf(event.ownerId),
    people: event.people.map(({ accountId, answer }) => ({
      name: nameOf(accountId),
      answer,
      words: answerWords[answer],
    })),
    answers: mine && {
      mine: mine.answer,
      options: (['going', 'maybe', 'no'] as const).map((value) => ({ value, label: answerWords[value] })),
    },
  };
}

const changeWords = {
  updated: 'Changed',
  cancelled: 'Called off',
  restored: 'Brought back',
  undone: 'Last change undone',
} as const;

/** By the clocks of whoever looks, and by the event's own where they differ. */
function timesFor({ when, startsAt, endsAt }: Occurrence, zone: string) {
  const own = spanWords(when.from, when.to, when.allDay);
  if (when.allDay) return { main: own, zone: 'The same days everywhere', other: undefined };
  const main = instantWords(zone, startsAt, endsAt);
  const named = (name: string) => (name === 'UTC' ? name : `${name} (${offsetWords(name, startsAt)})`);
  const differs = main !== own;
  return { main, zone: named(zone), other: differs ? `${own}, ${named(when.zone)}` : undefined };
}

function upcomingOf(context: TenantContext, event: CalendarEvent, zone: string, now: number) {
  return nextOccurrences(event, now, upcoming).map(({ on, when, startsAt, endsAt }) => ({
    href: `${calendarOf(context)}/events/${event.id}?on=${isoDay(on)}`,
    words: when.allDay ? spanWords(when.from, when.to, true) : instantWords(zone, startsAt, endsAt),
  }));
}

function reminderWords(minutes: number): string {
  const units = [
    [10_080, 'week'],
    [1440, 'day'],
    [60, 'hour'],
    [1, 'minute'],
  ] as const;
  const [length, unit] = units.find(([each]) => minutes >= each && minutes % each === 0) ?? [1, 'minute'];
  const count = minutes / length;
  return minutes === 0 ? 'When it starts' : `${count} ${unit}${count === 1 ? '' : 's'} before`;
}
