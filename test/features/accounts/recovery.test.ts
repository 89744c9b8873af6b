import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { passwordHashCount } from '../../../src/features/accounts/password.js';
import { mailLink } from '../../../src/features/accounts/recovery/mailing.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import type { Answer } from '../../support/visitor.js';
import { openTeam } from '../members/team.js';
import { goodPassword, insertPerson, mailsTo, newPerson, type Person, sameBytes, signIn } from './people.js';

let server: TestServer;
const newPassword = 'grey lantern beside two rivers';

before(async () => {
  server = await startTestServer({ tenants: 2 });
});
after(() => server?.close());

const rowsOf = async (statement: string, values: unknown[] = []) =>
  (await server.database.admin.query(statement, values)).rows;
const isIn = async (person: Person) => (await person.get('/profile/sessions')).status === 200;

async function ask(person: Person, login: string): Promise<Answer> {
  const answer = await person.submit('/recover', { login });
  if (answer.status !== 303) return answer;
  assert.equal(answer.location, '/recover/sent');
  return person.get('/recover/sent');
}

/** What the queue would do: no worker runs here. */
async function runJobs(): Promise<void> {
  const waiting = await rowsOf(
    `select id from shared.recoveries where token_hash is null and expires_at is null order by created_at`,
  );
  for (const { id } of waiting) await mailLink(id);
}

async function linksTo(email: string): Promise<string[]> {
  const mails = await mailsTo(server, email);
  return mails.flatMap(({ text }) => /\/recover\/[\w-]{43}/.exec(text)?.[0] ?? []);
}

async function linkFor(username: string): Promise<string> {
  await ask(newPerson(server), username);
  await runJobs();
  const link = (await linksTo(`${username}@acme.test`)).at(-1);
  assert.ok(link, `no link was mailed to ${username}`);
  return link;
}

const choose = (person: Person, link: string, password = newPassword) => person.submit(link, { password });
const referenceIn = (text: string) => /R-[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(text)?.[0] ?? '';

test('known and unknown names get the same bytes, status and number of hashes (AC-8, V6.3.8)', async () => {
  await insertPerson(server, 'known');
  const answers: string[] = [];
  for (const login of ['known', 'known@acme.test', 'nobody', 'nobody@acme.test']) {
    const before = passwordHashCount();
    const person = newPerson(server);
    const shown = await ask(person, login);
    assert.equal(shown.status, 200);
    assert.equal(passwordHashCount(), before, 'nothing is hashed');
    answers.push(sameBytes(shown, referenceIn(shown.text)));
  }
  assert.equal(new Set(answers).size, 1);
  const [{ jobs }] = await rowsOf(
    `select count(*) as jobs from graphile_worker.jobs where task_identifier = 'accounts.recover'`,
  );
  assert.equal(Number(jobs), 4, 'what differs is left to a job, for the unknown ones too');
  await runJobs();
  assert.equal((await linksTo('known@acme.test')).length, 2);
  assert.equal((await mailsTo(server, 'nobody@acme.test')).length, 0);
});

test('a mailed link sets a new password once, and ends all else that opens the account (AC-8, V6.4.1, V7.4.3)', async () => {
  const team = await openTeam(server, 'Acme', 'alice');
  const { person: before, id } = team.owner;
  const stolen = await rowsOf(`select count(*) from shared.sessions where account_id = $1`, [id]);
  assert.equal(Number(stolen[0].count), 1);
  const owner = newPerson(server);
  const page = await ask(owner, 'alice');
  await runJobs();
  const other = await linkFor('alice');
  const [link = ''] = await linksTo('alice@acme.test');
  await rowsOf(
    `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
     values (gen_random_uuid(), $1, 'evil@evil.test', '\\x01', now() + interval '1 hour')`,
    [id],
  );
  await rowsOf(
    `insert into shared.challenges (token_hash, account_id, browser_hash, method, next, expires_at)
     values ('\\x02', $1, '\\x03', 'password', '', now() + interval '5 minutes')`,
    [id],
  );
  await rowsOf(`update shared.devices set trusted_until = now() + interval '30 days' where account_id = $1`, [id]);

  for (const scanner of [newPerson(server), newPerson(server)]) assert.equal((await scanner.get(link)).status, 200);
  const weak = await choose(owner, link, 'password');
  assert.equal(weak.status, 422);
  assert.match(weak.text, /at least 15 characters/);
  const answer = await choose(owner, link);
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, '/profile/security?recovered=yes');
  assert.match((await owner.get(answer.location)).text, /Your new password counts/);

  assert.ok(!(await isIn(before)), 'the session of before ends with its next request');
  for (const dead of [link, other]) assert.equal((await newPerson(server).get(dead)).status, 404);
  for (const table of ['address_changes', 'challenges', 'one_time_codes']) {
    assert.deepEqual(await rowsOf(`select 1 from shared.${table} where account_id = $1`, [id]), [], table);
  }
  assert.deepEqual(
    await rowsOf(`select 1 from shared.devices where account_id = $1 and trusted_until is not null`, [id]),
    [],
  );
  assert.equal((await signIn(newPerson(server), 'alice', goodPassword)).status, 401);
  assert.equal((await signIn(newPerson(server), 'alice', newPassword)).status, 303);

  const [mail, , told] = await mailsTo(server, 'alice@acme.test');
  const reference = referenceIn(page.text);
  assert.equal(referenceIn(mail?.text ?? ''), reference, 'support finds the request by what the person sees');
  assert.match(told?.subject ?? '', /new password was set/);
  assert.ok(told?.text.includes(reference) && told.html.includes(reference));
  const events = (await team.events()).filter(({ event }) => /recover/.test(event));
  assert.deepEqual(
    events.map(({ event, details }) => `${event} ${details.reference === reference}`),
    ['account.recovery-asked true', 'account.recovery-asked false', 'account.recovered true'],
  );
});

test('a sign-in with the old password that ends after the recovery is no way in (AC-8, V7.4.3)', async () => {
  const { id } = await insertPerson(server, 'raced');
  const link = await linkFor('raced');
  const [thief, owner] = [newPerson(server), newPerson(server)];
  await signIn(thief, 'raced', goodPassword);
  assert.ok(await isIn(thief));
  const [late] = await rowsOf('select sid, sess, expire from shared.sessions where account_id = $1', [id]);
  assert.equal((await choose(owner, link)).status, 303);
  // What a sign-in leaves that looked at the password before, and is done only now.
  await rowsOf('insert into shared.sessions (sid, sess, expire) values ($1, $2, $3)', [
    late.sid,
    late.sess,
    late.expire,
  ]);
  assert.ok(!(await isIn(thief)));
  assert.ok(await isIn(owner));
});

test('a link does not stand in for the second factor (AC-8, V6.4.3)', async () => {
  const { id } = await insertPerson(server, 'twofold');
  await rowsOf(
    `insert into shared.authenticators (account_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())`,
    [id],
  );
  const person = newPerson(server);
  const answer = await choose(person, await linkFor('twofold'));
  assert.match(answer.location, /^\/login\/verify\//);
  assert.ok(!(await isIn(person)), 'there is no session before the second step');
  const sessions = await rowsOf(`select 1 from shared.sessions where account_id = $1`, [id]);
  assert.deepEqual(sessions, []);
});

test('used, expired and malformed links are answered alike and change nothing (AC-8, V6.4.1)', async () => {
  const { id } = await insertPerson(server, 'late');
  const link = await linkFor('late');
  const person = newPerson(server);
  const _csrf = await person.token(link);
  await rowsOf(`update shared.recoveries set expires_at = now() where account_id = $1`, [id]);
  for (const dead of [link, `/recover/${'A'.repeat(43)}`, '/recover/x', `/recover/${encodeURIComponent("' or 1=1")}`]) {
    const shown = await person.get(dead);
    const posted = await person.post(dead, { password: newPassword, _csrf });
    assert.deepEqual([shown.status, posted.status], [404, 404], dead);
    assert.match(posted.text, /does not work any more/);
  }
  assert.equal((await signIn(newPerson(server), 'late')).status, 303, 'the password is the old one');
});

test('of fifty uses of a link at once one wins (AC-8, V2.3.4, threat 23)', async () => {
  const { id } = await insertPerson(server, 'eager');
  const link = await linkFor('eager');
  const person = newPerson(server);
  const _csrf = await person.token(link);
  const cookie = `session=${person.cookies.get('session')}`;
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      newPerson(server).post(link, { _csrf, password: `${newPassword} ${at}` }, { cookie }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 303).length, 1, statuses.join(' '));
  assert.ok(
    statuses.every((status) => [303, 404, 429, 403].includes(status)),
    statuses.join(' '),
  );
  const events = await rowsOf(
    `select 1 from shared.account_events where account_id = $1 and event = 'account.recovered'`,
    [id],
  );
  assert.equal(events.length, 1, 'what did not happen is not written down');
});

test('strangers who ask for it again and again take nothing from the owner (AC-8, AC-13)', async () => {
  const { id } = await insertPerson(server, 'hunted');
  const first = await linkFor('hunted');
  for (let stranger = 0; stranger < 8; stranger += 1) await ask(newPerson(server), 'hunted');
  await runJobs();
  assert.equal((await linksTo('hunted@acme.test')).length, 5, 'the mailbox is not filled');
  const refused = await rowsOf(`select 1 from shared.account_events where account_id = $1 and outcome = 'refused'`, [
    id,
  ]);
  assert.equal(refused.length, 4);

  const owner = newPerson(server);
  assert.equal((await signIn(owner, 'hunted')).status, 303);
  await owner.submit('/profile', {}, '/sign-out');
  // Somebody beside them on the same network uses up what the network may ask.
  const neighbour = newPerson(server);
  Object.assign(neighbour, { address: owner.address });
  const statuses: number[] = [];
  for (let tries = 0; tries < 21; tries += 1) statuses.push((await ask(neighbour, `someone-${tries}`)).status);
  assert.deepEqual([statuses.indexOf(429), statuses.length], [20, 21]);
  assert.equal((await ask(owner, 'hunted')).status, 200, 'a browser that the account knows has a count of its own');
  assert.equal((await choose(owner, first)).status, 303, 'and the oldest link works still');
});

test('an account without a password gets its first one (AC-8)', async () => {
  const { id } = await insertPerson(server, 'keyless');
  await rowsOf(`update shared.accounts set password_hash = null where id = $1`, [id]);
  assert.equal((await choose(newPerson(server), await linkFor('keyless'))).status, 303);
  assert.equal((await signIn(newPerson(server), 'keyless', newPassword)).status, 303);
});

test('no header of a request shapes the link, and its page tells no address (threat 22, V3.4.5, V14.3.2)', async () => {
  await insertPerson(server, 'poisoned');
  const person = newPerson(server);
  const _csrf = await person.token('/recover');
  const hostile = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-host': 'evil.example' };
  assert.equal((await person.post('/recover', { login: 'poisoned', _csrf }, hostile)).status, 303);
  await runJobs();
  const [mail] = await mailsTo(server, 'poisoned@acme.test');
  assert.ok(mail?.text.includes(`${server.origin}/recover/`) && !`${mail.text}${mail.html}`.includes('evil'));
  const [link = ''] = await linksTo('poisoned@acme.test');
  for (const answer of [await person.get(link), await person.get('/recover/x'), await choose(person, link, 'short')]) {
    assert.equal(answer.headers.get('referrer-policy'), 'strict-origin');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.ok(!answer.text.includes('http://evil'));
  }
});
