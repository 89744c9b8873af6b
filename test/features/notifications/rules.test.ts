import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mentionedIn } from '../../../src/features/notifications/mentions.js';
import { Path, titleOf } from '../../../src/features/notifications/notification.js';
import { isTimeZone, nextDaily, nextHour } from '../../../src/features/notifications/times.js';
import { renderMarkdown } from '../../../src/http/markdown.js';

const people = ['alice', 'bob', 'bob-smith', 'dr.who', 'dr.who.'].map((username) => ({
  accountId: username,
  username,
}));
const named = (text: string) => mentionedIn(text, people);

describe('who is mentioned (AG-7)', () => {
  const yes: [string, string[]][] = [
    ['@bob please look', ['bob']],
    ['please look, @Bob', ['bob']],
    ['(@ALICE) and "@bob"', ['alice', 'bob']],
    ['ask @bob. Or @alice, or @alice-', ['alice', 'bob']],
    ['**@alice**', ['alice']],
    ['- @bob\n- @alice', ['alice', 'bob']],
    ['@bob-smith', ['bob-smith']],
    ['@dr.who is not the same as the one with the dot', ['dr.who']],
    ['@dr.who.', ['dr.who.']],
    ['| who |\n|---|\n| @bob |', ['bob']],
  ];
  for (const [text, expected] of yes) {
    test(`${JSON.stringify(text)} names ${expected.join(' and ')}`, () =>
      assert.deepEqual(named(text).sort(), expected));
  }

  const no = [
    '`@bob`',
    '```\n@bob\n```',
    '    @bob',
    'bob@bob',
    'mail bob@alice.example',
    '@bobby',
    '@bob-smithers',
    'https://chat.example/@bob',
    '[@bob](https://chat.example/)',
    '\\@bob',
    '@@bob',
    '@ bob',
    '@bo',
    'x/@bob',
    'bob',
  ];
  for (const text of no) test(`${JSON.stringify(text)} names nobody`, () => assert.deepEqual(named(text), []));

  test('a text of nothing but signs costs no more than prose', () => {
    const began = performance.now();
    assert.deepEqual(named(`@bob ${'[*_`'.repeat(25_000)}`), []);
    assert.ok(performance.now() - began < 500);
  });
});

test('a mention is a chip, for known names only, and what it says is escaped (AG-12)', () => {
  const names = new Map([['bob', '<img src=x onerror=alert(1)> Bob']]);
  const html = renderMarkdown('Hello @Bob, `@bob` and @eve. <b>@bob</b>', undefined, names);
  assert.match(html, /<span class="mention" title="&lt;img src=x onerror=alert\(1\)&gt; Bob">@Bob<\/span>,/);
  assert.match(html, /<code>@bob<\/code> and @eve\./);
  assert.doesNotMatch(html, /<img|<b>/);
  assert.doesNotMatch(renderMarkdown('@bob'), /mention/);
});

test('a path leads below the workspace and nowhere else', () => {
  const id = '019a9c52-9a3e-7e42-9d9b-6b1f0b2f7c11';
  for (const path of [`/tasks/${id}`, `/pages/${id}?version=2#heading-3`, '/'])
    assert.equal(Path.safeParse(path).success, true);
  for (const path of [
    '//evil.example',
    '/../profile',
    'https://evil.example',
    '/tasks/../x',
    '/a\\b',
    '/tasks/\n',
    '',
  ]) {
    assert.equal(Path.safeParse(path).success, false, path);
  }
});

test('a title is one line that hides nothing', () => {
  assert.equal(titleOf(' Buy\nmilk\u202e now '), 'Buy milk now');
  const long = titleOf('🙂'.repeat(300));
  assert.equal([...long].length, 200);
  assert.ok(long.endsWith('🙂…'));
});

describe('when the next mail leaves', () => {
  const daily = (now: string, hour: number, timeZone: string) =>
    nextDaily(new Date(now), { hour, timeZone }).toISOString();

  test('at the next full hour, or at the hour that the clock of the place shows', () => {
    assert.equal(nextHour(new Date('2026-11-22T09:00:00Z')).toISOString(), '2026-11-22T10:00:00.000Z');
    assert.equal(daily('2026-11-22T07:59:59Z', 8, 'UTC'), '2026-11-22T08:00:00.000Z');
    assert.equal(daily('2026-11-22T08:00:00Z', 8, 'UTC'), '2026-11-23T08:00:00.000Z');
    assert.equal(daily('2026-07-01T12:00:00Z', 8, 'Europe/Berlin'), '2026-07-02T06:00:00.000Z');
    assert.equal(daily('2026-11-22T12:00:00Z', 8, 'Europe/Berlin'), '2026-11-23T07:00:00.000Z');
    assert.equal(daily('2026-11-22T00:00:00Z', 8, 'Asia/Kathmandu'), '2026-11-22T02:15:00.000Z');
  });

  test('on the days on which the clock skips or repeats that hour', () => {
    assert.equal(daily('2026-03-28T12:00:00Z', 2, 'Europe/Berlin'), '2026-03-29T01:00:00.000Z');
    assert.equal(daily('2026-10-24T12:00:00Z', 2, 'Europe/Berlin'), '2026-10-25T00:00:00.000Z');
  });

  test('in zones that exist', () => {
    assert.equal(isTimeZone('America/New_York'), true);
    for (const name of ['Mars/Olympus', '', '+02:00', '../etc']) assert.equal(isTimeZone(name), false, name);
  });
});
