import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailLink } from '../../../../src/features/accounts/recovery/mailing.js';
import { goodPassword, insertPerson, mailsTo, newPerson, signIn } from '../people.js';
import { age, emailOf, enter, eventsOf, newPassword, rowsOf, server, subjects } from './stage.js';

async function newEmailLink(email: string): Promise<string> {
  const mail = (await mailsTo(server, email)).at(-1);
  return /\/profile\/new-email\/[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? '';
}

test('a new address takes a fresh proof and its own confirmation, and both addresses are told (AC-9, V7.5.1, V6.3.7)', async () => {
  const { id, person } = await enter('mover');
  await age(id);
  const asked = await person.submit('/profile', { email: 'Moved@Acme.Test' }, '/profile/email');
  assert.equal(asked.status, 403);
  assert.deepEqual(await subjects('moved@acme.test'), [], 'nothing happened yet');
  const proven = { email: 'Moved@Acme.Test', proof: 'password', proof_password: goodPassword };
  assert.equal((await person.submit('/profile', proven, '/profile/email')).status, 303);
  assert.match((await subjects('mover@acme.test')).join(), /A new email address was entered/);
  const pending = await person.get('/profile');
  assert.match(pending.text, /moved@acme\.test[\s\S]+Cancel this change/);
  await linkedRecovery('mover');
  const link = await newEmailLink('moved@acme.test');

  const other = await enter('bystander');
  assert.equal((await other.person.get(link)).status, 404, 'the link is for the account that asked');
  assert.equal((await other.person.submit('/profile', {}, link)).status, 404);
  const signedOut = await newPerson(server).get(link);
  assert.match(signedOut.location, /^\/sign-in\?next=/);
  const shown = await person.get(link);
  assert.equal(shown.headers.get('referrer-policy'), 'strict-origin');
  assert.equal(await emailOf(id), 'mover@acme.test', 'a mail scanner that opens it changes nothing');

  const _csrf = await person.token(link);
  const answers = await Promise.all(Array.from({ length: 50 }, () => person.post(link, { _csrf })));
  const counted = answers.filter(({ status }) => status === 303);
  assert.equal(counted.length, 1, 'of fifty uses at once one wins');
  assert.equal(await emailOf(id), 'moved@acme.test');
  assert.deepEqual(await eventsOf(id, 'account.address-changed'), ['done']);
  for (const to of ['mover@acme.test', 'moved@acme.test']) {
    assert.ok((await subjects(to)).includes('Your email address was changed'), to);
  }
  const [recovery = ''] = (await mailsTo(server, 'mover@acme.test')).flatMap(
    ({ text }) => /\/recover\/[\w-]{43}/.exec(text)?.[0] ?? [],
  );
  assert.equal((await newPerson(server).get(recovery)).status, 404, 'a link in the old mailbox opens nothing more');
  assert.equal((await signIn(newPerson(server), 'mover@acme.test')).status, 401);
  assert.equal((await signIn(newPerson(server), 'moved@acme.test')).status, 303);
});

async function linkedRecovery(username: string): Promise<void> {
  assert.equal((await newPerson(server).submit('/recover', { login: username })).status, 303);
  const waiting = await rowsOf('select id from shared.recoveries where token_hash is null and expires_at is null');
  for (const { id } of waiting) await mailLink(id);
}

test('who has an account’s address is not told, and a change can be cancelled (AC-9, V6.3.8)', async () => {
  const { id, person } = await enter('curious');
  await insertPerson(server, 'settled');
  const answers = [];
  for (const email of ['settled@acme.test', 'nobody-yet@acme.test']) {
    const { status, location } = await person.submit('/profile', { email }, '/profile/email');
    const { text } = await person.get('/profile');
    answers.push([
      status,
      location,
      text.replaceAll(email, '(typed)').replace(/\d\d:\d\d:\d\d|value="[\w-]+"|nonce="[^"]+"/g, ''),
    ]);
  }
  const [one, two] = answers.map((answer) => JSON.stringify(answer).replace(/T[\d.:]+Z/g, ''));
  assert.equal(one, two);
  assert.match((await subjects('settled@acme.test')).join(), /entered in another/);
  assert.equal(await newEmailLink('settled@acme.test'), '');
  const link = await newEmailLink('nobody-yet@acme.test');
  assert.equal((await person.submit('/profile', {}, '/profile/email/cancellation')).status, 303);
  assert.equal((await person.submit('/profile', {}, link)).status, 404);
  assert.equal(await emailOf(id), 'curious@acme.test');
});

test('a change that somebody left waiting dies when the owner takes the account back (AC-12, threat 8)', async () => {
  const { id, person: attacker } = await enter('victim');
  assert.equal((await attacker.submit('/profile', { email: 'evil@evil.test' }, '/profile/email')).status, 303);
  const trap = await newEmailLink('evil@evil.test');
  await linkedRecovery('victim');
  const [link = ''] = (await mailsTo(server, 'victim@acme.test')).flatMap(
    ({ text }) => /\/recover\/[\w-]{43}/.exec(text)?.[0] ?? [],
  );
  const owner = newPerson(server);
  assert.equal((await owner.submit(link, { password: newPassword })).status, 303);
  assert.equal((await attacker.get(trap)).status, 303, 'the attacker is signed out');
  assert.equal((await owner.submit('/profile', {}, trap)).status, 404, 'and not even the owner can be led into it');
  assert.equal(await emailOf(id), 'victim@acme.test');
});
