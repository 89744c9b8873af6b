import '../../support/settings.js';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { shared } from '../../../src/database/shared.js';
import { askSelfTest, runSelfTest, testEveryWorkspace } from '../../../src/features/assurance/self-test/actions.js';
import { namingRoutes, tryRoutes, trySearch } from '../../../src/features/assurance/self-test/addresses.js';
import { type Canary, withCanaries } from '../../../src/features/assurance/self-test/canaries.js';
import { tryKeys } from '../../../src/features/assurance/self-test/keys.js';
import { plant } from '../../../src/features/assurance/self-test/planting.js';
import { tryCanaries } from '../../../src/features/assurance/self-test/run.js';
import type { Part } from '../../../src/features/assurance/self-test/self-test.js';
import { tryTables } from '../../../src/features/assurance/self-test/tables.js';
import { visitAs } from '../../../src/features/assurance/self-test/visit.js';
import { listPlatformTenants } from '../../../src/features/platform/tenants/queries.js';
import { TenantQuery } from '../../../src/features/platform/tenants/tenant.js';
import { checkClaims } from '../../../src/features/security/checks.js';
import { isSignatureOf } from '../../../src/vault/signature.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { openTeam, type Team } from '../members/team.js';
import { everythingIn, openLeakyServer } from './stage.js';

let server: TestServer;
let acme: Team;
let globex: Team;
let parts: Part[];
const closing: (() => Promise<void>)[] = [];

before(async () => {
  server = await startTestServer({ tenants: 6 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
});
after(async () => {
  for (const close of closing) await close();
  await server?.close();
});

const run = async (statement: string) => (await server.database.admin.query(statement)).rows;

describe('the isolation self-test', () => {
  test('tries every table and every address, is refused everywhere, and leaves nothing (IS-1, IS-2, IS-4, GV-4)', async () => {
    const before = await everythingIn(server, acme.tenantId);
    parts = await tryCanaries(server.origin);
    assert.deepEqual(
      parts.map(({ part, leaks }) => [part, leaks]),
      [
        ['tables', []],
        ['routes', []],
        ['search', []],
        ['keys', []],
      ],
    );
    const [tables, routes, search] = parts;
    const schema = await run(`select count(*)::integer as count from pg_tables where schemaname = '${acme.tenantId}'`);
    assert.equal(tables?.names.length, schema[0].count);
    assert.ok((tables?.tried ?? 0) > 4 * schema[0].count && tables?.refused === tables?.tried);
    assert.ok((routes?.tried ?? 0) > 250 && routes?.refused === routes?.tried);
    // Where the canary had nothing of its own, the address proves little: these are few, and named.
    assert.ok((routes?.invented?.length ?? 0) * 8 < (routes?.tried ?? 0), String(routes?.invented));
    const lists = ['tasks', 'pages', 'calendar', 'knowledge', 'roles', 'groups'].map((list) => `/w/:workspace/${list}`);
    assert.deepEqual(
      lists.filter((list) => !search?.names.includes(list)),
      [],
    );
    assert.deepEqual(await everythingIn(server, acme.tenantId), before);
  });

  test('says which right one workspace has on another, each by itself (IS-1, IS-2, GV-4)', async () => {
    await withCanaries(async (one, other) => {
      const [from, to] = [one.context.tenant.id, other.context.tenant.id];
      const opened = async (what: string) => {
        await run(`grant ${what} to ${from}`);
        const { leaks } = await tryTables(one, other);
        await run(`revoke ${what} from ${from}`);
        return leaks;
      };
      assert.deepEqual(await opened(`usage on schema ${to}`), [`${from} has usage on the schema`]);
      await run(`grant usage on schema ${to} to ${from}`);
      for (const verb of ['select', 'insert', 'update', 'delete']) {
        const found = await opened(`${verb} on ${to}.settings`);
        assert.deepEqual(found.slice(0, 2), [`${verb} on settings`, `${from} has ${verb} on settings`]);
      }
      assert.ok((await opened(`select (id) on ${to}.tasks`)).includes(`${from} has select on tasks.id`));
      await run(`revoke usage on schema ${to} from ${from}`);
      const switching = await opened('execute on function pg_catalog.set_config(text, text, boolean)');
      assert.deepEqual(switching, ['the role can be left by an expression']);
      assert.ok((await opened(to)).includes(`${from} has membership on the role`));
      assert.deepEqual((await tryTables(one, other)).leaks, []);
    });
  });

  test('says which address does not check who asks, and which search or key reaches across (IS-4, CR-1, GV-4)', async () => {
    const leaky = await openLeakyServer();
    closing.push(leaky.close);
    const slugOf = ({ context }: Canary) => context.tenant.slug;
    await withCanaries(async (one, other) => {
      const planted = await plant(other);
      leaky.shown.text = planted.secret;
      const visit = await visitAs(one.accountId, leaky.origin);
      const chosen = namingRoutes().filter(({ path }) => /\/leaky|\/tasks\/:id$/.test(path));
      const { leaks, tried } = await tryRoutes(visit, { own: slugOf(one), planted, chosen });
      assert.ok(tried > 4);
      assert.deepEqual(leaks, [
        'GET /w/:workspace/leaky answered 200, and 404 for a name that is nobody’s',
        'GET /w/:workspace/leaky/tasks/:id showed what the other one holds',
        'GET /w/:workspace/leaky/tasks/:id (own workspace) showed what the other one holds',
      ]);
      const owner = { visit: await visitAs(other.accountId, server.origin), slug: slugOf(other) };
      assert.ok((await trySearch(owner, owner, planted)).leaks.length > 5);
      assert.equal((await tryKeys(other, other)).leaks.length, 3);
    });
    await assert.rejects(visitAs(acme.owner.id, server.origin), /Only a canary/);
  });
});

describe('a workspace’s security page', () => {
  const open = async (path = '', { person } = acme.owner) => (await person.get(`${acme.home}/security${path}`)).text;
  const newest = async () =>
    (await run(`select id from ${acme.tenantId}.self_tests order by asked_at desc limit 1`))[0];

  test('names what is open, the worst first, each with a link; none when all is well (GV-4)', async () => {
    const risks = async () =>
      [...(await open()).matchAll(/data-risk="([\w-]+)" data-weight="(\w+)"/g)].map(
        ([, id, severity]) => `${severity} ${id}`,
      );
    assert.deepEqual(await risks(), ['high managing-without-factor', 'medium isolation-untested']);
    const policy = (changes: object) =>
      run(
        `insert into ${acme.tenantId}.decision_policies (id, policy) values ('workspace', '${JSON.stringify({
          ...{ effects: { reads: 'run', inside: 'run', irreversible: 'ask', outside: 'ask' }, tools: {} },
          ...{ agentsMayLoosen: false, ownApproval: 'alone', secondApproval: 'never', amountLimit: null, days: 3 },
          ...changes,
        })}') on conflict (id) do update set policy = excluded.policy`,
      );
    await policy({ afterReading: 'run', agentsMayLoosen: true });
    assert.deepEqual((await risks()).slice(0, 2), ['high managing-without-factor', 'high after-reading']);
    assert.ok((await risks()).includes('medium agents-loosen'));
    await policy({});
    await run(
      `insert into shared.authenticators (account_id, sealed_secret, confirmed_at) values ('${acme.owner.id}', '\\x00', now())`,
    );
    await testEveryWorkspace(async () => parts);
    assert.deepEqual(await risks(), []);
    assert.ok(/No risk is open/.test(await open()), String(/No risk is open/));
    await run(`delete from shared.authenticators`);
  });

  test('a test is asked for, kept, signed, and can be checked elsewhere (GV-4, AU-1)', async () => {
    const { person } = acme.owner;
    const answer = await person.submit(`${acme.home}/security`, {}, `${acme.home}/security/self-tests`);
    assert.equal(answer.location, `${acme.home}/security#self-test`);
    assert.ok(/data-test="running"/.test(await open()), String(/data-test="running"/));
    const { id } = await newest();
    await runSelfTest(acme.context, id, async () => parts);
    assert.ok(/data-test="clean"/.test(await open()), String(/data-test="clean"/));
    const file = JSON.parse((await person.get(`${acme.home}/security/self-tests/${id}`)).text);
    const key = (await person.get('/security/key.pem')).text;
    const signature = Buffer.from(file.signature, 'base64');
    assert.ok(isSignatureOf(file.signed, signature, key));
    assert.ok(!isSignatureOf(file.signed.replace('"leaked":0', '"leaked":1'), signature, key));
    const findings = JSON.parse(file.signed);
    assert.deepEqual([findings.workspace, findings.leaked, findings.tried > 500], [acme.tenantId, 0, true]);
    const events = (await acme.events()).filter(({ subjectId }) => subjectId === id);
    assert.deepEqual(
      events.map(({ event, outcome }) => `${event} ${outcome}`),
      ['self-test.asked done', 'self-test.finished done'],
    );
  });

  test('a right of another workspace on this one turns it red and is told to its owner (IS-2, GV-4)', async () => {
    await run(`grant select on ${acme.tenantId}.messages to ${globex.tenantId}`);
    await testEveryWorkspace(async () => parts);
    await run(`revoke select on ${acme.tenantId}.messages from ${globex.tenantId}`);
    const text = await open();
    assert.ok(
      /data-risk="isolation-leak" data-weight="high"/.test(text),
      String(/data-risk="isolation-leak" data-weight="high"/),
    );
    assert.ok(text.includes(`${globex.tenantId} has select on messages`));
    assert.ok(
      !/isolation-leak/.test((await globex.owner.person.get(`${globex.home}/security`)).text),
      String(/isolation-leak/),
    );
    assert.equal((await run(`select from ${acme.tenantId}.notifications where kind = 'security'`)).length, 1);
    await testEveryWorkspace(async () => parts);
    assert.ok(!/isolation-leak/.test(await open()), String(/isolation-leak/));
  });

  test('a test that cannot be carried out says so, and is not a clean one (GV-4)', async () => {
    const id = await askSelfTest(acme.context);
    await runSelfTest(acme.context, id, async () => {
      throw new Error('nobody answers');
    });
    assert.ok(/data-test="failed"/.test(await open()), String(/data-test="failed"/));
    assert.equal((await acme.owner.person.get(`${acme.home}/security/self-tests/${id}`)).status, 404);
  });

  test('canaries are in no list of the operator (GV-4)', async () => {
    const listed = async () => (await listPlatformTenants(shared(), TenantQuery.parse({}))).map(({ id }) => id);
    await withCanaries(async (one, other) => {
      const ids = await listed();
      assert.ok(ids.includes(acme.tenantId));
      assert.deepEqual([ids.includes(one.context.tenant.id), ids.includes(other.context.tenant.id)], [false, false]);
    });
  });
});

describe('the evidence pack', () => {
  const evidence = async () => (await acme.owner.person.get(`${acme.home}/security/evidence`)).text;
  const stateOf = (text: string, control: string) =>
    new RegExp(`data-control="${control.replaceAll('.', '\\.')}" data-state="([\\w-]+)"`).exec(text)?.[1];

  test('shows every control with what it rests on, and never a badge (GV-3)', async () => {
    const text = await evidence();
    assert.equal(text.match(/data-control="asvs V/g)?.length, 253);
    assert.equal(stateOf(text, 'soc2 CC1.2'), 'not-shown');
    assert.equal(stateOf(text, 'asvs V4.3.1'), 'does-not-apply');
    assert.ok(!/certified|compliant|<img/i.test(text), String(/certified|compliant|<img/i));
  });

  test('a control whose claim is not kept any more is red at once (GV-3, GV-4)', async () => {
    await checkClaims({ origin: server.origin });
    assert.equal(stateOf(await evidence(), 'iso27001 A.8.2'), 'shown');
    await run('alter role bailiwick_app_1 createrole');
    await checkClaims({ origin: server.origin });
    await run('alter role bailiwick_app_1 nocreaterole');
    const text = await evidence();
    assert.equal(stateOf(text, 'iso27001 A.8.2'), 'not-kept');
    assert.ok(text.includes('bailiwick_app_1 may make roles'));
    assert.ok(
      /data-risk="claims"/.test((await acme.owner.person.get(`${acme.home}/security`)).text),
      String(/data-risk="claims"/),
    );
    await checkClaims({ origin: server.origin });
    assert.equal(stateOf(await evidence(), 'iso27001 A.8.2'), 'shown');
  });

  test('is signed as JSON, and gathering it is written down (GV-3, AU-1)', async () => {
    const { headers, text } = await acme.owner.person.get(`${acme.home}/security/evidence.json`);
    assert.match(headers.get('content-disposition') ?? '', /attachment; filename="?evidence\.json/);
    const file = JSON.parse(text);
    assert.ok(isSignatureOf(file.signed, Buffer.from(file.signature, 'base64'), file.publicKey));
    assert.equal(JSON.parse(file.signed).workspace.id, acme.tenantId);
    assert.ok(
      (await acme.events()).some(({ event, subjectKind }) => event === 'audit.exported' && subjectKind === 'evidence'),
    );
  });
});
