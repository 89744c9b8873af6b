import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { When } from '../../../src/features/calendar/event.js';
import {
  daysCovered,
  nextOccurrences,
  occurrenceOn,
  occurrencesIn,
  type Series,
  spanOf,
  windowOf,
} from '../../../src/features/calendar/occurrences.js';
import { lastDayOf } from '../../../src/features/calendar/recurrence/days.js';
import { parseRule } from '../../../src/features/calendar/recurrence/rule.js';
import { dueOccurrences, nextReminderAt } from '../../../src/features/calendar/reminders/due.js';
import { type Day, isoDay, parseDay } from '../../../src/features/calendar/time/day.js';
import { isoWall, parseWall } from '../../../src/features/calendar/time/wall.js';
import { instantOf, wallAt, zoneNamed } from '../../../src/features/calendar/time/zone.js';

const day = (text: string): Day => parseDay(text) ?? assert.fail(text);
const utc = (zone: string, local: string) =>
  new Date(instantOf(zone, parseWall(local) ?? assert.fail(local))).toISOString().slice(0, 16);
const local = (zone: string, instant: string) => isoWall(wallAt(zone, Date.parse(instant)));

function series(
  starts: string,
  ends: string,
  { zone = 'Europe/Berlin', recurrence = '', ...rest }: { zone?: string; recurrence?: string } & Partial<Series> = {},
): Series {
  const allDay = starts.length === 10;
  const wall = (text: string) => parseWall(allDay ? `${text}T00:00` : text) ?? assert.fail(text);
  const when: When = { allDay, zone, from: wall(starts), to: wall(ends) };
  const rule = recurrence ? parseRule(recurrence, { zone, ...when.from }) : null;
  return { when, rule, lastOn: rule && lastDayOf(rule, when.from.day), cancelledAt: null, exceptions: [], ...rest };
}

const shown = (occurrences: readonly { startsAt: number; endsAt: number }[]) =>
  occurrences.map(({ startsAt, endsAt }) =>
    [startsAt, endsAt].map((at) => new Date(at).toISOString().slice(0, 16)).join(' '),
  );
const within = (one: Series, from: string, to: string, zone = 'UTC') =>
  occurrencesIn(one, windowOf(day(from), day(to), zone));

describe('clocks and instants (AG-11, RFC 5545 §3.3.5)', () => {
  test('in Berlin an hour is missing in spring and comes twice in autumn', () => {
    assert.equal(utc('Europe/Berlin', '2026-03-29T01:59'), '2026-03-29T00:59');
    // 02:30 is not there: as if clocks had not been put forward yet, which is 03:30.
    assert.equal(utc('Europe/Berlin', '2026-03-29T02:30'), '2026-03-29T01:30');
    assert.equal(local('Europe/Berlin', '2026-03-29T01:30Z'), '2026-03-29T03:30');
    assert.equal(utc('Europe/Berlin', '2026-03-29T03:00'), '2026-03-29T01:00');
    assert.equal(utc('Europe/Berlin', '2026-10-25T01:59'), '2026-10-24T23:59');
    assert.equal(utc('Europe/Berlin', '2026-10-25T02:30'), '2026-10-25T00:30', 'the first of two');
    assert.equal(utc('Europe/Berlin', '2026-10-25T03:00'), '2026-10-25T02:00');
  });

  test('in New York, as the RFC has its examples', () => {
    assert.equal(utc('America/New_York', '2007-11-04T01:30'), '2007-11-04T05:30');
    assert.equal(utc('America/New_York', '2007-03-11T02:30'), '2007-03-11T07:30');
    assert.equal(utc('America/New_York', '2026-07-01T12:00'), '2026-07-01T16:00');
  });

  test('on Lord Howe it is half an hour, Samoa left out a day, Kathmandu has three quarters', () => {
    assert.equal(utc('Australia/Lord_Howe', '2026-10-04T02:15'), '2026-10-03T15:45');
    assert.equal(local('Australia/Lord_Howe', '2026-10-03T15:45Z'), '2026-10-04T02:45');
    assert.equal(utc('Australia/Lord_Howe', '2026-04-05T01:45'), '2026-04-04T14:45', 'the first of two');
    assert.equal(utc('Australia/Lord_Howe', '2026-04-05T02:00'), '2026-04-04T15:30');
    assert.equal(utc('Pacific/Apia', '2011-12-30T12:00'), '2011-12-30T22:00');
    assert.equal(local('Pacific/Apia', '2011-12-30T22:00Z'), '2011-12-31T12:00');
    assert.equal(utc('Asia/Kathmandu', '2026-01-01T05:45'), '2026-01-01T00:00');
  });

  test('moments of two years are there and back the same, in zones of every kind', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC']) {
      for (let at = Date.parse('2026-01-01T00:00Z'); at < Date.parse('2028-01-01T00:00Z'); at += 4.75 * 3_600_000) {
        const back = instantOf(zone, wallAt(zone, at));
        // Of an hour that comes twice, the first is meant.
        assert.ok(back === at || (back < at && at - back <= 3_600_000), `${zone} ${new Date(at).toISOString()}`);
      }
    }
  });

  test('a zone is a name of the database, not an offset or an expression', () => {
    assert.equal(zoneNamed('Europe/Berlin'), 'Europe/Berlin');
    assert.equal(zoneNamed('UTC'), 'UTC');
    assert.ok(zoneNamed('US/Eastern'));
    for (const bad of ['', '+01:00', 'Europe/Nowhere', '../etc/passwd', 'Berlin; drop', 'constructor'])
      assert.equal(zoneNamed(bad), undefined, bad);
  });

  test('there is no February 30, and no hour 24', () => {
    for (const bad of ['2026-02-30', '2025-02-29', '1969-12-31', '2200-01-01', '2026-1-1', ''])
      assert.equal(parseDay(bad), undefined, bad);
    for (const bad of ['2026-01-01T24:00', '2026-01-01T10:60', '2026-01-01'])
      assert.equal(parseWall(bad), undefined, bad);
  });
});

describe('occurrences (AG-11)', () => {
  test('a daily meeting stays at ten by the clock when clocks change, and one at half past two is put off once', () => {
    const ten = series('2026-03-28T10:00', '2026-03-28T11:00', { recurrence: 'FREQ=DAILY' });
    assert.deepEqual(shown(within(ten, '2026-03-28', '2026-03-31')), [
      ...[
        '2026-03-28T09:00 2026-03-28T10:00',
        '2026-03-29T08:00 2026-03-29T09:00',
        '2026-03-30T08:00 2026-03-30T09:00',
      ],
    ]);
    const night = series('2026-03-28T02:30', '2026-03-28T03:00', { recurrence: 'FREQ=DAILY' });
    assert.deepEqual(shown(within(night, '2026-03-29', '2026-03-31')), [
      '2026-03-29T01:30 2026-03-29T02:00',
      '2026-03-30T00:30 2026-03-30T01:00',
    ]);
  });

  test('one over a night in which clocks change lasts as long as the others', () => {
    const shift = series('2026-10-23T22:00', '2026-10-24T06:00', { recurrence: 'FREQ=DAILY' });
    for (const { startsAt, endsAt } of within(shift, '2026-10-23', '2026-10-28'))
      assert.equal(endsAt - startsAt, 8 * 3_600_000);
    assert.equal(isoWall(occurrenceOn(shift, day('2026-10-24'))?.when.to ?? assert.fail()), '2026-10-25T05:00');
  });

  test('whole days are the same days wherever one looks; moments are not', () => {
    const feast = series('2026-12-24', '2026-12-26', { zone: 'Pacific/Kiritimati' });
    for (const zone of ['Pacific/Kiritimati', 'UTC', 'America/Los_Angeles']) {
      assert.equal(within(feast, '2026-12-26', '2026-12-27', zone).length, 1, zone);
      assert.equal(within(feast, '2026-12-27', '2026-12-28', zone).length, 0, zone);
      assert.deepEqual(daysCovered(within(feast, '2026-12-01', '2027-01-01', zone)[0] ?? assert.fail(), zone), {
        first: day('2026-12-24'),
        last: day('2026-12-26'),
      });
    }
    const call = series('2026-11-23T08:00', '2026-11-23T09:00', { zone: 'Asia/Tokyo' });
    assert.equal(
      within(call, '2026-11-22', '2026-11-23', 'America/New_York').length,
      1,
      'there it is the evening before',
    );
    assert.equal(within(call, '2026-11-23', '2026-11-24', 'America/New_York').length, 0);
  });

  test('what ends at midnight is not on the next day, and what takes no time is on its own', () => {
    const evening = series('2026-11-22T20:00', '2026-11-23T00:00', { zone: 'UTC' });
    assert.equal(within(evening, '2026-11-23', '2026-11-24').length, 0);
    assert.deepEqual(
      daysCovered(within(evening, '2026-11-22', '2026-11-23')[0] ?? assert.fail(), 'UTC').last,
      day('2026-11-22'),
    );
    const moment = series('2026-11-23T00:00', '2026-11-23T00:00', { zone: 'UTC' });
    assert.equal(within(moment, '2026-11-23', '2026-11-24').length, 1);
    assert.equal(within(moment, '2026-11-22', '2026-11-23').length, 0);
  });

  test('an occurrence that was called off says so, and one that was moved is where it was moved to', () => {
    const moved = series('2027-02-01T12:00', '2027-02-01T13:00').when;
    const weekly = series('2026-11-02T10:00', '2026-11-02T11:00', {
      recurrence: 'FREQ=WEEKLY;BYDAY=MO;COUNT=5',
      exceptions: [
        { on: day('2026-11-09'), changed: null },
        { on: day('2026-11-16'), changed: { title: 'Later', description: '', place: '', when: moved } },
      ],
    });
    const november = within(weekly, '2026-11-01', '2026-12-01');
    assert.deepEqual(
      november.map(({ on, cancelled }) => `${isoDay(on)}${cancelled ? ' off' : ''}`),
      [...['2026-11-02', '2026-11-09 off', '2026-11-23', '2026-11-30']],
    );
    assert.deepEqual(
      within(weekly, '2027-02-01', '2027-02-02').map(({ own }) => own?.title),
      ['Later'],
    );
    const next = nextOccurrences(weekly, Date.parse('2026-11-03T00:00Z'), 3);
    assert.deepEqual(
      next.map(({ on }) => isoDay(on)),
      ['2026-11-23', '2026-11-30', '2026-11-16'],
    );
    assert.equal(
      spanOf(weekly).lastAt?.toISOString(),
      '2027-02-01T12:00:00.000Z',
      'the span holds what was moved out of it',
    );
    assert.equal(occurrenceOn(weekly, day('2026-12-07')), undefined, 'five times means five');
    assert.equal(occurrenceOn(weekly, day('2026-11-10')), undefined);
  });

  test('the span of a series is as long as the series, and open when that is', () => {
    assert.equal(spanOf(series('2026-11-02T10:00', '2026-11-02T11:00', { recurrence: 'FREQ=DAILY' })).lastAt, null);
    const ended = spanOf(series('2026-03-27T10:00', '2026-03-27T11:00', { recurrence: 'FREQ=DAILY;UNTIL=20260330' }));
    assert.deepEqual(
      [ended.firstAt.toISOString(), ended.lastAt?.toISOString()],
      ['2026-03-27T09:00:00.000Z', '2026-03-30T09:00:00.000Z'],
    );
    const whole = spanOf(series('2026-11-22', '2026-11-22'));
    assert.deepEqual(
      [whole.firstAt.toISOString(), whole.lastAt?.toISOString()],
      ['2026-11-21T10:00:00.000Z', '2026-11-23T14:00:00.000Z'],
    );
  });

  test('a reminder is due from its time until a little after the beginning, and then the next one is', () => {
    const daily = {
      ...series('2026-11-22T10:00', '2026-11-22T11:00', { zone: 'UTC', recurrence: 'FREQ=DAILY' }),
      reminderMinutes: 30,
    };
    const due = (at: string) => dueOccurrences(daily, Date.parse(at)).map(({ on }) => isoDay(on));
    assert.deepEqual(due('2026-11-22T09:29Z'), []);
    assert.deepEqual(due('2026-11-22T09:30Z'), ['2026-11-22']);
    assert.deepEqual(due('2026-11-22T10:14Z'), ['2026-11-22'], 'late is better than never');
    assert.deepEqual(due('2026-11-22T10:15Z'), []);
    assert.equal(nextReminderAt(daily, Date.parse('2026-11-22T09:30Z')), Date.parse('2026-11-23T09:30Z'));
    assert.deepEqual(dueOccurrences({ ...daily, reminderMinutes: null }, Date.parse('2026-11-22T09:30Z')), []);
    assert.equal(nextReminderAt({ ...daily, cancelledAt: new Date() }, 0), undefined);
  });
});
