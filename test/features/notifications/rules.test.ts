import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newLog } from '../../../src/features/notifications/changes/log.js';
import { newQueue, type Told } from '../../../src/features/notifications/changes/queue.js';
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

describe('where a page stands among what changed (AG-7)', () => {
  const heard = (id: string, tenantId = 'one') => ({ tenantId, kind: 'task', id, accountId: undefined }) as const;
  const idsAfter = (log: ReturnType<typeof newLog>, position: string) =>
    log.after('one', position)?.map((entry) => entry.heard.id);

  test('two processes that hear the same say the same, whatever each heard before', () => {
    const [first, second] = [newLog(), newLog()];
    first.hear(heard('earlier'));
    for (const log of [first, second]) {
      log.mark('one', 'm1');
      log.hear(heard('a'));
      log.hear(heard('b'));
      log.mark('two', 'm2');
      log.hear(heard('x', 'two'));
      log.mark('one', 'm3');
      log.hear(heard('c'));
    }
    for (const { position } of first.after('one', 'm1.1') ?? []) {
      assert.deepEqual(idsAfter(second, position), idsAfter(first, position));
    }
    assert.deepEqual(idsAfter(second, 'm1.1'), ['b', 'c']);
    assert.deepEqual(idsAfter(second, first.position('one')), []);
    assert.equal(second.after('two', 'm1.1'), undefined, 'a place in one workspace is none in another');
  });

  test('what was dropped, or said while nobody listened, is not passed over in silence', () => {
    const log = newLog({ mostOfOne: 2 });
    const start = log.position('one');
    for (const id of ['a', 'b']) {
      log.mark('one', `m-${id}`);
      log.hear(heard(id), 1000);
    }
    assert.deepEqual(idsAfter(log, start), ['a', 'b']);
    log.mark('one', 'm-c');
    log.hear(heard('c'), 2000);
    assert.equal(log.after('one', start), undefined);
    assert.deepEqual(idsAfter(log, 'm-a.1'), ['b', 'c'], 'what was dropped last is where it begins now');
    assert.equal(log.since('one', 999), undefined);
    assert.deepEqual(
      log.since('one', 1500)?.map((entry) => entry.heard.id),
      ['c'],
    );
    log.forgetAll();
    assert.equal(log.after('one', 'm-c.1'), undefined);
    assert.notEqual(log.position('one'), start);
  });

  test('more than a process keeps in all begins anew', () => {
    const log = newLog({ mostInAll: 3 });
    const start = log.position('two');
    for (const id of ['a', 'b', 'c', 'd']) log.hear(heard(id));
    assert.equal(log.after('two', start), undefined);
  });

  test('a slow page is told in order, each thing once and in its last place, and never too much', async () => {
    const batches: (readonly Told[])[] = [];
    let go: () => void = () => {};
    const queue = newQueue(async (batch) => {
      batches.push(batch);
      await new Promise<void>((resolve) => {
        go = resolve;
      });
    });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    queue.add('task:a', '1');
    await settled();
    for (const [key, position] of [
      ['task:a', '2'],
      ['page:b', '3'],
      ['decision:d', '4'],
      ['task:a', '5'],
    ] as const)
      queue.add(key, position);
    go();
    await settled();
    for (let index = 0; index < 600; index += 1) queue.add(`task:${index}`, `many ${index}`);
    go();
    await settled();
    assert.deepEqual(batches, [
      [{ changed: ['task:a'], position: '1' }],
      [
        { changed: ['page:b'], position: '3' },
        { decision: 'd', position: '4' },
        { changed: ['task:a'], position: '5' },
      ],
      [{ changed: ['*'], position: 'many 599' }],
    ]);
    assert.equal(queue.isIdle(), false);
    go();
    await settled();
    assert.equal(queue.isIdle(), true);
  });

  test('a page that could not be told is told to look at everything', async () => {
    const told: (readonly Told[])[] = [];
    const queue = newQueue(async (batch) => {
      told.push(batch);
      if (told.length === 1) throw new Error('the database is away');
    });
    queue.add('decision:d', '7');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told, [[{ decision: 'd', position: '7' }], [{ changed: ['*'], position: '7' }]]);
  });
});
