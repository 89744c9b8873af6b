import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { projectPath } from '../../src/config.js';
import { mailsTo } from '../features/accounts/people.js';
import { openTeam, type Team } from '../features/members/team.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

let server: TestServer;
let acme: Team;
let globex: Team;

before(async () => {
  server = await startTestServer({ tenants: 3, own: true });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
});
after(() => server?.close());

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As an operator types it: a process of its own, beside the one that serves. */
function run(...words: string[]): Promise<Outcome> {
  const main = projectPath('dist', 'src', 'commands', 'main.js');
  const env = { ...process.env, STANDBY_TENANTS: '0', DATABASE_MIGRATE: 'off' };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
  });
}

test('without a command it says what there is; with one it does not know it fails (OP-3)', async () => {
  const help = await run();
  assert.equal(help.code, 0);
  assert.match(help.out, /tenants delete SLUG --yes/);
  for (const words of [['tenant'], ['tenants'], ['tenants', 'drop', acme.slug]]) {
    const outcome = await run(...words);
    assert.deepEqual([outcome.code, outcome.out], [2, ''], words.join(' '));
    assert.match(outcome.err, /Usage/);
  }
});

test('tenants list shows every workspace with its members, and none that stands by (OP-3)', async () => {
  await acme.join('bob', 'member');
  const { code, out } = await run('tenants', 'list');
  assert.equal(code, 0);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.deepEqual(
    lines.map(([id, status, slug, members, , name]) => [id, status, slug, members, name]),
    [
      [acme.tenantId, 'active', 'acme', '2 members', 'Acme'],
      [globex.tenantId, 'active', 'globex', '1 member', 'Globex'],
    ],
  );
});

test('tenants suspend, resume and trial act while the server runs, and are written down (MB-3, MB-8, OP-3)', async () => {
  const open = async () => (await acme.owner.person.get(acme.home)).status;
  for (const words of [
    ['suspend', 'acme'],
    ['suspend', 'acme', 'x'],
    ['resume', 'acme'],
    ['trial', 'acme'],
  ]) {
    assert.equal((await run('tenants', ...words)).code, 1, words.join(' '));
  }
  assert.match((await run('tenants', 'suspend', 'no-such', 'Because')).err, /There is no workspace at no-such/);
  assert.equal(await open(), 200);
  const suspended = await run('tenants', 'suspend', 'acme', 'Unpaid', 'since', 'May');
  assert.deepEqual([suspended.code, suspended.out], [0, 'Acme is suspended.\n'], suspended.err);
  await until('the server has heard of it', async () => (await open()) === 403);
  assert.equal((await run('tenants', 'resume', 'acme', 'Paid')).code, 0);
  await until('the server has heard of it', async () => (await open()) === 200);
  assert.equal((await run('tenants', 'trial', 'acme', '2090-01-31')).out, 'The trial of Acme ends on 2090-01-31.\n');
  const { rows } = await server.database.admin.query(
    `select event, actor, details ->> 'reason' as reason from shared.platform_events where tenant_id = $1 order by at, id`,
    [acme.tenantId],
  );
  assert.deepEqual(
    rows.map(({ event, actor, reason }) => [event, actor, reason]),
    [
      ['platform.workspace-suspended', 'the command line', 'Unpaid since May'],
      ['platform.workspace-resumed', 'the command line', 'Paid'],
      ['platform.workspace-trial-changed', 'the command line', null],
    ],
  );
  const audit = (await acme.events()).filter(({ actorName }) => actorName === 'Platform admin (the command line)');
  assert.equal(audit.length, 3);
});

test('tenants delete wants a slug and a yes, and knows its workspaces (OP-3)', async () => {
  for (const words of [[], [globex.slug], [globex.slug, 'yes'], ['--yes']]) {
    const outcome = await run('tenants', 'delete', ...words);
    assert.equal(outcome.code, 1);
    assert.match(outcome.err, /tenants delete SLUG --yes/);
  }
  const unknown = await run('tenants', 'delete', 'no-such', '--yes');
  assert.deepEqual([unknown.code, unknown.err], [1, 'There is no workspace at no-such.\n']);
  assert.equal((await globex.owner.person.get(globex.home)).status, 200);
});

test('tenants delete removes a workspace while the server runs, and prints the receipt (IS-8, OP-3)', async () => {
  assert.equal((await globex.owner.person.get(globex.home)).status, 200);
  const { code, out, err } = await run('tenants', 'delete', globex.slug, '--yes');
  assert.equal(code, 0, err);
  const { before, after } = JSON.parse(out);
  assert.deepEqual([before.schemas, before.roles, before.keys, before.members], [1, 1, 2, 1]);
  assert.ok(
    Object.values(after).every((left) => left === 0),
    out,
  );
  assert.ok(Object.keys(after).length >= 9);
  const { rows } = await server.database.admin.query('select count(*)::int as count from pg_roles where rolname = $1', [
    globex.tenantId,
  ]);
  assert.equal(rows[0].count, 0);
  assert.equal((await globex.owner.person.get('/profile')).status, 303, 'its people are signed out');
  assert.equal((await acme.owner.person.get(acme.home)).status, 200);
  assert.equal((await run('tenants', 'delete', globex.slug, '--yes')).code, 1);
});

test('accounts clear-factors lets somebody in again who lost every factor, by a link to their mailbox alone (V6.4.4)', async () => {
  const { admin } = server.database;
  const lost = await acme.join('lost', 'member');
  await admin.query(
    `insert into shared.authenticators (account_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())`,
    [lost.id],
  );
  for (const words of [['lost@acme.test'], ['nobody@acme.test', 'seen', 'in', 'person']]) {
    assert.equal((await run('accounts', 'clear-factors', ...words)).code, 1, words.join(' '));
  }
  assert.equal((await lost.person.get('/profile')).status, 200, 'nothing has happened yet');
  const { code, out, err } = await run('accounts', 'clear-factors', 'Lost@acme.test', 'seen', 'in', 'person');
  assert.equal(code, 0, err);
  const { rows } = await admin.query(
    `select password_hash, (select count(*)::int from shared.authenticators where account_id = $1) as factors,
       (select count(*)::int from shared.recoveries where account_id = $1) as links
     from shared.accounts where id = $1`,
    [lost.id],
  );
  assert.deepEqual(rows, [{ password_hash: null, factors: 0, links: 1 }]);
  assert.equal((await lost.person.get('/profile')).status, 303, 'the sessions are over');
  const [told] = await mailsTo(server, 'lost@acme.test');
  assert.match(told?.text ?? '', /second factors and your password were removed/);
  assert.ok(told?.text.includes(/R-[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(out)?.[0] ?? 'no reference'));
  const { rows: acts } = await admin.query(
    `select details from shared.platform_events where event = 'platform.account-factors-cleared'`,
  );
  assert.equal(acts[0]?.details.reason, 'seen in person');
});

test('migrate brings a workspace that lags behind to the present, also where servers do not (OP-3)', async () => {
  const { admin } = server.database;
  const lagging = `select version from shared.migrations where schema_name = $1 order by version`;
  const versions = async () => (await admin.query(lagging, [acme.tenantId])).rows.map(({ version }) => version);
  const present = await versions();
  await admin.query(`alter table ${acme.tenantId}.messages drop column lease_until;
    drop index ${acme.tenantId}.messages_running_key;
    delete from shared.migrations where schema_name = '${acme.tenantId}' and version like '0006_%'`);
  assert.notDeepEqual(await versions(), present);
  const first = await run('migrate');
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /^1 of 1 workspaces\nEverything is at the present version\.\n$/);
  assert.deepEqual(await versions(), present);
  assert.equal((await acme.owner.person.get(`${acme.home}/conversations`)).status, 200);
  assert.equal((await run('migrate')).out, 'Everything is at the present version.\n', 'a second run finds nothing');
});
