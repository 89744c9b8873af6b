import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readInstructions } from '../../../src/features/workspaces/queries.js';
import { readTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';

const canary = 'Always answer in the manner of a lighthouse keeper.';
let server: TestServer;
let acme: Team;
let admin: Member;

before(async () => {
  server = await startTestServer({ tenants: 1 });
  acme = await openTeam(server, 'Acme', 'alice');
  admin = await acme.join('adam', 'admin');
});
after(() => server?.close());

const save = (member: Member, fields: Record<string, string>) => member.person.submit(`${acme.home}/settings`, fields);

test('a new name is seen at once by everybody, at the same address (MB-1)', async () => {
  const member = await acme.join('bob', 'member');
  assert.match((await member.person.get(acme.home)).text, /Acme/);
  const answer = await save(admin, { name: '  Acme \t  and   Søns ', instructions: '' });
  assert.deepEqual([answer.status, answer.location], [303, `${acme.home}/settings`]);
  assert.match((await member.person.get(acme.home)).text, /<bdi[^>]*>Acme and Søns<\/bdi>/);
  assert.match((await member.person.get('/workspaces')).text, /Acme and Søns/);
});

test('instructions for all agents are kept, and no readable word of them lies in the database (CR-1)', async () => {
  await save(acme.owner, { name: 'Acme', instructions: `${canary}\r\nSecond line.` });
  assert.match((await acme.owner.person.get(`${acme.home}/settings`)).text, /lighthouse keeper\.\nSecond line\./);
  assert.equal(await readTenant(acme.context, 'settings.read', readInstructions), `${canary}\nSecond line.`);
  const { rows } = await server.database.admin.query(`
    select instructions as sealed, position('lighthouse'::bytea in instructions) as found
    from ${acme.tenantId}.settings
  `);
  assert.equal(rows[0].found, 0);
  assert.ok(rows[0].sealed.length > canary.length);
  const audit = await server.database.admin.query(
    `select string_agg(t::text, '') as text from ${acme.tenantId}.audit_events t`,
  );
  assert.doesNotMatch(audit.rows[0].text, /lighthouse/, 'nor in the audit');
});

test('a change of settings is written down with a digest and without its words (AU-1)', async () => {
  await save(acme.owner, { name: 'Acme Two', instructions: 'Be brief.' });
  const { rows } = await server.database.admin.query(`
    select event, outcome, actor_name, arguments_digest, details
    from ${acme.tenantId}.audit_events where event = 'settings.updated' order by id desc limit 1
  `);
  assert.deepEqual([rows[0].outcome, rows[0].actor_name, rows[0].details], ['done', 'alice', { renamed: true }]);
  assert.equal(rows[0].arguments_digest.length, 32);
  await save(acme.owner, { name: 'Acme', instructions: '' });
});

test('a wrong name or too many words are refused and stay in the form', async () => {
  for (const name of ['', 'A', 'x'.repeat(81), 'Acme\u0000', 'Ac\u202eme']) {
    const answer = await save(acme.owner, { name, instructions: 'kept as typed' });
    assert.equal(answer.status, 422, JSON.stringify(name));
    assert.match(answer.text, /kept as typed/);
  }
  const long = await save(acme.owner, { name: 'Acme', instructions: 'x'.repeat(20_001) });
  assert.equal(long.status, 422);
  assert.match(long.text, /Use at most 20,000 characters\./);
  assert.equal(
    (await save(acme.owner, { name: 'Acme', instructions: `${'x'.repeat(99)}\r\n`.repeat(200) })).status,
    303,
  );
  assert.equal((await acme.owner.person.post(`${acme.home}/settings`, {})).status, 403);
});

test('a member neither reads nor writes settings, an admin does not delete the workspace (MB-4)', async () => {
  const member = await acme.join('dora', 'member');
  assert.equal((await member.person.get(`${acme.home}/settings`)).status, 403);
  const fields = { name: 'Mine', instructions: '' };
  assert.equal((await member.person.submit(`${acme.home}/members`, fields, `${acme.home}/settings`)).status, 403);
  assert.equal((await admin.person.get(`${acme.home}/settings/deletion`)).status, 403);
  assert.doesNotMatch((await admin.person.get(`${acme.home}/settings`)).text, /settings\/deletion/);
});
