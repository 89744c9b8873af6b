import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import pg from 'pg';
import { takeReport } from '../../../src/features/disclosure/actions.js';
import { routes } from '../../../src/http/route.js';
import { bytes } from '../../../src/http/wording.js';
import type { TestServer } from '../../support/server.js';
import { newPerson } from '../accounts/people.js';
import { act, openTeam, type Team } from '../members/team.js';
import { changeSessions, type Desk, homeOf, type Operator, openDesk, platformEvents, putInConsole } from './console.js';

process.env.PLATFORM_ADMINS = 'dora@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16';
let desk: Desk;
let server: TestServer;
let acme: Team;
let dora: Operator;
let incident: string;
let report: string;
let template: string;

const trouble = {
  ...{ kind: 'incident', title: 'Mails arrive <late>', components: 'mail', severity: 'degraded' },
  text: '**We look into it.** <script>alert(1)</script> [x](javascript:alert(1)) [ours](https://example.org/a?b=1&c)',
};

/** Planted wherever a workspace holds something of its own. */
const canaries = ['canary-title', 'canary-text', 'canary-question', 'canary-agent', 'canary-instructions'];

before(async () => {
  desk = await openDesk();
  ({ server, acme, dora } = desk);
  await act(acme, acme.owner, '/knowledge/pasted', { title: 'canary-title', text: 'canary-text gives light.' });
  await act(acme, acme.owner, '/agents', { name: 'canary-agent', knowledge: 'none' });
  await act(acme, acme.owner, '/settings', { name: 'Acme', instructions: 'canary-instructions' });
  await act(acme, acme.owner, '/conversations', { text: 'canary-question' });
  await putInConsole(server, dora.id);
  incident = (await desk.operate('/platform/incidents', trouble)).location;
  const written = { from: '', name: '', subject: 'A hole', text: 'In acme.' };
  report = (await takeReport({ source: 'form', written, mayAnswer: false, attachments: [] }))?.reference ?? '';
  await desk.operate('/platform/reports/templates', { name: 'First answer', text: 'Thank you.' });
  const { rows } = await server.database.admin.query('select id from shared.report_answers');
  template = rows[0].id;
});
after(() => server?.close());
beforeEach(() => putInConsole(server, dora.id));

describe('the console shows that a workspace is there, and nothing of what is in it (MB-3)', () => {
  test('no page holds a planted word, and no statement leaves the web’s own login', async () => {
    let shown = 0;
    const seen: { user: string | undefined; text: string }[] = [];
    const sent = pg.Client.prototype.query;
    pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
      const [query] = given as [string | { text?: string }];
      seen.push({ user: this.user, text: typeof query === 'string' ? query : (query?.text ?? '') });
      return Reflect.apply(sent, this, given);
    } as typeof sent;
    try {
      const pages = routes().filter(({ method, path }) => method === 'GET' && path.startsWith('/platform'));
      assert.ok(pages.length >= 9);
      for (const sort of ['created', 'name', 'members', 'size', 'used'])
        pages.push({ ...pages[0], path: `/platform?sort=${sort}` } as never);
      seen.length = 0;
      for (const { path } of pages.filter((page) => !/deletions\/|attachments\//.test(page.path))) {
        const address = path
          .replace('/platform/incidents/:id', incident)
          .replace(':reference', report)
          .replace(':template', template)
          .replace(':tenant', acme.tenantId)
          .replace(':id', acme.owner.id);
        const { status, text } = await dora.person.get(address);
        assert.equal(status, 200, address);
        for (const canary of canaries) assert.ok(!text.includes(canary), `${canary} on ${address}`);
      }
      shown = seen.length;
      assert.match((await acme.owner.person.get(`${acme.home}/agents`)).text, /canary-agent/, 'its own pages do');
    } finally {
      pg.Client.prototype.query = sent;
    }
    const ours = seen.slice(0, shown);
    assert.ok(ours.length > 20);
    assert.deepEqual([...new Set(ours.map(({ user }) => user))], ['bailiwick_web']);
    assert.deepEqual(
      ours.filter(({ text }) => text.includes(acme.tenantId)),
      [],
      'none names a workspace’s schema',
    );
    assert.ok(
      seen.slice(shown).some(({ user }) => user?.startsWith('bailiwick_app_')),
      'and those that read one are seen here',
    );
  });

  test('and that login could not read a row of it', async () => {
    const { rows } = await server.database.admin.query(
      `select c.relname as name from pg_class c
       where c.relnamespace = to_regnamespace($1) and c.relkind = 'r'
         and has_table_privilege('bailiwick_web', c.oid, 'select, insert, update, delete, truncate, references, trigger')`,
      [acme.tenantId],
    );
    assert.deepEqual(rows, []);
    assert.equal(await desk.one(`select has_schema_privilege('bailiwick_web', $1, 'usage')`, [acme.tenantId]), false);
    const changes = `select has_table_privilege(role, 'shared.platform_events', 'update, delete, truncate') or
      has_table_privilege('bailiwick_web', 'shared.tenants', 'insert, update, delete')
      from unnest(array['bailiwick_web', 'bailiwick_logins', 'bailiwick_worker']) as role`;
    const { rows: rights } = await server.database.admin.query(changes);
    assert.ok(
      rights.every((right) => Object.values(right).every((may) => may === false)),
      'events are added, never changed',
    );
  });

  test('the list is searched, narrowed, sorted and paged by its address, with counts and sizes', async () => {
    await openTeam(server, 'Zebra <b>Works</b>', 'zoe');
    const listed = async (query: string) => {
      const { text, status } = await dora.person.get(`/platform?${query}`);
      assert.equal(status, 200, query);
      return [...text.matchAll(/<th scope="row"[^>]*><a [^>]*><bdi>([^<]*)</g)].map(([, name]) => name);
    };
    assert.deepEqual(await listed('sort=name'), ['Acme', 'Zebra &lt;b&gt;Works&lt;/b&gt;']);
    assert.deepEqual(await listed('sort=name&order=desc'), ['Zebra &lt;b&gt;Works&lt;/b&gt;', 'Acme']);
    assert.deepEqual((await listed('sort=members'))[0], 'Acme');
    assert.equal((await listed('sort=size')).length, 2);
    assert.deepEqual(await listed(`q=${acme.tenantId}`), ['Acme']);
    assert.deepEqual(await listed('q=ZEBRA&state=active'), ['Zebra &lt;b&gt;Works&lt;/b&gt;']);
    assert.deepEqual(await listed('state=suspended'), []);
    assert.match((await dora.person.get('/platform?q=%25')).text, /No workspace matches/, 'a sign is only a sign');
    assert.equal((await listed('sort=nonsense&page=x&state=y&order=z')).length, 2);
    assert.deepEqual(await listed('page=2'), []);
    const size = await desk.one(
      `select sum(pg_total_relation_size(oid)) from pg_class where relnamespace = to_regnamespace($1) and relkind = 'r'`,
      [acme.tenantId],
    );
    assert.match((await dora.person.get(homeOf(acme))).text, new RegExp(bytes(Number(size))));
  });
});

test('the installation says how it is, and fills its standby pool (OP-4)', async () => {
  const { text } = await dora.person.get('/platform/installation');
  assert.match(text, /all applied/);
  assert.match(text, /of \d+ schemas stand ready/);
  await server.database.admin.query(`delete from shared.migrations where schema_name = $1 and version like '0001%'`, [
    acme.tenantId,
  ]);
  assert.match(
    (await dora.person.get('/platform/installation')).text,
    /Migrations are pending[\s\S]*1 workspace schema behind/,
  );
  assert.equal((await desk.operate('/platform/standby')).status, 303);
  assert.equal((await platformEvents(server)).at(-1)?.event, 'platform.standby-refilled');
});

describe('an incident that the operator writes', () => {
  const seen = async (path: string) => (await newPerson(server).get(path)).text;
  const bannersAt = async (path: string) =>
    /class="notice (\w+) no-print">[\s\S]*?<p>([^<]*)</.exec(await seenBy(path));
  const seenBy = async (path: string) => (await acme.owner.person.get(path)).text;
  const publicAddress = () => incident.replace('/platform', '/status');

  test('is on the status page for everybody, for machines and in the feed, and no word of it is script (GV-6)', async () => {
    assert.match(incident, /^\/platform\/incidents\/[0-9a-f-]{36}$/);
    for (const page of [await seen('/status'), await seen(publicAddress())]) {
      assert.match(page, /Mails arrive &lt;late&gt;/);
      assert.match(page, /<strong>We look into it\.<\/strong>/);
      assert.match(page, /href="https:\/\/example\.org\/a\?b=1&amp;c"/);
      assert.doesNotMatch(page, /<script>|href="javascript:|\/leave\?/);
    }
    assert.match(await seen('/status'), /<h2 id="now">Now<\/h2>/);
    const [told] = JSON.parse(await seen('/status.json')).incidents;
    assert.deepEqual(
      [told.kind, told.components, told.severity, told.stage, told.closedAt, told.updates.length],
      ['incident', ['mail'], 'degraded', 'investigating', null, 1],
    );
    const feed = await newPerson(server).get('/status/feed');
    assert.equal(feed.headers.get('content-type'), 'application/atom+xml; charset=utf-8');
    assert.ok(feed.text.includes('<title>Mails arrive &lt;late&gt;</title>'));
    assert.doesNotMatch(feed.text, /<script|<strong|href="javascript/);
  });

  test('stands calmly above every page of a workspace until it is over, and is history then (GV-6)', async () => {
    const [, kind, text] = (await bannersAt(acme.home)) ?? [];
    assert.equal(kind, 'attention');
    assert.match(text ?? '', /^Mails arrive &lt;late&gt;\. Affected since .* \(UTC\): Mail\. $/);
    assert.match(await seenBy(`${acme.home}/agents`), new RegExp(`href="${publicAddress()}">What is known`));
    const update = (stage: string, said: string) => desk.operate(`${incident}/updates`, { stage, text: said });
    assert.equal((await update('watching', 'They flow again.')).location, incident);
    assert.ok(await bannersAt(acme.home));
    await update('resolved', 'It was the disk.');
    assert.equal(await bannersAt(acme.home), null);
    const page = await seen('/status');
    assert.ok(!page.includes('id="now"'));
    assert.ok(page.indexOf('It was the disk.') < page.indexOf('They flow again.'), 'newest first');
    assert.ok(page.indexOf('They flow again.') < page.indexOf('We look into it.'));
    await update('investigating', 'Not quite.');
    assert.ok(await bannersAt(acme.home), 'opened again');
    await update('resolved', 'Now it is.');
    await server.database.admin.query(`update shared.incidents set closed_at = now() - interval '91 days'`);
    assert.match(await seen('/status'), /None is over\./, 'after ninety days the page says nothing of it');
    assert.match(await seen(publicAddress()), /Now it is\./, 'its own address still does');
  });

  test('keeps what was said: each step is an event, corrections change facts alone (GV-6, MB-3)', async () => {
    const { kind: _, text: __, ...facts } = trouble;
    const corrected = { ...facts, title: 'Mails arrive a day late', startsAt: '2026-01-02T03:04' };
    assert.equal((await desk.operate(`${incident}/correction`, corrected)).location, incident);
    const page = await seen(publicAddress());
    assert.match(page, /Mails arrive a day late/);
    assert.match(page, /2026-01-02 03:04:00 UTC/);
    assert.match(page, /We look into it\./);
    const acts = (await platformEvents(server)).filter(({ event }) => event.startsWith('platform.incident-'));
    assert.deepEqual(
      acts.map(({ event, details }) => `${event} ${details.stage ?? details.starts}`),
      [
        'platform.incident-opened investigating',
        ...['watching', 'resolved', 'investigating', 'resolved'].map((stage) => `platform.incident-updated ${stage}`),
        'platform.incident-corrected 2026-01-02T03:04:00.000Z',
      ],
    );
    assert.ok(
      acts.every(
        ({ actor, address, details }) => actor === 'dora' && address && incident.endsWith(String(details.incident)),
      ),
    );
    const { rows } = await server.database.admin.query(
      `select has_table_privilege('bailiwick_web', 'shared.incident_updates', 'update, delete, truncate') or
        has_table_privilege('bailiwick_web', 'shared.incidents', 'delete, truncate') as may`,
    );
    assert.deepEqual(rows, [{ may: false }]);
  });

  test('asks for a fresh proof, says what is wrong beside the field, and changes nothing for others (GV-6, AC-11)', async () => {
    const before = await seen('/status.json');
    for (const [path, fields, wrong] of [
      ['/platform/incidents', { ...trouble, title: ' ', components: '' }, 'Say in a few words what it is'],
      ['/platform/incidents', { ...trouble, components: 'moon' }, 'Choose what is affected'],
      ['/platform/incidents', { ...trouble, startsAt: '2199-01-01T00:00' }, 'Plan maintenance instead'],
      ['/platform/incidents', { ...trouble, kind: 'maintenance' }, 'Enter a day and a time'],
      [`${incident}/updates`, { stage: 'finished', text: 'x' }, 'Choose how far it is'],
      [`${incident}/correction`, { title: '\u202ereversed' }, 'letters, digits and signs only'],
    ] as const) {
      const { status, text } = await desk.operate(path, fields);
      assert.deepEqual([status, text.includes(wrong)], [422, true], wrong);
    }
    const now = Date.now();
    await changeSessions(server, dora.id, { provenAt: now - 11 * 60_000 });
    const asked = await desk.operate('/platform/incidents', trouble);
    assert.deepEqual([asked.status, /Confirm that it is you/.test(asked.text)], [403, true]);
    for (const person of [acme.owner.person, newPerson(server)]) {
      const _csrf = await person.token(person === acme.owner.person ? '/profile' : '/sign-in');
      const { status } = await person.post(`${incident}/updates`, { stage: 'resolved', text: 'x', _csrf });
      assert.ok(status === 404 || status === 401, String(status));
    }
    assert.equal(await seen('/status.json'), before);
  });
});
