import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Invalid, TooManyRequests } from '../../../../src/errors.js';
import { confirmPassword } from '../../../../src/features/accounts/actions.js';
import { passwordHashCount } from '../../../../src/features/accounts/password.js';
import { signInRefused, sweep } from '../../../../src/features/accounts/sign-in/jobs.js';
import { proofTries, triesOf } from '../../../../src/features/accounts/sign-in/tries.js';
import { limitKey } from '../../../../src/http/rate-limit.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { eventsOf, goodPassword, insertPerson, mailsTo, newPerson, Person, signIn, signUp } from '../people.js';

let server: TestServer;
const wrong = 'a wrong but long password';

before(async () => {
  server = await startTestServer({ tenants: 3 });
});
after(() => server?.close());

beforeEach(() => server.database.admin.query('delete from shared.rate_limits'));

/** Sets when a count's wait ends, so that no test depends on how fast it runs. */
async function waitUntil(key: string | undefined, seconds: number | 'over') {
  const end = seconds === 'over' ? '-infinity' : new Date(Date.now() + seconds * 1000);
  const { rowCount } = await server.database.admin.query(
    'update shared.sign_in_tries set wait_until = $2 where key = $1',
    [key, end],
  );
  assert.equal(rowCount, 1);
}

/** What the count that this attempt is charged to says: failures, and the wait that the last one began. */
async function countOf(key: string | undefined) {
  const { rows } = await server.database.admin.query(
    `select failures, case when wait_until = '-infinity' then 0 else extract(epoch from wait_until - last_at)::int end as wait
     from shared.sign_in_tries where key = $1`,
    [key],
  );
  return rows[0];
}

const keysOf = (person: Person, login: string) => triesOf({ login, address: person.address }).map((tries) => tries.key);

/** Fails until a wait begins, and makes it last. */
async function lockOut(person: Person, login: string) {
  for (let failures = 0; failures < 5; failures += 1) {
    assert.equal((await signIn(person, login, wrong)).status, 401);
  }
  await waitUntil(keysOf(person, login)[0], 60);
  assert.equal((await signIn(person, login, wrong)).status, 429);
}

test('after five failures each further one doubles the wait, up to a quarter of an hour (AC-13)', async () => {
  await insertPerson(server, 'guessed');
  const guesser = newPerson(server);
  const [key] = keysOf(guesser, 'guessed');
  const waits: number[] = [];
  for (let failures = 1; failures <= 16; failures += 1) {
    assert.equal((await signIn(guesser, 'guessed', wrong)).status, 401);
    const count = await countOf(key);
    assert.equal(count.failures, failures);
    waits.push(count.wait);
    await waitUntil(key, 'over');
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  assert.equal((await signIn(guesser, 'guessed')).status, 303, 'and in the end the right one is let in');
  assert.equal(await countOf(key), undefined, 'which ends the count');
});

test('while it waits nothing is judged, right or wrong, and the page says for how many seconds (AC-13)', async () => {
  await insertPerson(server, 'waiting');
  const guesser = newPerson(server);
  await lockOut(guesser, 'waiting');
  const hashes = passwordHashCount();
  const counted = await countOf(keysOf(guesser, 'waiting')[0]);
  const answers = [await signIn(guesser, 'waiting', wrong), await signIn(guesser, 'waiting', goodPassword)];
  for (const refused of answers) {
    assert.equal(refused.status, 429);
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait > 0 && wait <= 60);
    assert.match(refused.text, new RegExp(`Wait ${wait} seconds? and try again`));
  }
  assert.equal(passwordHashCount(), hashes);
  assert.deepEqual(await countOf(keysOf(guesser, 'waiting')[0]), counted, 'and nothing is counted');
});

test('an account that does not exist is counted exactly alike (threat 11)', async () => {
  await insertPerson(server, 'existing');
  const counts = [];
  for (const login of ['existing', 'missing']) {
    const guesser = newPerson(server);
    await lockOut(guesser, login);
    const keys = keysOf(guesser, login);
    await waitUntil(keys[0], 'over');
    await signIn(guesser, login, wrong);
    counts.push([await countOf(keys[0]), await countOf(keys[1]), await countOf(keys[2])]);
  }
  assert.deepEqual(counts[0], counts[1]);
});

test('a stranger’s failures do not lock out the owner: neither elsewhere nor, in a known browser, beside them (V6.3.1)', async () => {
  await insertPerson(server, 'targeted');
  const owner = newPerson(server);
  await signIn(owner, 'targeted');
  await owner.submit('/profile', {}, '/sign-out');

  await lockOut(newPerson(server), 'targeted');
  assert.equal((await signIn(newPerson(server), 'targeted')).status, 303, 'elsewhere, in a new browser');
  await lockOut(new Person(server.origin, owner.address), 'targeted');
  assert.equal((await signIn(owner, 'targeted')).status, 303, 'on the same network, in the browser that is known');
});

test('guessing spread over many networks is slowed down for unknown browsers, not for the owner’s (V6.3.1)', async () => {
  await insertPerson(server, 'spread');
  const owner = newPerson(server);
  await signIn(owner, 'spread');
  await owner.submit('/profile', {}, '/sign-out');
  const first = newPerson(server);
  const key = keysOf(first, 'spread')[2];
  await signIn(first, 'spread', wrong);
  await server.database.admin.query('update shared.sign_in_tries set failures = 99 where key = $1', [key]);
  assert.equal((await signIn(newPerson(server), 'spread', wrong)).status, 401);
  assert.deepEqual(await countOf(key), { failures: 100, wait: 1 });
  await waitUntil(key, 60);
  const refused = await signIn(newPerson(server), 'spread', goodPassword);
  assert.equal(refused.status, 429);
  assert.equal((await signIn(owner, 'spread')).status, 303);
  await waitUntil(key, 'over');
  assert.equal((await signIn(newPerson(server), 'spread')).status, 303);
  assert.equal((await countOf(key)).failures, 100, 'a right one takes back its own charge and no other');
});

test('one network that tries many names is slowed down; its /64 is one network (AC-13)', async () => {
  await insertPerson(server, 'tenant-of-office');
  const [one, other] = ['2001:db8:1:1::1', '2001:db8:1:1:ffff::2'].map((address) => new Person(server.origin, address));
  assert.ok(one && other);
  for (let name = 0; name < 30; name += 1) assert.equal((await signIn(one, `name${name}`, wrong)).status, 401);
  const key = keysOf(one, 'any')[1];
  assert.deepEqual(await countOf(key), { failures: 30, wait: 1 });
  await waitUntil(key, 60);
  assert.equal((await signIn(other, 'tenant-of-office')).status, 429);
  assert.equal((await signIn(new Person(server.origin, '2001:db8:1:2::1'), 'tenant-of-office')).status, 303);
});

test('stuffing from everywhere is slowed down for all unknown browsers, for a minute at most (AC-13)', async () => {
  await insertPerson(server, 'regular');
  const regular = newPerson(server);
  await signIn(regular, 'regular');
  await regular.submit('/profile', {}, '/sign-out');
  const key = limitKey('sign-in', 'everywhere');
  const { admin } = server.database;
  await admin.query(
    `insert into shared.rate_limits (key, hits, resets_at) values ($1, 120, now() + interval '40 seconds')
     on conflict (key) do update set hits = excluded.hits, resets_at = excluded.resets_at`,
    [key],
  );
  const refused = await signIn(newPerson(server), 'regular', wrong);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) <= 40);
  assert.equal((await signIn(regular, 'regular')).status, 303);
  await admin.query('delete from shared.rate_limits where key = $1', [key]);
});

test('parallel guesses cannot slip through together (AC-13)', async () => {
  await insertPerson(server, 'parallel');
  const guesser = newPerson(server);
  const _csrf = await guesser.token('/sign-in');
  const before = passwordHashCount();
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => guesser.post('/sign-in', { login: 'parallel', password: wrong, next: '', _csrf })),
  );
  const judged = answers.filter(({ status }) => status === 401).length;
  assert.equal(answers.filter(({ status }) => status === 429).length, 40 - judged);
  // Five, and one more for each second that this machine took.
  assert.ok(judged >= 5 && judged <= 8, `${judged} were judged`);
  assert.equal(passwordHashCount() - before, judged);
});

test('refused sign-ins reach the audit of the workspace once, and the owner by mail once a day (AU-1, AC-13)', async () => {
  const email = 'noted@acme.test';
  const home = await signUp(server, newPerson(server), { email, username: 'noted', workspaceName: 'Noted' });
  for (let network = 0; network < 12; network += 1) await signIn(newPerson(server), 'noted', wrong);
  await signIn(newPerson(server), 'nobody-at-all', wrong);
  const { rows } = await server.database.admin.query(
    `select payload ->> 'eventId' as id from graphile_worker._private_jobs order by id`,
  );
  const ids = rows.map(({ id }) => id).filter(Boolean);
  // At least once: a crashed worker runs a job again.
  for (const eventId of [...ids, ids[0], ids.at(-1)]) await signInRefused.run({ eventId });
  const refused = (await eventsOf(server, home)).filter(({ event }) => event === 'account.sign-in-refused');
  assert.equal(refused.length, 12);
  assert.ok(refused.every(({ outcome, actor_name }) => outcome === 'refused' && actor_name === 'sign-in'));
  const own = await server.database.admin.query(
    `select 1 from shared.account_events e join shared.accounts a on a.id = e.account_id
     where a.username = 'noted' and e.event = 'account.sign-in-refused' and e.outcome = 'refused'`,
  );
  assert.equal(own.rows.length, 12, 'and the owner’s own page, once each');
  const told = (await mailsTo(server, email)).filter(({ subject }) => subject.startsWith('Failed sign-ins'));
  assert.equal(told.length, 1);
  const unknown = await server.database.admin.query(
    'select event, details from shared.platform_events where account_id is null limit 1',
  );
  assert.deepEqual(unknown.rows, [{ event: 'account.sign-in-refused', details: {} }], 'what was typed is not kept');
});

test('a fresh proof of the password has a count of its own (AC-11)', async () => {
  const { id } = await insertPerson(server, 'prover');
  await confirmPassword(id, goodPassword);
  for (let time = 0; time < 5; time += 1) {
    await assert.rejects(confirmPassword(id, wrong), (error) => error instanceof Invalid && 'password' in error.fields);
  }
  const { key } = proofTries(id);
  await waitUntil(key, 60);
  await assert.rejects(confirmPassword(id, goodPassword), TooManyRequests);
  await waitUntil(key, 'over');
  await confirmPassword(id, goodPassword);
});

test('what has run out is swept', async () => {
  const { admin } = server.database;
  await admin.query(`update shared.devices set last_seen_at = now() - interval '401 days'`);
  await admin.query(`update shared.sign_in_tries set last_at = now() - interval '49 hours'`);
  await admin.query(
    `insert into shared.signups (id, email, username, password_hash, workspace_name, token_hash, expires_at)
     values (gen_random_uuid(), 'x@y.test', 'x', 'x', 'x', '\\x00', now() - interval '25 hours')`,
  );
  await admin.query(`update shared.account_events set at = now() - interval '401 days'`);
  const { rows: before } = await admin.query('select count(*) > 0 as some from shared.account_events');
  assert.deepEqual(before, [{ some: true }]);
  await sweep.run({});
  const { rows } = await admin.query(
    `select (select count(*) from shared.account_events) as events, (select count(*) from shared.devices) as devices, (select count(*) from shared.sign_in_tries) as tries,
       (select count(*) from shared.signups) as signups`,
  );
  assert.deepEqual(rows, [{ events: 0, devices: 0, tries: 0, signups: 0 }]);
});
