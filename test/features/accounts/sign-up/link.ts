import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginSignUp, countRows, goodPassword, insertPerson, newestLink, newPerson } from '../people.js';
import { server } from './stage.js';

test('a wrong, an expired and a used link are answered alike and change nothing (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'used@acme.test', username: 'used' });
  const used = await newestLink(server, 'used@acme.test');
  const token = await person.token(used);
  assert.equal((await person.submit(used, {})).status, 303);

  const late = newPerson(server);
  await beginSignUp(late, { email: 'late@acme.test', username: 'late' });
  const expired = await newestLink(server, 'late@acme.test');
  await server.database.admin.query(`update shared.signups set expires_at = now() where email = 'late@acme.test'`);

  const rows = await countRows(server);
  const lateToken = await late.token('/sign-up/sent');
  const wrong = `/verify-email/${'A'.repeat(43)}`;
  for (const link of [used, expired, wrong, '/verify-email/x', `/verify-email/${encodeURIComponent("' or 1=1")}`]) {
    assert.equal((await late.get(link)).status, 404);
    const answer = await late.post(link, { _csrf: lateToken });
    assert.equal(answer.status, 404);
    assert.match(answer.text, /does not work any more/);
  }
  assert.deepEqual(await countRows(server), rows);
  assert.ok(token);
});

test('a sign-up that has run out is renewed by “send again”, for a day, and strangers learn nothing by it (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'slow@acme.test', username: 'slow', workspaceName: 'Slow' });
  const old = await newestLink(server, 'slow@acme.test');
  await server.database.admin.query(
    `update shared.signups set expires_at = now() - interval '2 hours' where email = 'slow@acme.test'`,
  );
  assert.equal((await person.get(old)).status, 404);
  const stranger = newPerson(server);
  const answers = [];
  for (const email of ['slow@acme.test', 'never-seen@acme.test']) {
    const { status, location } = await stranger.submit('/sign-up/sent', { email }, '/sign-up/resend');
    answers.push(`${status} ${location} ${(await stranger.get('/sign-up/sent')).text.includes('@acme.test')}`);
  }
  assert.deepEqual(answers, ['303 /sign-up/sent false', '303 /sign-up/sent false']);
  const link = await newestLink(server, 'slow@acme.test');
  assert.notEqual(link, old);
  assert.equal((await person.submit(link, {})).location, '/w/slow');
});

test('a stranger who signs up with someone’s address gains nothing by their click (account pre-hijacking)', async () => {
  const stranger = newPerson(server);
  await beginSignUp(stranger, { email: 'victim@acme.test', username: 'stranger', workspaceName: 'Trap' });
  const link = await newestLink(server, 'victim@acme.test');
  const victim = newPerson(server);
  const shown = await victim.get(link);
  assert.match(shown.text, /stranger/, 'the page says who signed up');
  assert.match(shown.text, /If that was not you, close this page/);
  const before = await countRows(server);
  for (const password of ['', 'my own quite long password']) {
    const answer = await victim.submit(link, { password });
    assert.equal(answer.status, 422);
  }
  assert.deepEqual(await countRows(server), before, 'without the password there is no account');
});

test('the link works in another browser with the password that was chosen, and signs in there (AC-2)', async () => {
  await beginSignUp(newPerson(server), { email: 'phone@acme.test', username: 'phone', workspaceName: 'Phone' });
  const link = await newestLink(server, 'phone@acme.test');
  const phone = newPerson(server);
  await insertPerson(server, 'phone', 'another-phone@acme.test');
  const taken = await phone.submit(link, { password: goodPassword });
  assert.match(taken.text, /phone is taken/);
  assert.doesNotMatch(taken.text, /type="password"/, 'what was proven is not asked for again');
  const confirmed = await phone.submit(link, { username: 'phone2' });
  assert.equal(confirmed.location, '/w/phone');
  assert.equal((await phone.get('/profile')).status, 200);
});

test('an address that got an account by another way meanwhile ends the sign-up', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'twice@acme.test', username: 'twice', workspaceName: 'Twice' });
  const link = await newestLink(server, 'twice@acme.test');
  await insertPerson(server, 'twice-already', 'twice@acme.test');
  const before = await countRows(server);
  assert.equal((await person.submit(link, {})).status, 404);
  assert.deepEqual(await countRows(server), { ...before, signups: (before.signups ?? 0) - 1 });
});
