import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { passwordHashCount } from '../../../../src/features/accounts/password.js';
import { makeRecoveryCodes } from '../../../../src/features/accounts/recovery-codes/actions.js';
import { triesOf } from '../../../../src/features/accounts/sign-in/tries.js';
import { forgetMemberships } from '../../../../src/tenancy/directory.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import type { Answer } from '../../../support/visitor.js';
import { openTeam } from '../../members/team.js';
import { atSecondStep, insertWithApp, mailedCode, otherThan } from '../factors.js';
import { mailsTo, newPerson, type Person, signIn } from '../people.js';

let server: TestServer;

before(async () => {
  server = await startTestServer({ tenants: 2 });
});
after(() => server?.close());
beforeEach(() => server.database.admin.query('delete from shared.rate_limits'));

function show(person: Person, step: string, code: string, more: Record<string, string> = {}): Promise<Answer> {
  return person.submit(step, { proof: 'authenticator', proof_authenticator: code, ...more });
}

const isIn = async (person: Person) => (await person.get('/profile')).status === 200;

async function one(statement: string, ...values: unknown[]): Promise<unknown> {
  const { rows } = await server.database.admin.query(statement, values);
  return Object.values(rows[0] ?? {})[0];
}

const methodsOf = (accountId: string) =>
  one(
    `select sess ->> 'methods' from shared.sessions where account_id = $1 order by (sess ->> 'signedInAt')::bigint desc limit 1`,
    accountId,
  );

/** A member of a workspace whose demand for two factors counts from an instant on. */
async function memberOfStrict(name: string, from: string) {
  const team = await openTeam(server, `Strict ${name}`, `owner-of-${name}`);
  const member = await team.join(name, 'member');
  await server.database.admin.query(
    `insert into shared.tenant_policies (tenant_id, second_factor_from) values ($1, now() + $2::interval)`,
    [team.tenantId, from],
  );
  forgetMemberships(member.id);
  return member;
}

test('after the password the app is asked for, and the session says what was shown (AC-6)', async () => {
  const { id, app } = await insertWithApp(server, 'ada');
  const ada = newPerson(server);
  const answer = await signIn(ada, 'ada', undefined, '/profile?x=1');
  assert.match(answer.location, /^\/login\/verify\//);
  assert.ok(!(await isIn(ada)), 'the password alone is no session');
  const page = await ada.get(answer.location);
  assert.match(page.text, /Code of your authenticator app/);
  assert.equal(page.headers.get('referrer-policy'), 'strict-origin');
  assert.equal(page.headers.get('cache-control'), 'no-store');
  const before = ada.cookies.get('session');
  const passed = await show(ada, answer.location, await app.code());
  assert.equal(passed.location, '/profile?x=1');
  assert.ok(await isIn(ada));
  assert.notEqual(ada.cookies.get('session'), before, 'under an id that is new (V7.2.4)');
  assert.equal(await methodsOf(id), '["password","authenticator"]');
});

test('a code of the app is taken once, and no earlier one after it; of fifty at once one passes (V6.5.1)', async () => {
  const { id, app } = await insertWithApp(server, 'ben');
  const ben = newPerson(server);
  const step = await atSecondStep(ben, 'ben');
  const code = await app.code();
  const _csrf = await ben.token(step);
  const fields = { proof: 'authenticator', proof_authenticator: code, _csrf };
  const answers = await Promise.all(Array.from({ length: 50 }, () => ben.post(step, fields)));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  assert.equal(await one('select count(*)::int from shared.sessions where account_id = $1', id), 1);
  await server.database.admin.query('delete from shared.sign_in_tries');

  const again = newPerson(server);
  const next = await atSecondStep(again, 'ben');
  assert.equal((await show(again, next, code)).status, 401, 'replayed');
  assert.equal((await show(again, next, await app.code(-1))).status, 401, 'earlier');
  assert.equal((await show(again, next, await app.code(1))).status, 303, 'later');
});

test('the step is bound to its browser and its ten minutes, and passed once (V6.6.2, V6.5.5)', async () => {
  const { app } = await insertWithApp(server, 'cid');
  const [cid, thief] = [newPerson(server), newPerson(server)];
  const step = await atSecondStep(cid, 'cid');
  await atSecondStep(thief, 'cid');
  assert.equal((await thief.get(step)).status, 404);
  const _csrf = await thief.token('/sign-in');
  assert.equal(
    (await thief.post(step, { proof: 'authenticator', proof_authenticator: await app.code(), _csrf })).status,
    404,
  );
  assert.ok(!(await isIn(thief)));

  const { admin } = server.database;
  const token = await cid.token(step);
  await admin.query(`update shared.challenges set expires_at = now()`);
  const late = await cid.post(step, { proof: 'authenticator', proof_authenticator: await app.code(), _csrf: token });
  assert.equal(late.status, 404);
  assert.match(late.text, /Start again/);
  assert.ok(!(await isIn(cid)));
  assert.equal((await cid.get('/login/verify/nonsense')).status, 404);
});

test('a challenge ends after five wrong codes, and its owner is told that somebody knows the first factor (V6.6.3, AC-13)', async () => {
  const { email, app } = await insertWithApp(server, 'dan');
  const guesser = newPerson(server);
  const step = await atSecondStep(guesser, 'dan');
  const _csrf = await guesser.token(step);
  const right = await app.code();
  const wrong = () => guesser.post(step, { proof: 'authenticator', proof_authenticator: otherThan(right), _csrf });
  const answers = await Promise.all(Array.from({ length: 20 }, wrong));
  assert.ok(answers.filter(({ status }) => status === 401).length <= 5);
  await server.database.admin.query('delete from shared.sign_in_tries');
  for (let tries = 0; tries < 5; tries += 1) await wrong();
  await server.database.admin.query('delete from shared.sign_in_tries');
  assert.equal((await guesser.post(step, { proof: 'authenticator', proof_authenticator: right, _csrf })).status, 404);
  const told = (await mailsTo(server, email)).filter(({ subject }) => /first step/.test(subject));
  assert.equal(told.length, 1);
});

test('a stranger who knows the password does not lock the owner out of a browser of theirs (V6.3.1)', async () => {
  const { id, app } = await insertWithApp(server, 'eli');
  const owner = newPerson(server);
  assert.equal((await show(owner, await atSecondStep(owner, 'eli'), await app.code())).status, 303);
  await app.rewind();
  await owner.submit('/profile', {}, '/sign-out');
  // As strangers on many networks leave it behind: the count of this account from everywhere is full.
  const [, , fromEverywhere] = triesOf({ login: `second step ${id}`, address: '203.0.113.77' });
  await server.database.admin.query(
    `insert into shared.sign_in_tries (key, failures, last_at, wait_until) values ($1, 110, now(), now() + interval '900 seconds')
     on conflict (key) do update set failures = 110, wait_until = excluded.wait_until`,
    [fromEverywhere?.key],
  );
  const late = newPerson(server);
  const refused = await show(late, await atSecondStep(late, 'eli'), await app.code());
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await show(owner, await atSecondStep(owner, 'eli'), await app.code())).status, 303);
});

test('a browser is remembered for thirty days where the person asks for it, and only there (AC-10)', async () => {
  const { id, app } = await insertWithApp(server, 'fin');
  const fin = newPerson(server);
  await show(fin, await atSecondStep(fin, 'fin'), await app.code(), { remember: 'on' });
  await fin.submit('/profile', {}, '/sign-out');
  assert.doesNotMatch((await signIn(fin, 'fin')).location, /verify/);
  assert.equal(await methodsOf(id), '["password","remembered"]');
  await atSecondStep(newPerson(server), 'fin');
  const days = await one(
    'select round(extract(epoch from trusted_until - now()) / 86400)::int from shared.devices where account_id = $1 and trusted_until is not null',
    id,
  );
  assert.equal(days, 30);
  await fin.submit('/profile', {}, '/sign-out');
  await server.database.admin.query('update shared.devices set trusted_until = now() where account_id = $1', [id]);
  await atSecondStep(fin, 'fin');
});

test('every way in meets the step: a mailed code, too, and it is not asked for twice (V6.3.3, V6.3.4)', async () => {
  const { email, app } = await insertWithApp(server, 'gus');
  const gus = newPerson(server);
  await gus.submit('/sign-in/code', { login: 'gus' });
  const entered = await gus.submit('/sign-in/code/entry', { code: await mailedCode(server, email) });
  assert.match(entered.location, /^\/login\/verify\//);
  const page = await gus.get(entered.location);
  assert.doesNotMatch(page.text, /Email me a code/, 'the mailbox is no second factor beside an app');
  const _csrf = await gus.token(entered.location);
  assert.equal(
    (await gus.post(entered.location, { proof: 'code', proof_code: '000000', _csrf })).status,
    200,
    'shown again',
  );
  assert.ok(!(await isIn(gus)));
  assert.equal((await show(gus, entered.location, await app.code())).status, 303);
});

test('where a workspace demands two factors, a mailed code is the second of whoever has no other (AC-6)', async () => {
  const { id, email } = await memberOfStrict('hal', '-1 minute');
  const hal = newPerson(server);
  const step = await atSecondStep(hal, 'hal');
  assert.match((await hal.get(step)).text, /Email me a code/);
  const begun = await hal.submit(step, { proof_way: 'code' });
  assert.match(begun.text, /is on its way/);
  const code = await mailedCode(server, email);
  const passed = await hal.submit(step, { proof: 'code', proof_code: code });
  assert.equal(passed.status, 303);
  assert.equal(await methodsOf(id), '["password","code"]');
  await memberOfStrict('hans', '2 days');
  assert.doesNotMatch((await signIn(newPerson(server), 'hans')).location, /verify/, 'not before its day');
});

test('a recovery code stands in once for a lost factor, and its owner hears of it (V6.5.1, V6.5.2)', async () => {
  const account = await insertWithApp(server, 'ian');
  const origin = { requestId: 'test-request', address: '203.0.113.1' };
  const codes = await makeRecoveryCodes({ ...account, name: 'ian' }, origin);
  assert.equal(new Set(codes).size, 10);
  assert.equal(
    await one(
      `select count(*)::int from shared.recovery_codes where code_hash ~ '^\\$2b\\$' and account_id = $1`,
      account.id,
    ),
    10,
  );
  const ian = newPerson(server);
  const step = await atSecondStep(ian, 'ian');
  const _csrf = await ian.token(step);
  const show = (code = '') => ian.post(step, { proof: 'recovery-code', proof_recovery_code: code, _csrf });
  const hashes = passwordHashCount();
  assert.equal((await show(`${codes[0]?.slice(0, 15)}zzzz`)).status, 401);
  assert.equal((await show('aaaa-bbbb-cccc-dddd')).status, 401);
  assert.equal(passwordHashCount() - hashes, 2, 'one hash a try, whether its label is known or not');
  const twins = await Promise.all(Array.from({ length: 3 }, () => show(codes[0]?.toUpperCase().replaceAll('-', ' '))));
  assert.equal(twins.filter(({ status }) => status === 303).length, 1);
  assert.equal(
    await one(
      'select count(*)::int from shared.recovery_codes where used_at is not null and account_id = $1',
      account.id,
    ),
    1,
  );
  const mail = (await mailsTo(server, account.email)).at(-2)?.text ?? '';
  assert.match(`${mail}${(await mailsTo(server, account.email)).map(({ text }) => text).join()}`, /9 codes are left/);

  const again = newPerson(server);
  const next = await atSecondStep(again, 'ian');
  assert.equal((await again.submit(next, { proof: 'recovery-code', proof_recovery_code: codes[0] ?? '' })).status, 401);
  assert.equal((await again.submit(next, { proof: 'recovery-code', proof_recovery_code: codes[1] ?? '' })).status, 303);
});
