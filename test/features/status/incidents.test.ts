import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannersFor } from '../../../src/features/status/incidents/banners.js';
import { NewIncident } from '../../../src/features/status/incidents/draft.js';
import { feedOf } from '../../../src/features/status/incidents/feed.js';
import type { Incident } from '../../../src/features/status/incidents/incident.js';
import { wordsOf } from '../../../src/features/status/incidents/words.js';

const now = new Date('2026-03-04T12:00:00Z');
const hours = (count: number) => new Date(now.getTime() + count * 3600_000);
const id = '0198b5a0-0000-7000-8000-000000000001';

function incident(changed: Partial<Incident>, stage = 'investigating'): Incident {
  const updates = [{ id, incidentId: id, at: hours(-1), stage, text: 'Soon.' }];
  return {
    ...{ id, kind: 'incident', title: 'Mails are late', components: ['mail', 'jobs'], severity: 'degraded' },
    ...{ startsAt: hours(-2), endsAt: null, closedAt: null, updates },
    ...changed,
  };
}

test('members see trouble at once, work from a day before until its end, and neither when it is over (GV-6)', () => {
  const work = (from: number, to: number): Partial<Incident> => ({
    ...{ kind: 'maintenance', startsAt: hours(from), endsAt: hours(to) },
  });
  const kinds = (open: Incident) => bannersFor([open], now).map(({ kind }) => kind);
  assert.deepEqual(kinds(incident({})), ['attention']);
  assert.deepEqual(kinds(incident({ severity: 'notice' })), ['information']);
  assert.deepEqual(kinds(incident(work(25, 26), 'planned')), []);
  assert.deepEqual(kinds(incident(work(23, 26), 'planned')), ['information']);
  assert.deepEqual(kinds(incident(work(-1, 1), 'planned')), ['information']);
  assert.deepEqual(kinds(incident(work(-2, -1), 'planned')), [], 'nobody has closed it, but its time is over');
  assert.deepEqual(kinds(incident(work(-2, -1), 'under-way')), ['information'], 'it takes longer');
  const [banner] = bannersFor([incident({})], now);
  assert.equal(banner?.text, 'Mails are late. Affected since March 4 at 10:00 (UTC): Mail, Background work.');
});

test('what an operator writes is formatted and never markup of its own (GV-6, AG-12)', () => {
  assert.match(
    wordsOf('*a* and [b](https://example.org/?q=%22x)'),
    /<em>a<\/em> and <a [^>]*href="https:\/\/example\.org\/\?q=%22x"/,
  );
  for (const hostile of [
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '![x](https://evil.example/pixel.png)',
    '[x](/leave?to=javascript%3Aalert(1))',
    '<a href="/leave?to=javascript%3Aalert(1)">x</a>',
    '[x](https://user:secret@evil.example/)',
    '[x](https://example.org/"onmouseover="alert(1))',
  ]) {
    const html = wordsOf(hostile);
    assert.doesNotMatch(html, /<(?:img|script)|href="(?:javascript|data|\/leave)|"\s*on\w+=|href="[^"]*@/i, hostile);
  }
});

test('the feed is well formed whatever the words are, and its date moves with each update (GV-6)', () => {
  const hostile = ']]></title><script>"\'&\u0000\ud800';
  const updates = [
    { id, incidentId: id, at: hours(-1), stage: 'watching', text: `a & b ${hostile}` },
    { id, incidentId: id, at: hours(-2), stage: 'investigating', text: 'Soon.' },
  ];
  const feed = feedOf([incident({ title: hostile, updates })], 'https://ai.example.org');
  assert.match(feed, /<title>\]\]&gt;&lt;\/title&gt;&lt;script&gt;&quot;&#39;&amp;<\/title>/);
  assert.equal(feed.match(/<updated>2026-03-04T11:00:00\.000Z<\/updated>/g)?.length, 2, 'the feed’s and the entry’s');
  assert.match(feed, /<link rel="alternate" type="text\/html" href="https:\/\/ai\.example\.org\/status\/incidents\//);
  // Every tag that opens closes, in order.
  const open: string[] = [];
  for (const [, slash, name = '', self] of feed.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (slash) assert.equal(open.pop(), name);
    else if (!self) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.match(feedOf([], 'https://ai.example.org'), /<updated>1970-01-01T00:00:00\.000Z<\/updated>/);
});

test('planned work needs a window that ends after it begins; trouble has none (GV-6)', () => {
  const facts = { title: 'New disks', components: ['database', 'database'], severity: 'outage', text: 'a\r\nb' };
  const work = { ...facts, kind: 'maintenance', startsAt: '2026-03-05T22:00', endsAt: '2026-03-05T23:00' };
  const draft = NewIncident.parse(work);
  assert.deepEqual(
    [draft.components, draft.text, draft.endsAt],
    [['database'], 'a\nb', new Date('2026-03-05T23:00:00Z')],
  );
  for (const wrong of [
    { endsAt: work.startsAt },
    { endsAt: '' },
    { startsAt: '2026-02-30T22:00' },
    { kind: 'party' },
  ]) {
    assert.equal(NewIncident.safeParse({ ...work, ...wrong }).success, false, JSON.stringify(wrong));
  }
  assert.equal(NewIncident.parse({ ...facts, kind: 'incident', endsAt: '2026-03-05T23:00' }).endsAt, null);
});
