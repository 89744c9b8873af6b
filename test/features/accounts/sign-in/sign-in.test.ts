import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { passwordHashCount } from '../../../../src/features/accounts/password.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import {
  beginSignUp,
  eventsOf,
  goodPassword,
  insertPerson,
  mailsTo,
  newPerson,
  sameBytes,
  signIn,
  signUp,
} from '../people.js';

let server: TestServer;
let home: string;

before(async () => {
  server = await startTestServer({ tenants: 8 });
  home = await signUp(server, newPerson(server), {
    email: 'alice@acme.test',
    username: 'alice',
    workspaceName: 'Acme',
  });
});
after(() => server?.close());

test('a username and a verified address open the same account by the same path, in any case (AC-1)', async () => {
  for (const login of ['alice', 'Alice', ' ALICE@acme.test ', 'alice@acme.test']) {
    const person = newPerson(server);
    const answer = await signIn(person, login);
    assert.equal(answer.location, home, login);
    assert.match((await person.get('/profile')).text, /alice@acme\.test/);
  }
});

test('known, unknown and wrong get the same bytes for the same number of hashes (AC-13, threat 11)', async () => {
  const answers = [];
  for (const login of ['alice', 'alice@acme.test', 'nobody', 'nobody@acme.test', "' or 1=1 --"]) {
    const before = passwordHashCount();
    const answer = await signIn(newPerson(server), login, 'a wrong but long password');
    assert.equal(answer.status, 401);
    const typed = login.replaceAll("'", '&#39;');
    answers.push([sameBytes(answer, typed), passwordHashCount() - before]);
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0]?.[1], 1);
});

test('a missing or overlong field costs no hash and keeps the login (AC-1)', async () => {
  const before = passwordHashCount();
  const person = newPerson(server);
  const empty = await person.submit('/sign-in', { login: 'alice', password: '' });
  assert.equal(empty.status, 422);
  assert.match(empty.text, /value="alice"/);
  assert.match(empty.text, /Enter your password\./);
  assert.equal((await person.submit('/sign-in', { login: 'x'.repeat(300), password: 'y' })).status, 422);
  assert.equal((await person.submit('/sign-in', {})).status, 422);
  assert.equal(passwordHashCount(), before);
});

test('only the whole password opens: not its first 72 bytes, another case, a space more, a cut at NUL (V6.2.8)', async () => {
  const password = `${'long lamps under violet kettles '.repeat(3)}the end`;
  await signUp(server, newPerson(server), {
    email: 'twin@acme.test',
    username: 'twin',
    password,
    workspaceName: 'Twin',
  });
  const twins = [password.slice(0, 72), `${password.slice(0, 80)}another end`, password.toUpperCase(), `${password} `];
  for (const twin of [...twins, password.trimEnd().slice(0, -1), `${password}\0`]) {
    assert.equal((await signIn(newPerson(server), 'twin', twin)).status, 401, JSON.stringify(twin.slice(-12)));
  }
  assert.equal((await signIn(newPerson(server), 'twin', password)).status, 303);
});

test('one character may be written in two ways and is the same password (V6.2.8)', async () => {
  const composed = 'Ünderground kettles of Åland';
  const person = newPerson(server);
  await signUp(server, person, { email: 'nfc@acme.test', username: 'nfc', password: composed, workspaceName: 'Nfc' });
  assert.equal((await signIn(newPerson(server), 'nfc', composed.normalize('NFD'))).status, 303);
});

test('signing in goes on to where the person was going, and never to another host (V3.7.2)', async () => {
  const asked = await newPerson(server).get('/profile');
  assert.equal(asked.location, '/sign-in?next=%2Fprofile');
  const form = await newPerson(server).get(asked.location);
  assert.match(form.text, /name="next" value="\/profile"/);
  assert.equal((await signIn(newPerson(server), 'alice', goodPassword, '/profile?x=1')).location, '/profile?x=1');
  for (const evil of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/%0d%0aX: y\r\n',
  ]) {
    assert.equal((await signIn(newPerson(server), 'alice', goodPassword, evil)).location, home, evil);
  }
});

test('a session id from before the sign-in is dead after it (threat 5)', async () => {
  const person = newPerson(server);
  await person.get('/sign-in');
  const planted = new Map(person.cookies);
  assert.equal((await signIn(person, 'alice')).status, 303);
  assert.notEqual(person.cookies.get('session'), planted.get('session'));
  const attacker = newPerson(server);
  for (const [name, value] of planted) attacker.cookies.set(name, value);
  assert.equal((await attacker.get('/profile')).status, 303);
  const invented = newPerson(server);
  invented.cookies.set('session', 's%3Ainvented.signature');
  await signIn(invented, 'alice');
  assert.doesNotMatch(invented.cookies.get('session') ?? '', /invented/);
});

test('a sign-in is only accepted from our own form (login CSRF, CR-4, V7.6.2)', async () => {
  const person = newPerson(server);
  const fields = { login: 'alice', password: goodPassword, next: '' };
  const _csrf = await person.token('/sign-in');
  const forgeries = [
    await person.post('/sign-in', fields),
    await person.post('/sign-in', { ...fields, _csrf }, { origin: 'https://evil.example' }),
    await newPerson(server).post('/sign-in', { ...fields, _csrf }),
  ];
  for (const { status } of forgeries) assert.equal(status, 403);
  assert.equal((await person.get('/profile')).status, 303);
});

test('a copied cookie is dead after sign-out, and the browser is told to forget us (V7.4.1, V14.3.1)', async () => {
  const person = newPerson(server);
  await signIn(person, 'alice');
  const thief = newPerson(server);
  for (const [name, value] of person.cookies) thief.cookies.set(name, value);
  assert.equal((await thief.get('/profile')).status, 200);
  const out = await person.submit('/profile', {}, '/sign-out');
  assert.equal(out.location, '/');
  assert.match(out.headers.get('clear-site-data') ?? '', /"cache".*"storage"/);
  assert.equal((await thief.get('/profile')).status, 303);
  assert.equal((await person.get('/profile')).status, 303);
  assert.equal((await person.post('/sign-out', {})).status, 401);
});

test('cookies are HttpOnly and SameSite, and signing out keeps only the one that knows the browser (AC-10)', async () => {
  const person = newPerson(server);
  const answer = await signIn(person, 'alice');
  const lines = answer.headers.getSetCookie();
  assert.deepEqual(lines.map((line) => line.split('=')[0]).sort(), ['device', 'session']);
  for (const line of lines) assert.match(line, /; Path=\/;.*HttpOnly.*SameSite=Lax/);
  await person.submit('/profile', {}, '/sign-out');
  assert.deepEqual([...person.cookies.keys()], ['device']);
});

test('the sign-in is in the workspace’s audit when the session is given, and without the audit there is none (AU-1)', async () => {
  const alice = newPerson(server);
  await signIn(alice, 'alice');
  const last = (await eventsOf(server, home)).at(-1);
  assert.deepEqual([last?.event, last?.outcome, last?.address], ['account.signed-in', 'done', alice.address]);

  const { admin } = server.database;
  const { rows } = await admin.query('select id from shared.tenants where slug = $1', [home.split('/')[2]]);
  const tenant = rows[0]?.id;
  await admin.query(`revoke insert on ${tenant}.audit_events from ${tenant}`);
  try {
    const refused = newPerson(server);
    assert.equal((await signIn(refused, 'alice')).status, 500);
    assert.equal((await refused.get('/profile')).status, 303);
  } finally {
    await admin.query(`grant insert on ${tenant}.audit_events to ${tenant}`);
  }
});

test('somebody without a workspace signs in to a page that helps on, and it is noted for them (MB-1)', async () => {
  const { id } = await insertPerson(server, 'loner');
  const loner = newPerson(server);
  assert.equal((await signIn(loner, 'loner')).location, '/workspaces');
  assert.match((await loner.get('/workspaces')).text, /in no workspace/);
  const { rows } = await server.database.admin.query(
    'select event, outcome from shared.account_events where account_id = $1',
    [id],
  );
  assert.deepEqual(rows, [{ event: 'account.signed-in', outcome: 'done' }]);
});

test('a further workspace can be opened, and then the list is the start (MB-1)', async () => {
  const person = newPerson(server);
  await insertPerson(server, 'founder');
  await signIn(person, 'founder');
  assert.equal((await person.submit('/workspaces', { name: '' })).status, 422);
  assert.equal((await person.submit('/workspaces', { name: 'First' })).location, '/w/first');
  assert.equal((await person.get('/')).location, '/w/first');
  assert.equal((await person.submit('/workspaces', { name: 'Second' })).location, '/w/second');
  assert.equal((await person.get('/')).location, '/workspaces');
  const list = await person.get('/workspaces');
  assert.match(list.text, /href="\/w\/first"[\s\S]*href="\/w\/second"/);
});

test('before the address is confirmed, the browser that signed up is reminded, whatever the password (AC-2)', async () => {
  await insertPerson(server, 'settled', 'settled@acme.test');
  const chosen = 'chosen at this sign-up only';
  const answers = [];
  for (const email of ['waiting@acme.test', 'settled@acme.test']) {
    const person = newPerson(server);
    await beginSignUp(person, { email, username: 'newcomer', password: chosen });
    for (const password of [chosen, 'not what was chosen there']) {
      const answer = await signIn(person, email, password);
      assert.equal(answer.status, 401);
      assert.match(answer.text, /Confirm your address first<\/p>/);
      assert.match(answer.text, /action="\/sign-up\/resend"/);
      answers.push(sameBytes(answer, email));
    }
  }
  assert.equal(new Set(answers).size, 1, 'which would otherwise tell whether the address has an account');
  const elsewhere = await signIn(newPerson(server), 'waiting@acme.test', chosen);
  assert.equal(elsewhere.status, 401);
  assert.doesNotMatch(elsewhere.text, /action="\/sign-up\/resend"/);
});

test('the owner is told of a sign-in from a browser not seen before, and of no other (V6.3.5)', async () => {
  const email = 'wary@acme.test';
  const first = newPerson(server);
  await signUp(server, first, { email, username: 'wary', workspaceName: 'Wary' });
  const told = async () => (await mailsTo(server, email)).filter(({ subject }) => subject.startsWith('New sign-in'));
  assert.equal((await told()).length, 0, 'not of the one that confirmed');
  const second = newPerson(server);
  await signIn(second, 'wary');
  assert.equal((await told()).length, 1);
  assert.match((await told())[0]?.text ?? '', new RegExp(second.address.replaceAll('.', '\\.')));
  await second.submit('/profile', {}, '/sign-out');
  await signIn(second, 'wary');
  await first.submit('/profile', {}, '/sign-out');
  await signIn(first, 'wary');
  assert.equal((await told()).length, 1);
});

test('the password field hides what is typed, and managers and the clipboard may fill it (V6.2.6, V6.2.7)', async () => {
  const { text } = await newPerson(server).get('/sign-in');
  const field = /<input[^>]*name="password"[^>]*>/.exec(text)?.[0] ?? '';
  assert.match(field, /type="password"/);
  assert.match(field, /autocomplete="current-password"/);
  assert.doesNotMatch(text, /onpaste|autocomplete="off"/);
});

test('a password does not grow old: after two years it still opens (V6.2.10)', async () => {
  const { id } = await insertPerson(server, 'faithful');
  await server.database.admin.query(
    "update shared.accounts set created_at = created_at - interval '2 years' where id = $1",
    [id],
  );
  assert.equal((await signIn(newPerson(server), 'faithful')).status, 303);
});
