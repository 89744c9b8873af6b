import { shared } from '../../../database/shared.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { union } from '../../../tenancy/permissions.js';
import type { Member } from '../../members/member.js';
import { listMembers } from '../../members/queries.js';
import { type CalendarEvent, visibilities } from '../event.js';
import { calendarOf } from '../listing/address.js';
import type { Occurrence } from '../occurrences.js';
import { weekdayNames } from '../recurrence/words.js';
import { type Day, isoDay, parseDay } from '../time/day.js';
import { dateWords } from '../time/words.js';
import { zones } from '../time/zone.js';
import type { repeats } from './form.js';

export interface Form {
  readonly values: Readonly<Record<string, string | string[]>>;
  readonly errors: Readonly<Record<string, string>>;
}

const repeatWords: Readonly<Record<(typeof repeats)[number], string>> = {
  never: 'Does not repeat',
  day: 'Days',
  week: 'Weeks',
  'month-date': 'Months, on the same date',
  'month-weekday': 'Months, on the same weekday (such as the second Tuesday)',
  'month-last-weekday': 'Months, on the last such weekday',
  'month-end': 'Months, on the last day',
  year: 'Years',
};

const reminderWords: readonly (readonly [string, string])[] = [
  ['', 'No reminder'],
  ['0', 'When it starts'],
  ['5', '5 minutes before'],
  ['15', '15 minutes before'],
  ['30', '30 minutes before'],
  ['60', '1 hour before'],
  ['1440', '1 day before'],
  ['10080', '1 week before'],
];

/** Of an event that is there: which occurrence the form is about. */
export interface Meaning {
  readonly event: CalendarEvent;
  readonly occurrence: Occurrence;
}

export async function formLocals(context: TenantContext, meaning: Meaning | undefined, { values, errors }: Form) {
  const members = await listMembers(shared(), context.tenant.id);
  const home = calendarOf(context);
  const several = (field: string) => [values[field] ?? []].flat();
  const reminder = String(values.reminder ?? '');
  const known = reminderWords.some(([value]) => value === reminder);
  const event = meaning?.event;
  const on = event?.rule && meaning ? isoDay(meaning.occurrence.on) : undefined;
  return {
    title: event ? `Edit ${String(values.title ?? event.title)}` : 'New event',
    home,
    back: event ? `${home}/events/${event.id}${on ? `?on=${on}` : ''}` : home,
    action: event ? `${home}/events/${event.id}${on ? `?on=${on}` : ''}` : `${home}/events`,
    event,
    occurrenceWords: meaning && dateWords(meaning.occurrence.when.from.day),
    values,
    errors,
    scopes: event?.rule && meaning ? scopeOptions(String(values.scope ?? 'one'), meaning) : undefined,
    zones: zones().map((zone) => ({ value: zone, label: zone })),
    repeats: Object.entries(repeatWords).map(([value, label]) => ({ value, label })),
    weekdays: weekdayNames.map((label, index) => ({
      value: String(index),
      label,
      checked: several('weekdays').includes(String(index)),
    })),
    visibilities: visibilityOptions(values.visibility ?? 'team'),
    people: peopleOptions(members, several('attendees')),
    reminders: [...reminderWords, ...(known ? [] : [[reminder, `${reminder} minutes before`] as const])].map(
      ([value, label]) => ({ value, label }),
    ),
  };
}

function visibilityOptions(chosen: unknown) {
  const words = {
    team: { label: 'The team', help: 'Everybody who may see the calendar.' },
    private: { label: 'Only you and who is invited', help: 'For everybody else, admins too, it does not exist.' },
  };
  return visibilities.map((value) => ({ value, ...words[value], checked: chosen === value }));
}

/** Who may be invited, and who is already. */
function peopleOptions(members: readonly Member[], invited: readonly unknown[]) {
  return members
    .map(({ accountId, name, role, granted }) => {
      const mayLook = union(role, granted).has('calendar.read');
      return { value: accountId, label: name, checked: invited.includes(accountId), mayLook };
    })
    .filter(({ checked, mayLook }) => checked || mayLook)
    .map(({ value, label, checked }) => ({ value, label, checked }));
}

function scopeOptions(chosen: string, { occurrence }: Meaning) {
  const day = dateWords(occurrence.when.from.day);
  return [
    { value: 'one', label: `Only ${day}`, help: 'What is below about repeating, people and reminders does not count.' },
    { value: 'following', label: `${day} and all that follow` },
    { value: 'all', label: 'All of the series' },
  ].map((option) => ({ ...option, checked: option.value === chosen }));
}

/** `?date=` or `?on=` of an address. */
export function dayIn(query: unknown, name: string): Day | undefined {
  const text = (query as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof text === 'string' ? parseDay(text) : undefined;
}
