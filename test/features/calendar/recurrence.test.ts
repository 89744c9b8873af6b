import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Invalid } from '../../../src/errors.js';
import { alignedStart, daysFrom, lastDayOf } from '../../../src/features/calendar/recurrence/days.js';
import { formatRule, parseRule } from '../../../src/features/calendar/recurrence/rule.js';
import { ruleWords } from '../../../src/features/calendar/recurrence/words.js';
import { type Day, isoDay, parseDay } from '../../../src/features/calendar/time/day.js';

const day = (text: string): Day => parseDay(text) ?? assert.fail(text);
const rule = (text: string, zone = 'Europe/Berlin', minutes = 600, first = '2026-01-01') =>
  parseRule(text, { zone, day: day(first), minutes });

/** The first few days of a series, as dates. */
function days(text: string, first: string, { most = 5, from = first } = {}): string[] {
  const found: string[] = [];
  for (const each of daysFrom(rule(text, 'UTC', 600, first), day(first), day(from))) {
    found.push(isoDay(each));
    if (found.length === most) break;
  }
  return found;
}

const reason = (text: string): string => {
  try {
    rule(text);
  } catch (error) {
    assert.ok(error instanceof Invalid, text);
    return error.message;
  }
  assert.fail(`${text} was taken`);
};

describe('days of a series (AG-11, RFC 5545 §3.3.10)', () => {
  test('every day, every third day, on working days', () => {
    assert.deepEqual(days('FREQ=DAILY', '2026-12-30', { most: 3 }), ['2026-12-30', '2026-12-31', '2027-01-01']);
    assert.deepEqual(days('FREQ=DAILY;INTERVAL=3', '2026-02-26', { most: 3 }), [
      '2026-02-26',
      '2026-03-01',
      '2026-03-04',
    ]);
    assert.deepEqual(days('FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', '2026-11-20', { most: 3 }), [
      '2026-11-20',
      '2026-11-23',
      '2026-11-24',
    ]);
  });

  test('every week and every other week on several days, from the middle of a week', () => {
    assert.deepEqual(days('FREQ=WEEKLY;BYDAY=MO,WE,SU', '2026-11-25', { most: 4 }), [
      ...['2026-11-25', '2026-11-29', '2026-11-30', '2026-12-02'],
    ]);
    assert.deepEqual(days('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU', '1997-08-05', { most: 4 }), [
      ...['1997-08-05', '1997-08-10', '1997-08-19', '1997-08-24'],
    ]);
    // The example of the RFC for WKST: another first day of the week is another series.
    assert.deepEqual(days('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU', '1997-08-05', { most: 4 }), [
      ...['1997-08-05', '1997-08-17', '1997-08-19', '1997-08-31'],
    ]);
    assert.deepEqual(days('FREQ=WEEKLY', '2026-11-22', { most: 2 }), ['2026-11-22', '2026-11-29']);
  });

  test('a month without such a day is left out, and the last day is always there', () => {
    assert.deepEqual(days('FREQ=MONTHLY;BYMONTHDAY=31', '2026-01-31'), [
      ...['2026-01-31', '2026-03-31', '2026-05-31', '2026-07-31', '2026-08-31'],
    ]);
    assert.deepEqual(days('FREQ=MONTHLY', '2027-12-30', { most: 3 }), ['2027-12-30', '2028-01-30', '2028-03-30']);
    assert.deepEqual(days('FREQ=MONTHLY;BYMONTHDAY=-1', '2028-01-31', { most: 3 }), [
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
    ]);
  });

  test('the second Tuesday, the fifth Friday where there is one, the last Sunday', () => {
    assert.deepEqual(days('FREQ=MONTHLY;BYDAY=2TU', '2026-11-10', { most: 3 }), [
      '2026-11-10',
      '2026-12-08',
      '2027-01-12',
    ]);
    assert.deepEqual(days('FREQ=MONTHLY;BYDAY=5FR', '2026-01-30', { most: 3 }), [
      '2026-01-30',
      '2026-05-29',
      '2026-07-31',
    ]);
    assert.deepEqual(days('FREQ=MONTHLY;INTERVAL=2;BYDAY=-1SU', '2026-10-25', { most: 3 }), [
      '2026-10-25',
      '2026-12-27',
      '2027-02-28',
    ]);
  });

  test('a leap day comes every four years, and not in 2100', () => {
    assert.deepEqual(days('FREQ=YEARLY', '2024-02-29', { most: 3 }), ['2024-02-29', '2028-02-29', '2032-02-29']);
    assert.deepEqual(days('FREQ=YEARLY', '2024-02-29', { from: '2095-01-01', most: 2 }), ['2096-02-29', '2104-02-29']);
    assert.deepEqual(days('FREQ=YEARLY;INTERVAL=3', '2026-11-22', { most: 2 }), ['2026-11-22', '2029-11-22']);
  });

  test('from any day on they are the same days as counted from the first', () => {
    const rules = [
      ...['FREQ=DAILY;INTERVAL=7', 'FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR', 'FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31'],
      ...['FREQ=MONTHLY;BYDAY=-1MO', 'FREQ=YEARLY;INTERVAL=2', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=WE'],
    ];
    for (const text of rules) {
      const start = isoDay(alignedStart(rule(text), day('2024-02-29')) ?? assert.fail());
      const all = days(text, start, { most: 900 });
      for (const from of ['2024-01-01', '2025-06-15', '2027-03-01', '2031-12-31']) {
        const expected = all.filter((each) => each >= from).slice(0, 8);
        assert.ok(expected.length > 0);
        assert.deepEqual(days(text, start, { from, most: expected.length }), expected, `${text} from ${from}`);
      }
    }
  });

  test('COUNT and UNTIL end a series, and are turned into its last day', () => {
    const last = (text: string, first: string) => {
      const found = lastDayOf(rule(text, 'UTC', 600, first), day(first));
      return found === null ? null : isoDay(found);
    };
    assert.equal(last('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5', '2026-11-23'), '2026-12-07');
    assert.equal(last('FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3', '2026-01-31'), '2026-05-31');
    assert.equal(last('FREQ=DAILY;UNTIL=20261130', '2026-11-22'), '2026-11-30');
    assert.equal(last('FREQ=WEEKLY;UNTIL=20261130', '2026-11-22'), '2026-11-29');
    assert.equal(last('FREQ=WEEKLY', '2026-11-22'), null);
  });

  test('a series begins on the first day that its rule names, or never', () => {
    const start = (text: string, from: string) => {
      const found = alignedStart(rule(text), day(from));
      return found === undefined ? undefined : isoDay(found);
    };
    assert.equal(start('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', '2026-11-22'), '2026-11-23');
    assert.equal(start('FREQ=MONTHLY;BYDAY=-1FR', '2026-11-28'), '2026-12-25');
    assert.equal(start('FREQ=WEEKLY;BYDAY=MO;UNTIL=20261122', '2026-11-22'), undefined);
  });
});

describe('rules as text (AG-11, RFC 5545)', () => {
  test('what is written is read back as the same', () => {
    for (const text of [
      ...['FREQ=DAILY', 'FREQ=DAILY;INTERVAL=2;COUNT=10', 'FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20261231'],
      ...['FREQ=MONTHLY;BYMONTHDAY=-1', 'FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR', 'FREQ=YEARLY;COUNT=4'],
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU',
    ]) {
      assert.equal(formatRule(rule(text)), text);
    }
    assert.equal(formatRule(rule('rrule:byday=we,mo,mo;freq=weekly')), 'FREQ=WEEKLY;BYDAY=MO,WE');
    // What is not said is what the first day says.
    assert.equal(formatRule(rule('FREQ=WEEKLY', 'UTC', 0, '2026-11-22')), 'FREQ=WEEKLY;BYDAY=SU');
    assert.equal(formatRule(rule('FREQ=MONTHLY', 'UTC', 0, '2026-11-22')), 'FREQ=MONTHLY;BYMONTHDAY=22');
    assert.equal(formatRule({ every: 'week', interval: 1, weekdays: [], weekStart: 0 }), 'FREQ=WEEKLY');
  });

  test('UNTIL as an instant is the last day that still begins by then, where the event is', () => {
    const until = (text: string, zone: string, minutes: number) =>
      formatRule(rule(`FREQ=DAILY;UNTIL=${text}`, zone, minutes));
    assert.match(until('20261130T090000Z', 'Europe/Berlin', 600), /UNTIL=20261130$/);
    assert.match(until('20261130T085959Z', 'Europe/Berlin', 600), /UNTIL=20261129$/);
    assert.match(until('20261201T030000Z', 'America/New_York', 1320), /UNTIL=20261130$/);
    assert.match(until('20261130T100000', 'Europe/Berlin', 600), /UNTIL=20261130$/);
  });

  test('what is not understood is refused, never left out', () => {
    assert.match(reason('FREQ=HOURLY'), /daily, weekly, monthly or yearly/);
    assert.match(reason('FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1'), /BYSETPOS=1.*not understood/);
    assert.match(reason('FREQ=MONTHLY;BYDAY=1MO,3MO'), /one weekday/);
    assert.match(reason('FREQ=MONTHLY;BYMONTHDAY=1,15'), /one day/);
    assert.match(reason('FREQ=DAILY;COUNT=3;UNTIL=20261231'), /not both/);
    assert.match(reason('FREQ=DAILY;UNTIL=20260230'), /a date/);
    assert.match(reason('FREQ=YEARLY;BYMONTH=3'), /Leave BYMONTH out/);
    assert.match(reason('FREQ=WEEKLY;BYDAY=XX'), /no weekday/);
    for (const bad of [
      '',
      'FREQ',
      'FREQ=DAILY;FREQ=DAILY',
      'FREQ=DAILY;COUNT=0',
      'FREQ=DAILY;COUNT=1001',
      'FREQ=DAILY;INTERVAL=-1',
    ]) {
      assert.notEqual(reason(bad), '', bad);
    }
  });

  test('in words', () => {
    const words = (text: string) => ruleWords(rule(text), day('2026-11-22'));
    assert.equal(words('FREQ=DAILY'), 'Every day');
    assert.equal(words('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=10'), 'Every 2 weeks on Monday and Friday, 10 times');
    assert.equal(words('FREQ=MONTHLY;BYDAY=2TU'), 'Every month on the second Tuesday');
    assert.equal(words('FREQ=MONTHLY;BYMONTHDAY=-1'), 'Every month on the last day');
    assert.equal(
      words('FREQ=MONTHLY;BYMONTHDAY=22;UNTIL=20271231'),
      'Every month on the 22nd, until Fri 31 December 2027',
    );
    assert.equal(words('FREQ=YEARLY'), 'Every year on 22 November');
  });
});
