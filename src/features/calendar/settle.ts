import { Invalid } from '../../errors.js';
import { type CalendarEvent, mostDays, type Settings, type When } from './event.js';
import { instantsOf, isDayOf } from './occurrences.js';
import { alignedStart, lastDayOf } from './recurrence/days.js';
import { formatRule, type OnDay, parseRule, type Rule } from './recurrence/rule.js';
import { type Day, partsOf, type Weekday, weekdayOf } from './time/day.js';

export type Settled = Settings & Pick<CalendarEvent, 'lastOn'>;

/** What was decided, with the first day on one that the rule names. Throws Invalid when it can't take place. */
export function settle(settings: Settings): Settled {
  const { when, rule: given } = settings;
  checkLength(when);
  if (!given) return { ...settings, lastOn: null };
  // As it will be read back: what could be written and not read would take every page with it.
  const rule = parseRule(formatRule(given), { zone: when.zone, ...when.from });
  const first = alignedStart(rule, when.from.day);
  if (first === undefined) {
    const message = 'It would never take place. Choose a later end, or another day.';
    throw new Invalid(message, { recurrence: message });
  }
  return { ...settings, rule, when: movedBy(when, first - when.from.day), lastOn: lastDayOf(rule, first) };
}

function checkLength(when: When): void {
  const { startsAt, endsAt } = instantsOf(when);
  const message = when.allDay
    ? 'Choose a last day that is not before the first.'
    : 'Choose an end that is not before the start.';
  if (endsAt < startsAt || when.to.day < when.from.day) throw new Invalid(message, { endDate: message });
  if (when.to.day - when.from.day < mostDays) return;
  const tooLong = 'Choose an end within a year of the start.';
  throw new Invalid(tooLong, { endDate: tooLong });
}

export function movedBy(when: When, days: number): When {
  const { from, to } = when;
  return days === 0 ? when : { ...when, from: { ...from, day: from.day + days }, to: { ...to, day: to.day + days } };
}

/** As `settings`, for the whole series: who moved one occurrence from Monday to Tuesday meant all of them. */
export function forWholeSeries(event: CalendarEvent, settings: Settings, shown: Day): Settings {
  const moved = settings.when.from.day - shown;
  const first = event.when.from.day + moved;
  const when = movedBy(settings.when, first - settings.when.from.day);
  return { ...settings, when, rule: settings.rule && movedRule(event.rule, settings.rule, { moved, first }) };
}

interface Moved {
  readonly moved: number;
  readonly first: Day;
}

/** A rule that was left as it was goes along with a day that was moved, where it is clear how. */
export function movedRule(before: Rule | null, rule: Rule, { moved, first }: Moved): Rule {
  if (moved === 0 || !before || formatRule(before) !== formatRule(rule)) return rule;
  const [weekday] = rule.weekdays;
  if (rule.every === 'week' && weekday !== undefined && rule.weekdays.length === 1) {
    return { ...rule, weekdays: [((((weekday + moved) % 7) + 7) % 7) as Weekday] };
  }
  return rule.on ? { ...rule, on: movedDay(rule.on, first) } : rule;
}

function movedDay(on: OnDay, first: Day): OnDay {
  const { date } = partsOf(first);
  if ('date' in on) return on.date === -1 ? on : { date };
  return { nth: on.nth === -1 ? -1 : Math.ceil(date / 7), weekday: weekdayOf(first) };
}

/** The same rule, for a series that ends before `on`. */
export function endedBefore(rule: Rule, on: Day): Rule {
  const { count: _, ...rest } = rule;
  return { ...rest, until: on - 1 };
}

/** Exceptions of days on which the series does not take place any more are of no use. */
export function fittingExceptions(event: Pick<CalendarEvent, 'exceptions'>, series: Settled) {
  return series.rule ? event.exceptions.filter(({ on }) => isDayOf(series, on)) : [];
}
