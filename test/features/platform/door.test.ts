import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { config, readConfig } from '../../../src/config.js';
import { routes } from '../../../src/http/route.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import type { Answer } from '../../support/visitor.js';
import { goodPassword, insertPerson, newPerson, type Person, sameBytes, signIn } from '../accounts/people.js';
import { openTeam, type Team } from '../members/team.js';
import { changeSessions, movedTo, type Operator, platformEvents, putInConsole, signInOperator } from './console.js';

process.env.PLATFORM_ADMINS = 'Dora@acme.test, paula@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16, 2001:db8:5::/48, ::ffff:10.20.0.0/112';
let server: TestServer;
let acme: Team;
let dora: Operator;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  dora = await signInOperator(server, 'dora');
});
after(() => server?.close());
beforeEach(() => putInConsole(server, dora.id));

const minutes = (count: number) => count * 60_000;
const doors = () => routes().filter(({ path }) => path === '/platform' || path.startsWith('/platform/'));
const addressOf = (path: string) =>
  path.replace('tenants/:tenant', `tenants/${acme.tenantId}`).replace(':id', acme.owner.id);
const statusOf = async (person: Person, path = '/platform') => (await person.get(path)).status;

test('for an account that does not run the installation there is no console, on any of its addresses (MB-3, IS-4)', async () => {
  assert.ok(doors().length >= 20);
  const stranger = acme.owner.person;
  const plain = (answer: Answer) => sameBytes(answer, answer.headers.get('x-request-id') ?? '');
  const nothing = plain(await stranger.get('/nothing-is-here'));
  const _csrf = await stranger.token('/workspaces');
  for (const { method, path } of doors()) {
    const address = addressOf(path);
    if (method === 'GET') assert.ok(plain(await stranger.get(address)) === nothing, path);
    else
      assert.equal((await stranger.post(address, { _csrf, reason: 'I want to', email: 'x@y.test' })).status, 404, path);
  }
  assert.deepEqual(await platformEvents(server), []);
});

test('ASVS 8.4.2: the console opens to the operators’ network alone, by the address that the edge saw (MB-3)', async () => {
  for (const address of ['203.0.200.7', '2001:db8:5::7', '10.20.9.9', '::ffff:10.20.9.9']) {
    assert.equal(await statusOf(movedTo(dora.person, address)), 200, address);
  }
  // What a caller writes into the header itself stands left of what the edge adds.
  for (const address of ['203.1.0.7', '203.0.9.9, 198.51.100.7', '2001:db8:6::7', '10.21.0.1', 'nonsense', '::1']) {
    const away = movedTo(dora.person, address);
    for (const { method, path } of doors())
      if (method === 'GET') assert.equal(await statusOf(away, addressOf(path)), 404);
    const _csrf = await away.token('/workspaces');
    assert.equal((await away.post('/platform/standby', { _csrf })).status, 404, address);
    assert.equal(await statusOf(movedTo(newPerson(server), address)), 404, 'nor is a stranger told to sign in');
  }
  assert.equal((await newPerson(server).get('/platform')).location, '/sign-in?next=%2Fplatform');
});

test('without operators in the settings there is no console; ranges that are none stop the start (OP-1)', async () => {
  const settings: { PLATFORM_ADMINS: string[]; TRUST_PROXY: string[] } = config();
  const named = settings.PLATFORM_ADMINS;
  assert.deepEqual(named, ['dora@acme.test', 'paula@acme.test']);
  settings.PLATFORM_ADMINS = [];
  try {
    assert.deepEqual([await statusOf(dora.person), await statusOf(dora.person, '/platform/entry')], [404, 404]);
    assert.equal(await statusOf(newPerson(server)), 404);
    Object.assign(settings, { PLATFORM_ADMINS: named, TRUST_PROXY: [] });
    assert.equal(await statusOf(dora.person), 404, 'a proxy that nobody named is not taken for the caller');
  } finally {
    Object.assign(settings, { PLATFORM_ADMINS: named, TRUST_PROXY: ['loopback'] });
  }
  const bare = readConfig({});
  assert.deepEqual([bare.PLATFORM_ADMINS, bare.PLATFORM_ADDRESSES], [[], ['127.0.0.0/8', '::1']]);
  assert.deepEqual(readConfig({ PLATFORM_ADDRESSES: '::ffff:10.1.0.0/112,::1' }).PLATFORM_ADDRESSES, [
    '10.1.0.0/16',
    '::1',
  ]);
  assert.throws(() => readConfig({ PLATFORM_ADDRESSES: '10.0.0.0/8, office' }), /PLATFORM_ADDRESSES[^\n]*office/);
});

test('an operator without a second factor is told to set one up, and stays outside (MB-3, ASVS 6.3.3)', async () => {
  const paula = await insertPerson(server, 'paula');
  const person = newPerson(server);
  await signIn(person, 'paula');
  for (const methods of [['password'], ['code'], ['password', 'code'], ['google']]) {
    const now = Date.now();
    await changeSessions(server, paula.id, { methods, platform: { since: now, usedAt: now } });
    const away = await person.get(`/platform/tenants/${acme.tenantId}`);
    assert.deepEqual(
      [away.status, away.location],
      [303, `/platform/entry?next=%2Fplatform%2Ftenants%2F${acme.tenantId}`],
    );
    const told = await person.get(away.location);
    assert.match(told.text, /Set up a second factor first/);
    assert.match(told.text, /href="\/profile"/);
    const _csrf = await person.token('/workspaces');
    const refused = await person.post('/platform/entry', { _csrf });
    assert.deepEqual([refused.status, /Set up a second factor first/.test(refused.text)], [403, true]);
    assert.equal((await person.post('/platform/standby', { _csrf })).status, 403);
    const event = (await platformEvents(server)).at(-1);
    assert.deepEqual(
      [event?.event, event?.outcome, event?.actor, event?.details.methods],
      ['platform.console-entered', 'refused', 'paula', methods.join(' ')],
    );
  }
});

test('a browser that was let in without the second factor shows it at the console’s door (MB-3)', async () => {
  await changeSessions(server, dora.id, { methods: ['password'], platform: null });
  const asked = await dora.person.submit('/platform/entry', { next: '/platform/events' });
  assert.match(asked.text, /Confirm that it is you/, 'although the password was shown a moment ago');
  const _csrf = await dora.person.token('/workspaces');
  const answer = (fields: Record<string, string>) =>
    dora.person.post('/platform/entry', { _csrf, next: '/platform/events', ...fields });
  const again = await answer({ proof: 'password', proof_password: goodPassword });
  assert.deepEqual([again.status, /A second factor is needed/.test(again.text)], [403, true]);
  assert.equal((await dora.person.get('/platform')).status, 303);
  await dora.app.rewind();
  const entered = await answer({ proof: 'authenticator', proof_authenticator: await dora.app.code() });
  assert.deepEqual([entered.status, entered.location], [303, '/platform/events']);
  assert.equal(await statusOf(dora.person), 200);
});

test('the door asks for a proof of the last ten minutes, and writes down who entered (AC-11, MB-3)', async () => {
  await changeSessions(server, dora.id, { platform: null, provenAt: Date.now() - minutes(11) });
  const before = (await platformEvents(server)).length;
  const asked = await dora.person.submit('/platform/entry', { next: 'https://evil.example/' });
  assert.deepEqual([asked.status, /Confirm that it is you/.test(asked.text)], [403, true]);
  const _csrf = await dora.person.token('/workspaces');
  const wrong = { _csrf, next: '//evil.example', proof: 'password', proof_password: 'wrong wrong wrong' };
  assert.equal((await dora.person.post('/platform/entry', wrong)).status, 422);
  assert.equal((await dora.person.get('/platform')).status, 303);
  assert.equal((await platformEvents(server)).length, before);
  const outside = dora.person.cookies.get('session');
  const entered = await dora.person.post('/platform/entry', { ...wrong, proof_password: goodPassword });
  assert.deepEqual([entered.status, entered.location], [303, '/platform'], 'and leads nowhere else');
  const stolen = newPerson(server);
  stolen.cookies.set('session', outside ?? '');
  assert.equal((await stolen.get('/workspaces')).status, 303, 'the id from before is dead (V7.2.4)');
  const event = (await platformEvents(server)).at(-1);
  assert.deepEqual(
    [event?.event, event?.actor, event?.address, event?.requestId],
    ['platform.console-entered', 'dora', dora.person.address, entered.headers.get('x-request-id')],
  );
});

test('the console closes after 15 minutes without use and 4 hours after it was opened (AC-10, MB-3)', async () => {
  const now = Date.now();
  const open = async (since: number, usedAt: number) => {
    await changeSessions(server, dora.id, { platform: { since: now - since, usedAt: now - usedAt } });
    return statusOf(dora.person);
  };
  assert.equal(await open(minutes(200), minutes(14)), 200);
  const { rows } = await server.database.admin.query(
    `select (sess -> 'platform' ->> 'usedAt')::float8 as used from shared.sessions where account_id = $1`,
    [dora.id],
  );
  assert.ok(rows[0].used >= now, 'each use counts anew');
  assert.equal(await open(minutes(30), minutes(15) + 1), 303);
  assert.equal(await open(minutes(240) + 1, 0), 303);
  const _csrf = await dora.person.token('/workspaces');
  const refused = await dora.person.post('/platform/standby', { _csrf });
  assert.deepEqual([refused.status, /Open it again/.test(refused.text)], [403, true]);
  assert.equal((await dora.person.get('/platform', { accept: 'application/json' })).status, 403);
});

test('whoever leaves the console is outside at once, and still signed in (MB-3)', async () => {
  const left = await dora.person.submit('/platform', {}, '/platform/exit');
  assert.deepEqual([left.status, left.location], [303, '/']);
  assert.deepEqual([await statusOf(dora.person), await statusOf(dora.person, '/workspaces')], [303, 200]);
});
