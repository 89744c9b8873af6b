import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goodPassword, newPerson, signIn } from '../people.js';
import { age, enter, eventsOf, isIn, newPassword, rowsOf, server, signedIn, subjects } from './stage.js';

test('a new password takes the current one, and ends the other sessions (AC-9, V6.2.2, V6.2.3, V7.4.3, V6.3.7)', async () => {
  const { id, person } = await enter('changer');
  const elsewhere = await signedIn('changer');
  await rowsOf(`update shared.devices set trusted_until = now() + interval '9 days' where account_id = $1`, [id]);
  await rowsOf(
    `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
     values (gen_random_uuid(), $1, 'evil@evil.test', '\\x0a', now() + interval '1 hour')`,
    [id],
  );
  const page = '/profile/password';
  const wrong = await person.submit(page, { current: 'not this one at all', password: newPassword });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /href="#field-current"/);
  const weak = await person.submit(page, { current: goodPassword, password: 'bailiwickbailiwick' });
  assert.match(weak.text, /href="#field-password"/);
  assert.ok(!weak.text.includes(goodPassword), 'no password is shown again');
  assert.ok(await isIn(elsewhere));

  const before = person.cookies.get('session');
  const done = await person.submit(page, { current: goodPassword, password: newPassword });
  assert.equal(done.location, '/profile/security');
  assert.match((await person.get('/profile/security')).text, /1 other session ended/);
  assert.notEqual(person.cookies.get('session'), before, 'under a new id (V7.2.4)');
  assert.ok(!(await isIn(elsewhere)), 'the other one is dead on its next request');
  assert.equal((await signIn(newPerson(server), 'changer')).status, 401);
  assert.equal((await signIn(newPerson(server), 'changer', newPassword)).status, 303);
  assert.deepEqual(await rowsOf('select 1 from shared.address_changes where account_id = $1', [id]), []);
  const trusted = await rowsOf('select 1 from shared.devices where account_id = $1 and trusted_until > now()', [id]);
  assert.deepEqual(trusted, [], 'remembered browsers are forgotten');
  assert.deepEqual(await eventsOf(id, 'account.password-changed'), ['refused', 'done']);
  assert.ok((await subjects('changer@acme.test')).includes('Your password was changed'));
});

test('a first password takes another fresh proof (AC-9, V7.5.1)', async () => {
  const { id, person } = await enter('first');
  await rowsOf('update shared.accounts set password_hash = null where id = $1', [id]);
  await age(id);
  const page = await person.get('/profile/password');
  assert.equal(page.status, 403);
  assert.match(page.text, /Confirm that it is you/);
  const asked = await person.submit('/profile', { password: newPassword }, '/profile/password');
  assert.equal(asked.status, 403);
  const [{ password_hash: none }] = await rowsOf('select password_hash from shared.accounts where id = $1', [id]);
  assert.equal(none, null);
  await rowsOf(
    `update shared.sessions set sess = (sess::jsonb || jsonb_build_object('provenAt', $2::bigint))::json where account_id = $1`,
    [id, Date.now()],
  );
  assert.equal((await person.submit('/profile', { password: newPassword }, '/profile/password')).status, 303);
  assert.deepEqual(await eventsOf(id, 'account.password-set'), ['done']);
});
