import { type Day, partsOf } from '../time/day.js';
import { dateWords } from '../time/words.js';
import type { OnDay, Rule } from './rule.js';

export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];
const list = new Intl.ListFormat('en');

/** `Every 2 weeks on Monday and Friday, 10 times` */
export function ruleWords(rule: Rule, first: Day): string {
  const { every, interval, count, until } = rule;
  const often = interval === 1 ? `Every ${every}` : `Every ${interval} ${every}s`;
  const ending = count === undefined ? '' : count === 1 ? ', once' : `, ${count} times`;
  return `${often}${dayWords(rule, first)}${ending}${until === undefined ? '' : `, until ${dateWords(until)}`}`;
}

function dayWords({ every, weekdays, on }: Rule, first: Day): string {
  if (every === 'week' && weekdays.length === 7) return ' on every day';
  if (every === 'week') return ` on ${list.format(weekdays.map((weekday) => weekdayNames[weekday]))}`;
  if (every === 'month') return ` on the ${onWords(on ?? { date: partsOf(first).date })}`;
  return every === 'year'
    ? ` on ${dateWords(first)
        .replace(/ \d{4}$/, '')
        .replace(/^\w+,? /, '')}`
    : '';
}

function onWords(on: OnDay): string {
  if ('date' in on) return on.date === -1 ? 'last day' : ordinal(on.date);
  return `${on.nth === -1 ? 'last' : ordinals[on.nth - 1]} ${weekdayNames[on.weekday]}`;
}

/** `1st`, `22nd`, `13th` */
function ordinal(number: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd' }[
    new Intl.PluralRules('en', { type: 'ordinal' }).select(number) as 'one'
  ];
  return `${number}${ending ?? 'th'}`;
}
