import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import pg from 'pg';
import { routes } from '../../../../src/http/route.js';
import { bytes } from '../../../../src/http/wording.js';
import { openTeam } from '../../members/team.js';
import { homeOf, platformEvents } from '../console.js';
import { acme, desk, dora, incident, report, server, template } from './stage.js';

/** Planted wherever a workspace holds something of its own. */
const canaries = ['canary-title', 'canary-text', 'canary-question', 'canary-agent', 'canary-instructions'];

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
    /Migrations are pending[\s\S]*1 workspace on an older schema/,
  );
  assert.equal((await desk.operate('/platform/standby')).status, 303);
  assert.equal((await platformEvents(server)).at(-1)?.event, 'platform.standby-refilled');
});
