import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import pg from 'pg';
import { mailLink } from '../../../src/features/accounts/recovery/mailing.js';
import { routes } from '../../../src/http/route.js';
import { bytes } from '../../../src/http/wording.js';
import type { TestServer } from '../../support/server.js';
import { newPerson } from '../accounts/people.js';
import { act, type Member, openTeam, type Team } from '../members/team.js';
import { type Desk, homeOf, type Operator, openDesk, platformEvents, putInConsole } from './console.js';

process.env.PLATFORM_ADMINS = 'dora@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16';
let desk: Desk;
let server: TestServer;
let acme: Team;
let bob: Member;
let dora: Operator;

/** Planted wherever a workspace holds something of its own. */
const canaries = ['canary-title', 'canary-text', 'canary-question', 'canary-agent', 'canary-instructions'];

before(async () => {
  desk = await openDesk();
  ({ server, acme, bob, dora } = desk);
  await act(acme, acme.owner, '/knowledge/pasted', { title: 'canary-title', text: 'canary-text gives light.' });
  await act(acme, acme.owner, '/agents', { name: 'canary-agent', knowledge: 'none' });
  await act(acme, acme.owner, '/settings', { name: 'Acme', instructions: 'canary-instructions' });
  await act(acme, acme.owner, '/conversations', { text: 'canary-question' });
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
      for (const { path } of pages.filter((page) => !page.path.includes('deletions/'))) {
        const address = path.replace(':tenant', acme.tenantId).replace(':id', acme.owner.id);
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

describe('support for one account', () => {
  test('is found by its whole address only, and that somebody looked is written down (MB-3)', async () => {
    for (const email of ['bob', 'bob@acme', '%@acme.test', 'nobody@acme.test']) {
      assert.equal((await desk.operate('/platform/accounts', { email })).status, 422, email);
    }
    const found = await desk.operate('/platform/accounts', { email: 'BOB@acme.test' });
    assert.equal(found.location, `/platform/accounts/${bob.id}`);
    const looked = (await platformEvents(server)).filter(({ event }) => event === 'platform.account-looked-up');
    assert.deepEqual(
      looked.map(({ details }) => details.found),
      [false, true],
    );
    assert.doesNotMatch(JSON.stringify(looked), /nobody@acme/);
  });

  test('ends its sessions, or mails it a link to a new password; an operator chooses none (ASVS 6.4.6, V7.4.5)', async () => {
    const known = await desk.one('select password_hash from shared.accounts where id = $1', [bob.id]);
    const ended = await desk.operate(`/platform/accounts/${bob.id}/sessions-end`);
    assert.equal(ended.status, 303);
    assert.equal((await bob.person.get(acme.home)).status, 303);
    assert.match((await desk.lastMail(bob.email))?.subject ?? '', /All your sessions were ended/);
    const mailed = await desk.operate(`/platform/accounts/${bob.id}/recovery`);
    assert.equal(mailed.status, 303);
    await mailLink(String(await desk.one('select id from shared.recoveries where account_id = $1', [bob.id])));
    const link = /\/recover\/[\w-]{43}/.exec((await desk.lastMail(bob.email))?.text ?? '')?.[0] ?? 'no link';
    assert.doesNotMatch((await dora.person.get(`/platform/accounts/${bob.id}`)).text, /\/recover\//);
    assert.equal(await desk.one('select password_hash from shared.accounts where id = $1', [bob.id]), known);
    assert.equal((await newPerson(server).get(link)).status, 200);
    const own = `select event from shared.account_events where account_id = $1 and event in ('account.sessions-ended', 'account.recovery-mailed') order by at, id`;
    const { rows } = await server.database.admin.query(own, [bob.id]);
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['account.sessions-ended', 'account.recovery-mailed'],
    );
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
