import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { passwordHashCount } from '../../../../src/features/accounts/password.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import type { Visitor } from '../../../support/visitor.js';
import {
  beginSignUp,
  countRows,
  fieldsOf,
  goodPassword,
  insertPerson,
  mailsTo,
  newestLink,
  newPerson,
  sameBytes,
} from '../people.js';

let server: TestServer;

before(async () => {
  server = await startTestServer({ tenants: 3 });
});
after(() => server?.close());

/** The answer, the page it leads to, and how many hashes it took. */
async function attempt(person: Visitor, email: string, username: string) {
  const before = passwordHashCount();
  const answer = await person.submit('/sign-up', fieldsOf({ email, username }));
  const hashes = passwordHashCount() - before;
  const shown = await person.get('/sign-up/sent');
  return { answer: sameBytes(answer, email), shown: sameBytes(shown, email), hashes };
}

test('an address with an account is answered like any other, and its owner is told by mail (AC-2, threat 11)', async () => {
  await insertPerson(server, 'owner', 'known@acme.test');
  const known = await attempt(newPerson(server), 'known@acme.test', 'some-one');
  const unknown = await attempt(newPerson(server), 'fresh@acme.test', 'some-two');
  assert.deepEqual(known, unknown);
  assert.equal(known.hashes, 1);

  const [told] = await mailsTo(server, 'known@acme.test');
  assert.match(told?.subject ?? '', /already have/);
  assert.doesNotMatch(told?.text ?? '', /verify-email/);
  const [asked] = await mailsTo(server, 'fresh@acme.test');
  assert.match(asked?.text ?? '', /verify-email/);
});

test('sending again is answered alike too, known or not (threat 11)', async () => {
  await insertPerson(server, 'owner2', 'known2@acme.test');
  const answers = [];
  for (const email of ['known2@acme.test', 'fresh2@acme.test']) {
    const person = newPerson(server);
    await beginSignUp(person, { email, username: 'some-three' });
    const answer = await person.submit('/sign-up/sent', {}, '/sign-up/resend');
    answers.push([sameBytes(answer, email), sameBytes(await person.get('/sign-up/sent'), email)]);
    assert.equal((await mailsTo(server, email)).length, 2);
  }
  assert.deepEqual(answers[0], answers[1]);
});

test('each field says what is wrong, what was typed stays, the password does not (AC-1)', async () => {
  const person = newPerson(server);
  const typed = { email: 'not an address', username: 'A B', password: 'short', workspaceName: 'x' };
  const answer = await person.submit('/sign-up', typed);
  assert.equal(answer.status, 422);
  for (const field of ['email', 'username', 'password', 'workspaceName']) {
    assert.match(answer.text, new RegExp(`id="field-${field}-error"`), `${field} says so`);
    assert.match(answer.text, new RegExp(`href="#field-${field}"`), `${field} is in the summary`);
  }
  assert.match(answer.text, /value="not an address"/);
  assert.doesNotMatch(answer.text, /value="short"/);
  const empty = await person.submit('/sign-up', {});
  assert.equal(empty.status, 422);
  assert.ok(!empty.text.includes('Invalid input'), 'a missing field is told in words');
  const body = new URLSearchParams({ ...fieldsOf({ email: 'a@b.test', username: 'abc' }) });
  for (const [name, value] of [
    ['email', 'second@b.test'],
    ['password', goodPassword],
    ['__proto__', 'x'],
    ['_csrf', await person.token('/sign-up')],
  ]) {
    body.append(name ?? '', value ?? '');
  }
  const doubled = await person.send('/sign-up', { method: 'POST', body, headers: { origin: server.origin } });
  assert.equal(doubled.status, 422, 'a field that came twice is no text');
});

test('common, short and personal passwords are refused; spaces, emoji and 64 lower-case letters are not (AC-1)', async () => {
  const refused = {
    passwordpassword1: /lists of stolen passwords/,
    'fourteen chars': /at least 15/,
    aaaaaaaaaaaaaaaaaaaa: /repeats itself/,
    'Bailiwick-henrietta-acme': /your own names/,
  };
  for (const [password, reason] of Object.entries(refused)) {
    const fields = fieldsOf({ email: 'henrietta@acme.test', username: 'henrietta', password });
    const answer = await newPerson(server).submit('/sign-up', fields);
    assert.equal(answer.status, 422, password);
    assert.match(answer.text, reason, password);
  }
  const long = 'quiet harbor lantern violet kettle nine lamps under old bridges ok';
  for (const password of [long, '🦊 jumps over 🌙 and 🍵 tea', ' leading and trailing space ']) {
    const fields = fieldsOf({ email: 'henrietta@acme.test', username: 'henrietta', password });
    assert.equal((await newPerson(server).submit('/sign-up', fields)).status, 303, password);
  }
});

test('signing up again replaces what was pending, and a corrected address ends the mistyped one’s link (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'mistyped@acme.test', username: 'typist' });
  const mistyped = await newestLink(server, 'mistyped@acme.test');
  const form = await person.get('/sign-up');
  assert.match(form.text, /value="mistyped@acme\.test"/, 'the form is filled in for a correction');
  assert.doesNotMatch(form.text, /\$2b\$/);
  await beginSignUp(person, { email: 'right@acme.test', username: 'typist' });
  assert.equal((await person.get(mistyped)).status, 404);

  const first = await newestLink(server, 'right@acme.test');
  await beginSignUp(newPerson(server), { email: 'right@acme.test', username: 'typist' });
  assert.equal((await person.get(first)).status, 404);
  assert.equal((await person.get(await newestLink(server, 'right@acme.test'))).status, 200);
});

test('a new link can be asked for, three times in ten minutes, and ends the older ones (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'again@acme.test', username: 'again' });
  const first = await newestLink(server, 'again@acme.test');
  for (let time = 0; time < 3; time += 1) {
    assert.equal((await person.submit('/sign-up/sent', {}, '/sign-up/resend')).location, '/sign-up/sent');
  }
  assert.equal((await person.get(first)).status, 404);
  assert.equal((await person.get(await newestLink(server, 'again@acme.test'))).status, 200);
  const refused = await person.submit('/sign-up/sent', {}, '/sign-up/resend');
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
});

test('a new link can be asked for in another browser by the address, which tells nothing (AC-2)', async () => {
  await beginSignUp(newPerson(server), { email: 'elsewhere@acme.test', username: 'elsewhere' });
  const answers = [];
  for (const email of ['elsewhere@acme.test', 'nobody@acme.test']) {
    const person = newPerson(server);
    const answer = await person.submit('/sign-up/sent', { email }, '/sign-up/resend');
    answers.push([sameBytes(answer), sameBytes(await person.get('/sign-up/sent'))]);
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.equal((await mailsTo(server, 'elsewhere@acme.test')).length, 2);
  assert.equal((await mailsTo(server, 'nobody@acme.test')).length, 0);
  const malformed = await newPerson(server).submit('/sign-up/sent', { email: 'x' }, '/sign-up/resend');
  assert.equal(malformed.status, 422);
});

test('nobody’s mailbox is filled by strangers: six mails an hour, and what was pending stays (AC-13)', async () => {
  for (let time = 0; time < 6; time += 1) {
    await beginSignUp(newPerson(server), { email: 'target@acme.test', username: 'target' });
  }
  const link = await newestLink(server, 'target@acme.test');
  const fields = fieldsOf({ email: 'target@acme.test', username: 'target' });
  const refused = await newPerson(server).submit('/sign-up', fields);
  assert.equal(refused.status, 429);
  assert.equal((await mailsTo(server, 'target@acme.test')).length, 6);
  assert.equal((await newPerson(server).get(link)).status, 200);
});

test('ten sign-ups an hour from one network, wherever in it (CR-5)', async () => {
  const person = newPerson(server);
  for (let time = 0; time < 10; time += 1) {
    await beginSignUp(person, { email: `many${time}@acme.test`, username: 'many' });
  }
  const refused = await person.submit('/sign-up', fieldsOf({ email: 'many-more@acme.test', username: 'many' }));
  assert.equal(refused.status, 429);
  assert.match(refused.text, /Try again in \d+ minutes?\./);
  assert.ok(Number(refused.headers.get('retry-after')) > 3000);
  assert.equal((await mailsTo(server, 'many-more@acme.test')).length, 0);
});

test('a sign-up without the form’s token, or sent from elsewhere, is refused (CR-4)', async () => {
  const person = newPerson(server);
  const fields = fieldsOf({ email: 'forged@acme.test', username: 'forged' });
  const before = await countRows(server);
  const _csrf = await person.token('/sign-up');
  const forgeries = [
    await person.post('/sign-up', fields),
    await person.post('/sign-up', { ...fields, _csrf: 'wrong' }),
    await person.post('/sign-up', { ...fields, _csrf }, { origin: 'https://evil.example' }),
    await person.post('/sign-up', { ...fields, _csrf }, { origin: 'null' }),
    await person.post('/sign-up', { ...fields, _csrf }, { 'sec-fetch-site': 'cross-site' }),
    await newPerson(server).post('/sign-up', { ...fields, _csrf }),
  ];
  assert.deepEqual(
    forgeries.map(({ status }) => status),
    forgeries.map(() => 403),
  );
  const text = await person.send('/sign-up', {
    method: 'POST',
    body: 'a=b',
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(text.status, 415);
  assert.deepEqual(await countRows(server), before);
});

test('a link leads to the configured address whatever host or proxy header came (threat 22)', async () => {
  const person = newPerson(server);
  const _csrf = await person.token('/sign-up');
  const fields = { ...fieldsOf({ email: 'poisoned@acme.test', username: 'poisoned' }), _csrf };
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' };
  assert.equal((await person.post('/sign-up', fields, headers)).status, 303);
  const [mail] = await mailsTo(server, 'poisoned@acme.test');
  assert.doesNotMatch(`${mail?.text}${mail?.html}`, /evil\.example/);
  assert.ok(mail?.text.includes(`${server.origin}/verify-email/`));
});

test('neither the password nor the token is stored as it is (AC-1, V11)', async () => {
  await beginSignUp(newPerson(server), { email: 'stored@acme.test', username: 'stored' });
  const token = (await newestLink(server, 'stored@acme.test')).split('/').at(-1) ?? '';
  const { rows } = await server.database.admin.query(
    `select s::text as signup, (select string_agg(m::text, ' ') from shared.mails m) as mails,
       (select string_agg(e.sess::text, ' ') from shared.sessions e) as sessions
     from shared.signups s where email = 'stored@acme.test'`,
  );
  const everything = JSON.stringify(rows);
  assert.match(everything, /\$2b\$/);
  for (const secret of [
    goodPassword,
    token,
    Buffer.from(goodPassword).toString('hex'),
    Buffer.from(token).toString('hex'),
  ]) {
    assert.ok(!everything.includes(secret));
  }
});
