import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newToken } from '../../../../src/vault/tokens.js';
import { beginSignUp, insertPerson, newestLink, newPerson, type Person, signIn } from '../people.js';
import { stage } from './opened.js';
import { comeByGitHub, comeByGoogle, isSignedIn, leaveFor, octocat, refusals, rows, signUpByGoogle } from './stage.js';

const attackersPassword = 'waiting for the victim 42 nights';

async function idOf(username: string): Promise<string> {
  const [account] = await rows(stage, 'select id from shared.accounts where username = $1', username);
  return String(account?.id);
}

/** Everything by which an account is or will be opened. */
async function waysInto(username: string): Promise<unknown> {
  const [ways] = await rows(
    stage,
    `select a.password_hash is not null as password,
       (select array_agg(provider || ' ' || subject) from shared.logins l where l.account_id = a.id) as logins,
       (select count(*)::int from shared.passkeys p where p.account_id = a.id) as passkeys,
       (select count(*)::int from shared.address_changes c where c.account_id = a.id or c.email = a.email) as changes,
       (select count(*)::int from shared.signups s where s.email = a.email) as signups
     from shared.accounts a where a.username = $1`,
    username,
  );
  return ways;
}

const onlyGoogle = (subject: string) => ({
  ...{ password: false, logins: [`google ${subject}`] },
  ...{ passkeys: 0, changes: 0, signups: 0 },
});

/** Somebody signs up with an address that is not theirs, and waits. */
async function lieInWait(email: string, username: string): Promise<Person> {
  const attacker = newPerson(stage.server);
  await beginSignUp(attacker, { email, username, password: attackersPassword, workspaceName: 'Trap' });
  return attacker;
}

describe('whoever was there first with an address that is not theirs is left with nothing (AC-12, threat 8)', () => {
  test('classic-federated merge: a password chosen before the owner came by Google opens nothing', async () => {
    const attacker = await lieInWait('victim1@google.test', 'squatter1');
    const link = await newestLink(stage.server, 'victim1@google.test');
    const victim = await signUpByGoogle(stage, 'victim1', 'victim1@google.test');
    assert.equal((await signIn(newPerson(stage.server), 'victim1@google.test', attackersPassword)).status, 401);
    assert.equal((await signIn(newPerson(stage.server), 'squatter1', attackersPassword)).status, 401);
    assert.equal((await attacker.get(link)).status, 404);
    assert.equal(await isSignedIn(victim), true);
    assert.deepEqual(await waysInto('victim1'), onlyGoogle('victim1'));
  });

  test('classic-federated merge the other way: a login at a provider does not enter an account made by password', async () => {
    await insertPerson(stage.server, 'victim2', 'victim2@google.test');
    stage.google.people.set('attacker2', { email: 'victim2@google.test', email_verified: true });
    const attacker = newPerson(stage.server);
    assert.equal((await comeByGoogle(stage, attacker, 'attacker2')).status, 403);
    assert.equal((await attacker.get('/sign-up/finish')).location, '/sign-up');
    assert.equal(await isSignedIn(attacker), false);
    assert.equal((await comeByGitHub(stage, attacker, octocat(2, 'victim2@google.test'))).status, 403);
    assert.deepEqual(await rows(stage, `select 1 from shared.logins where account_id = $1`, await idOf('victim2')), []);
  });

  test('unexpired session: the browser that began the sign-up is not signed in when the owner comes', async () => {
    const attacker = await lieInWait('victim3@google.test', 'squatter3');
    const link = await newestLink(stage.server, 'victim3@google.test');
    const _csrf = await attacker.token(link);
    await signUpByGoogle(stage, 'victim3', 'victim3@google.test');
    assert.equal(await isSignedIn(attacker), false);
    assert.equal((await attacker.post(link, { _csrf })).status, 404);
    await attacker.submit('/sign-up/sent', {}, '/sign-up/resend').catch(() => {});
    assert.equal(await isSignedIn(attacker), false);
    assert.deepEqual(await waysInto('victim3'), onlyGoogle('victim3'));
  });

  test('unexpired session: one that was planted in the owner’s browser is worth nothing after the provider', async () => {
    stage.google.people.set('victim4', { email: 'victim4@google.test', email_verified: true });
    const attacker = newPerson(stage.server);
    await attacker.get('/sign-in');
    const victim = newPerson(stage.server);
    for (const [name, value] of attacker.cookies) victim.cookies.set(name, value);
    assert.equal((await comeByGoogle(stage, victim, 'victim4')).location, '/sign-up/finish');
    assert.notEqual(victim.cookies.get('session'), attacker.cookies.get('session'));
    assert.equal((await attacker.get('/sign-up/finish')).location, '/sign-up');
    const stolen = { username: 'stolen', workspaceName: 'Stolen' };
    assert.equal((await attacker.submit('/sign-in', stolen, '/sign-up/finish')).location, '/sign-in');
    const between = new Map(victim.cookies);
    await victim.submit('/sign-up/finish', { username: 'victim4', workspaceName: 'Mine' });
    for (const [name, value] of between) attacker.cookies.set(name, value);
    assert.equal(await isSignedIn(attacker), false, 'and the id changes once more with the sign-in');
    assert.deepEqual(await waysInto('victim4'), onlyGoogle('victim4'));
  });

  test('trojan identifier: a login or passkey of the attacker’s cannot wait in an account that is not there yet', async () => {
    const attacker = await lieInWait('victim5@google.test', 'squatter5');
    // Before the address is confirmed there is no session, and so no door to hang anything on.
    for (const door of ['/profile/logins/google', '/profile/logins/github', '/profile/passkeys']) {
      assert.equal((await attacker.submit('/sign-in', {}, door)).status, 401, door);
    }
    const [begun] = await rows(stage, `select id from shared.signups where username = 'squatter5'`);
    const hang = rows(
      stage,
      `insert into shared.logins (provider, subject, account_id, label) values ('github', '666', $1, 'trojan') returning 1`,
      begun?.id,
    );
    await assert.rejects(hang, /foreign key/);
    await signUpByGoogle(stage, 'victim5', 'victim5@google.test');
    assert.deepEqual(await waysInto('victim5'), onlyGoogle('victim5'));
  });

  test('unexpired change of address: one that waits for the owner’s address ends when the owner comes', async () => {
    await insertPerson(stage.server, 'attacker6');
    const attackerId = await idOf('attacker6');
    const { hash } = newToken();
    await rows(
      stage,
      `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
       values (gen_random_uuid(), $1, 'victim6@google.test', $2, now() + interval '1 hour') returning 1 as one`,
      attackerId,
      hash,
    );
    await signUpByGoogle(stage, 'victim6', 'victim6@google.test');
    assert.deepEqual(await waysInto('victim6'), onlyGoogle('victim6'));
    const [attacker] = await rows(stage, 'select email from shared.accounts where id = $1', attackerId);
    assert.equal(attacker?.email, 'attacker6@acme.test');
  });

  test('non-verifying provider: an address that nobody checked makes no account and enters none', async () => {
    await insertPerson(stage.server, 'victim7', 'victim7@google.test');
    for (const email of ['victim7@google.test', 'future7@google.test']) {
      stage.google.people.set(`attacker-${email}`, { email, email_verified: false });
      const attacker = newPerson(stage.server);
      const byGoogle = await comeByGoogle(stage, attacker, `attacker-${email}`);
      const byGitHub = await comeByGitHub(stage, attacker, octocat(7, email, { verified: false }));
      assert.deepEqual([byGoogle.status, byGitHub.status], [403, 403]);
      assert.equal(await isSignedIn(attacker), false);
    }
    assert.deepEqual(await rows(stage, `select 1 from shared.accounts where email = 'future7@google.test'`), []);
    const later = await signUpByGoogle(stage, 'owner7', 'future7@google.test');
    assert.equal(await isSignedIn(later), true);
    assert.deepEqual(await waysInto('owner7'), onlyGoogle('owner7'));
  });
});

describe('what is not vouched for', () => {
  test('an unverified address at Google, or none, makes nothing and says what to do (AC-4)', async () => {
    const unvouched = [{ email: 'x@google.test', email_verified: false }, { email: 'x@google.test' }, {}];
    for (const [at, claims] of unvouched.entries()) {
      stage.google.people.set(`unvouched-${at}`, claims);
      const person = newPerson(stage.server);
      const answer = await comeByGoogle(stage, person, `unvouched-${at}`);
      assert.equal(answer.status, 403);
      assert.match(answer.text, /Google has not verified your email address/);
      assert.equal((await person.get('/sign-up/finish')).location, '/sign-up');
    }
    assert.deepEqual((await refusals(stage)).slice(-3), ['unverified', 'unverified', 'unverified']);
  });

  test('at GitHub neither an unverified primary address nor a verified one beside it is taken (AC-5)', async () => {
    const [unverified] = octocat(5, 'x@hub.test', { verified: false }).emails;
    const [second] = octocat(5, 'y@hub.test', { primary: false }).emails;
    assert.ok(unverified && second);
    for (const emails of [[unverified], [second], [unverified, second]]) {
      const answer = await comeByGitHub(stage, newPerson(stage.server), { id: 5, login: 'o', emails });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /GitHub has not verified your email address/);
    }
  });

  test('somebody who is signed in is not sent out again, and without an answer the callback does nothing', async () => {
    const person = newPerson(stage.server);
    assert.equal((await person.get('/sign-in/google/callback')).location, '/sign-in');
    const home = await signUpByGoogle(stage, 'home', 'home@google.test');
    const away = await home.submit('/profile', { next: '' }, '/sign-in/google');
    assert.equal(away.location, '/w/home-co');
    assert.equal((await home.get('/sign-in/google/callback')).location, '/sign-in');
    const address = await leaveFor(newPerson(stage.server), 'google', '//evil.example');
    assert.equal(new URL(address).origin, stage.google.issuer);
  });
});
