import type { CalendarEvent } from '../../calendar/event.js';
import { formatRule } from '../../calendar/recurrence/rule.js';
import { timesOf } from '../../calendar/rows.js';
import { type Day, isoDay } from '../../calendar/time/day.js';

export const calendarHead = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Bailiwick//Export//EN',
  'CALSCALE:GREGORIAN',
  '',
].join('\r\n');
export const calendarEnd = 'END:VCALENDAR\r\n';

/** An event as iCalendar (RFC 5545): its series, and each occurrence that takes place in another way. */
export function calendarText(event: CalendarEvent): string {
  const { id, exceptions, rule, updatedAt, createdAt } = event;
  const stamp = [`UID:${id}`, `DTSTAMP:${instant(updatedAt)}`, `CREATED:${instant(createdAt)}`];
  const cancelled = exceptions.filter(({ changed }) => !changed).map(({ on }) => dated('EXDATE', event.when, on));
  const series = [
    ...stamp,
    ...(event.cancelledAt ? ['STATUS:CANCELLED'] : []),
    ...times(event.when),
    ...(rule ? [`RRULE:${ruleOf(event)}`] : []),
    ...cancelled,
    ...words(event),
  ];
  const others = exceptions.flatMap(({ on, changed }) =>
    changed
      ? [block([...stamp, dated('RECURRENCE-ID', event.when, on), ...times(changed.when), ...words(changed)])]
      : [],
  );
  return [block(series), ...others].join('');
}

const block = (lines: readonly string[]): string =>
  ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].map((line) => `${folded(line)}\r\n`).join('');

type When = CalendarEvent['when'];

/** A rule ends on a day; beside a time of the clock it must name an instant. */
function ruleOf({ rule, when }: CalendarEvent): string {
  const text = rule ? formatRule(rule) : '';
  return when.allDay ? text : text.replace(/UNTIL=(\d{8})$/, 'UNTIL=$1T235959Z');
}

function times(when: When): string[] {
  const { starts, ends } = timesOf(when);
  if (when.allDay) {
    // The end is the first day that is none of it any more.
    return [`DTSTART;VALUE=DATE:${bare(starts)}`, `DTEND;VALUE=DATE:${bare(isoDay(when.to.day + 1))}`];
  }
  return [`DTSTART;TZID=${when.zone}:${bare(starts)}00`, `DTEND;TZID=${when.zone}:${bare(ends)}00`];
}

function dated(name: string, when: When, on: Day): string {
  if (when.allDay) return `${name};VALUE=DATE:${bare(isoDay(on))}`;
  const clock = timesOf(when).starts.slice(10);
  return `${name};TZID=${when.zone}:${bare(`${isoDay(on)}${clock}`)}00`;
}

function words({ title, description, place }: Pick<CalendarEvent, 'title' | 'description' | 'place'>): string[] {
  const said = [['SUMMARY', title] as const, ['DESCRIPTION', description] as const, ['LOCATION', place] as const];
  return said.filter(([, text]) => text !== '').map(([name, text]) => `${name}:${escaped(text)}`);
}

const bare = (text: string): string => text.replaceAll(/[-:]/g, '');
const instant = (date: Date): string => `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll(/[;,]/g, '\\$&')
    .replaceAll(/\r\n?|\n/g, '\\n');

/** At most 75 octets a line; a longer one goes on after a space. */
function folded(line: string): string {
  const parts: string[] = [];
  let part = '';
  for (const character of line) {
    if (Buffer.byteLength(part + character) > 73) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part].join('\r\n ');
}
