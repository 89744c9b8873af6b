import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { newSecret } from '../../../../src/features/accounts/authenticator/authenticator.js';
import { carriedOf } from '../../../../src/features/accounts/proof/page.js';
import { proofTries } from '../../../../src/features/accounts/sign-in/tries.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { appWith, atSecondStep, insertWithApp, mailedCode, makeStale, otherThan, signedIn } from '../factors.js';
import { goodPassword, mailsTo, newPerson, type Person, signIn } from '../people.js';

let server: TestServer;
const app = '/profile/authenticator';

before(async () => {
  server = await startTestServer({ tenants: 2 });
});
after(() => server?.close());
beforeEach(() => server.database.admin.query('delete from shared.rate_limits'));

async function eventsOfAccount(id: string): Promise<string[]> {
  const { rows } = await server.database.admin.query(
    'select event, outcome from shared.account_events where account_id = $1 order by at, id',
    [id],
  );
  return rows.map(({ event, outcome }) => `${event} ${outcome}`);
}

const secretOn = (text: string) => /<code>([A-Z2-7 ]+)<\/code>/.exec(text)?.[1]?.replaceAll(' ', '') ?? '';

async function enrol(person: Person, id: string) {
  assert.equal((await person.submit(app, {})).location, `${app}/confirmation`);
  const page = await person.get(`${app}/confirmation`);
  const phone = appWith(server, id, secretOn(page.text));
  return { page, phone, answer: await person.submit(`${app}/confirmation`, { code: await phone.code() }) };
}

test('lists and odd names are carried as they were, the form’s token and the proof are not (AC-11)', () => {
  const body = { name: 'Åsa "<b>"', roles: ['a', 'b'], empty: '', _csrf: 'x', proof: 'password', proof_password: 'y' };
  assert.deepEqual(carriedOf(body), [
    { name: 'name', value: 'Åsa "<b>"' },
    { name: 'roles', value: 'a' },
    { name: 'roles', value: 'b' },
    { name: 'empty', value: '' },
  ]);
  assert.deepEqual(carriedOf(undefined), []);
});

test('within ten minutes of the last proof nobody is asked again; after it the form waits for one (V7.5.1, V7.5.3)', async () => {
  const { id, person } = await signedIn(server, 'alma');
  await person.submit(app, {});
  await makeStale(server, id);
  const { rows } = await server.database.admin.query(
    'select sealed_secret from shared.authenticators where account_id = $1',
    [id],
  );
  const form = { color: 'violet <lamp>', roles: 'one' };
  const token = await person.token('/profile');
  const asked = await person.send(app, {
    method: 'POST',
    body: new URLSearchParams([...Object.entries(form), ['roles', 'two'], ['_csrf', token]]),
    headers: { Origin: person.origin },
  });
  assert.equal(asked.status, 403);
  assert.match(asked.text, /<h1>Confirm that it is you<\/h1>/);
  assert.match(asked.text, /name="color" value="violet &lt;lamp&gt;"/);
  assert.match(asked.text, /name="roles" value="one"[\s\S]*name="roles" value="two"/);
  assert.match(asked.text, new RegExp(`action="${app}"`));
  const after = await server.database.admin.query(
    'select sealed_secret from shared.authenticators where account_id = $1',
    [id],
  );
  assert.deepEqual(after.rows, rows, 'and nothing was done');

  const old = person.cookies.get('session');
  const before = await person.token('/profile');
  const wrong = await person.post(app, {
    ...form,
    _csrf: before,
    proof: 'password',
    proof_password: 'not my password at all',
  });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /name="color" value="violet &lt;lamp&gt;"/);
  assert.doesNotMatch(wrong.text, /not my password at all/);
  const proven = await person.post(app, { ...form, _csrf: before, proof: 'password', proof_password: goodPassword });
  assert.equal(proven.location, `${app}/confirmation`);
  assert.notEqual(person.cookies.get('session'), old, 'under a new id (V7.2.4)');
  const thief = newPerson(server);
  thief.cookies.set('session', old ?? '');
  assert.equal((await thief.get('/profile')).status, 303, 'the old one is dead');
  assert.equal((await person.post(app, { _csrf: before })).status, 303, 'a form in another tab still works');
  const events = await eventsOfAccount(id);
  assert.ok(events.includes('account.proof-refused refused') && events.includes('account.proven done'));
});

test('a page that is protected asks first and then leads back to itself (AC-11)', async () => {
  const { id, person } = await signedIn(server, 'bert');
  await person.submit(app, {});
  await makeStale(server, id);
  const asked = await person.get(`${app}/confirmation`);
  assert.equal(asked.status, 403);
  assert.equal(secretOn(asked.text), '');
  assert.match(asked.text, new RegExp(`name="next" value="${app}/confirmation"`));
  const proof = { proof: 'password', proof_password: goodPassword, next: `${app}/confirmation` };
  const back = await person.submit(`${app}/confirmation`, proof, '/proof');
  assert.equal(back.location, `${app}/confirmation`);
  assert.notEqual(secretOn((await person.get(back.location)).text), '');
  await makeStale(server, id);
  assert.equal((await person.submit('/profile', { ...proof, next: 'https://evil.example' }, '/proof')).location, '/');
});

test('proofs are counted before they are looked at, and what was typed stays on the page that says so (AC-13)', async () => {
  const { id, person } = await signedIn(server, 'cara');
  await makeStale(server, id);
  const _csrf = await person.token('/profile');
  const guess = (word: string) => person.post(app, { kept: 'yes', _csrf, proof: 'password', proof_password: word });
  const answers = await Promise.all(Array.from({ length: 12 }, () => guess('a wrong but long password')));
  assert.ok(answers.filter(({ status }) => status === 422).length <= 6);
  await server.database.admin.query(
    `update shared.sign_in_tries set wait_until = now() + interval '60 seconds' where key = $1`,
    [proofTries(id).key],
  );
  const refused = await guess(goodPassword);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 50);
  assert.match(refused.text, /name="kept" value="yes"/);
  assert.equal((await person.get('/profile')).status, 200, 'the session goes on');
});

test('whoever has no factor may prove by a mailed code, of this browser and this purpose (V6.6.2)', async () => {
  const { id, email, person } = await signedIn(server, 'dora');
  await makeStale(server, id);
  const _csrf = await person.token('/profile');
  const begun = await person.post(app, { kept: 'yes', _csrf, proof_way: 'code' });
  assert.match(begun.text, /is on its way to/);
  assert.match(begun.text, /name="kept" value="yes"/);
  const code = await mailedCode(server, email);
  const other = newPerson(server);
  await signIn(other, 'dora');
  await makeStale(server, id);
  const show = async (someone: Person, what: string) =>
    someone.post(app, { _csrf: await someone.token('/profile'), proof: 'code', proof_code: what });
  assert.equal((await show(other, code)).status, 422, 'not in another browser');
  assert.equal((await show(person, otherThan(code))).status, 422);
  assert.equal((await show(person, code)).status, 303);
});

test('an app is set up with a fresh proof, and counts from its first code on (V7.5.1, AC-6)', async () => {
  const { id, email, person } = await signedIn(server, 'emil');
  const { page, phone, answer } = await enrol(person, id);
  assert.match(page.text, /<path d="M\d+ \d+h1v1h-1z/, 'as a picture');
  assert.equal(phone.secret.length, 32, 'and in text, with 160 bits');
  assert.equal(answer.status, 200);
  const codes = /id="recovery-codes">([^<]+)</.exec(answer.text)?.[1]?.split('\n') ?? [];
  assert.equal(codes.length, 10);
  assert.ok(codes.every((code) => /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/.test(code)));
  assert.doesNotMatch((await person.get('/profile/recovery-codes')).text, new RegExp(codes[0] ?? '-'), 'shown once');
  assert.match((await person.get('/profile/recovery-codes')).text, /10 of 10 are left/);
  const subjects = (await mailsTo(server, email)).map(({ subject }) => subject);
  assert.ok(subjects.includes('An authenticator app was added to your account'));
  const { rows } = await server.database.admin.query(
    'select sealed_secret from shared.authenticators where account_id = $1',
    [id],
  );
  assert.ok(!rows[0]?.sealed_secret.includes(phone.secret), 'sealed');

  const next = newPerson(server);
  const step = await atSecondStep(next, 'emil');
  const replayed = { proof: 'authenticator', proof_authenticator: await phone.code() };
  assert.equal((await next.submit(step, replayed)).status, 401, 'the code of the set-up is used');
  assert.equal((await next.submit(step, { proof: 'recovery-code', proof_recovery_code: codes[3] ?? '' })).status, 303);
});

test('an app that was begun and not confirmed asks nobody for anything, and a wrong code confirms nothing (AC-6)', async () => {
  const { id, person } = await signedIn(server, 'faye');
  await person.submit(app, {});
  const wrong = await person.submit(`${app}/confirmation`, { code: await appWith(server, id, newSecret()).code() });
  assert.equal(wrong.status, 422);
  assert.doesNotMatch((await signIn(newPerson(server), 'faye')).location, /verify/);
});

test('removing an app asks for a proof, ends its codes and what was remembered, and tells its owner (V7.5.1, V6.5.6)', async () => {
  const { id, email, app: phone } = await insertWithApp(server, 'gina');
  const gina = newPerson(server);
  const step = await atSecondStep(gina, 'gina');
  await gina.submit(step, { proof: 'authenticator', proof_authenticator: await phone.code(), remember: 'on' });
  await phone.rewind();
  await makeStale(server, id);
  assert.equal((await gina.submit(`${app}/removal`, {})).status, 403);
  const proof = { proof: 'authenticator', proof_authenticator: await phone.code() };
  assert.equal((await gina.submit(`${app}/removal`, proof)).location, app);
  assert.doesNotMatch((await signIn(newPerson(server), 'gina')).location, /verify/);
  const { rows } = await server.database.admin.query(
    'select 1 from shared.devices where trusted_until is not null and account_id = $1',
    [id],
  );
  assert.deepEqual(rows, []);
  assert.ok((await mailsTo(server, email)).some(({ subject }) => /authenticator app was removed/.test(subject)));
  assert.equal((await gina.submit('/profile/recovery-codes', {})).status, 409, 'no factor, nothing to recover');
});

test('beside a second factor a password may be short, and then the factor stays until it is long again (V6.2.1)', async () => {
  const { id, app: phone } = await insertWithApp(server, 'hedy');
  const hedy = newPerson(server);
  await hedy.submit(await atSecondStep(hedy, 'hedy'), {
    proof: 'authenticator',
    proof_authenticator: await phone.code(),
  });
  const change = (current: string, password: string) => hedy.submit('/profile/password', { current, password });
  assert.equal((await change(goodPassword, 'plum7ov')).status, 422);
  assert.equal((await change(goodPassword, 'plum7ovz')).status, 303);
  const refused = await hedy.submit(`${app}/removal`, {});
  assert.equal(refused.status, 409);
  assert.match(refused.text, /at least 15 characters/);
  await signIn(newPerson(server), 'hedy', 'plum7ovz').then(({ location }) => assert.match(location, /verify/));
  assert.equal((await change('plum7ovz', goodPassword)).status, 303);
  assert.equal((await hedy.submit(`${app}/removal`, {})).status, 303);
  assert.equal((await change(goodPassword, 'plum7ovz')).status, 422, 'alone it is too short');
  const { rows } = await server.database.admin.query('select short_password from shared.accounts where id = $1', [id]);
  assert.deepEqual(rows, [{ short_password: false }]);
});

test('new recovery codes end the old ones, with a fresh proof (V7.5.1, V6.5.1)', async () => {
  const { id, person } = await signedIn(server, 'ivor');
  const { answer } = await enrol(person, id);
  const [old = ''] = /id="recovery-codes">([^<]+)</.exec(answer.text)?.[1]?.split('\n') ?? [];
  await makeStale(server, id);
  assert.equal((await person.submit('/profile/recovery-codes', {})).status, 403);
  const made = await person.submit('/profile/recovery-codes', { proof: 'password', proof_password: goodPassword });
  assert.equal(made.status, 200);
  const late = newPerson(server);
  const step = await atSecondStep(late, 'ivor');
  assert.equal((await late.submit(step, { proof: 'recovery-code', proof_recovery_code: old })).status, 401);
});
