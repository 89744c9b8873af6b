import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { invitationTo } from '../../members/invitations/mailbox.js';
import { act, openTeam } from '../../members/team.js';
import { insertWithApp } from '../factors.js';
import { goodPassword, insertPerson, mailsTo, newPerson, type Person, signIn } from '../people.js';
import { stage } from './opened.js';
import {
  backFromGitHub,
  comeByGitHub,
  comeByGoogle,
  isSignedIn,
  octocat,
  pathOf,
  rows,
  signUpByGoogle,
} from './stage.js';

async function eventsOfAccount(username: string): Promise<string[]> {
  const found = await rows(
    stage,
    `select event || ' ' || outcome as line from shared.account_events e join shared.accounts a on a.id = e.account_id
     where a.username = $1 order by at, e.id`,
    username,
  );
  return found.map(({ line }) => String(line));
}

async function signedInPerson(username: string): Promise<Person> {
  await insertPerson(stage.server, username);
  const person = newPerson(stage.server);
  assert.equal((await signIn(person, username)).status, 303);
  return person;
}

/** From the profile to the provider and back. */
async function connect(person: Person, subject: string) {
  const out = await person.submit('/profile/logins/google', {});
  return person.get(pathOf(await stage.google.walk(out.location, subject)));
}

describe('somebody new', () => {
  test('comes by Google, chooses a name and has an account, a workspace and no password (AC-4)', async () => {
    const ada = await signUpByGoogle(stage, 'ada', 'ada@google.test');
    assert.equal((await ada.get('/')).location, '/w/ada-co');
    const [account] = await rows(
      stage,
      `select a.email, a.password_hash, l.subject, l.label from shared.accounts a
       join shared.logins l on l.account_id = a.id where a.username = 'ada'`,
    );
    assert.deepEqual(account, {
      email: 'ada@google.test',
      password_hash: null,
      subject: 'ada',
      label: 'ada@google.test',
    });
    assert.deepEqual(await eventsOfAccount('ada'), ['account.login-linked done', 'account.signed-in done']);
  });

  test('the provider is asked with S256, a nonce, a state and no more than the address (V10.2.1, V10.4.6, V10.4.11)', async () => {
    const params = stage.google.seen.find(({ path }) => path === '/auth')?.params ?? {};
    assert.equal(params.response_type, 'code');
    assert.equal(params.scope, 'openid email');
    assert.equal(params.code_challenge_method, 'S256');
    assert.equal(params.redirect_uri, `${stage.server.origin}/sign-in/google/callback`);
    for (const name of ['code_challenge', 'state', 'nonce']) assert.match(String(params[name]), /^[\w-]{43}$/, name);
    const token = stage.google.seen.find(({ path }) => path === '/token');
    assert.match(String(token?.params.code_verifier), /^[\w-]{43}$/);
  });

  test('the access token travels in a header and is kept nowhere (AC-4, V10.1.1)', async () => {
    const { authorization, address } = stage.google.seen.find(({ path }) => path === '/userinfo') ?? {};
    const token = authorization?.replace('Bearer ', '') ?? '';
    assert.ok(token.length > 20);
    assert.doesNotMatch(address ?? '', /access_token/);
    assert.equal(await isKeptAnywhere(token), false);
  });

  test('comes back by the same login to the same account, whatever its address there is now (V10.5.2, V6.8.1)', async () => {
    stage.google.people.set('ada', { email: 'ada@elsewhere.test', email_verified: true });
    const person = newPerson(stage.server);
    assert.equal((await comeByGoogle(stage, person, 'ada', '/profile?x=1')).location, '/profile?x=1');
    assert.match((await person.get('/profile')).text, /ada@google\.test/);
    const [login] = await rows(
      stage,
      `select last_used_at is not null as used from shared.logins where subject = 'ada'`,
    );
    assert.equal(login?.used, true);
  });

  test('comes by GitHub with a verified primary address; of the token nothing is kept but whose it was (AC-5)', async () => {
    const person = newPerson(stage.server);
    const hubby = octocat(4711, 'hub@hub.test');
    assert.equal((await comeByGitHub(stage, person, hubby)).location, '/sign-up/finish');
    const form = await person.get('/sign-up/finish');
    assert.match(form.text, /GitHub has confirmed your address <bdi>hub@hub\.test<\/bdi>/);
    const made = await person.submit('/sign-up/finish', { username: 'hub', workspaceName: 'Hub' });
    assert.equal(made.location, '/w/hub');
    const token = stage.github.tokens.at(-1) ?? '';
    assert.match(token, /^gho_/);
    assert.equal(await isKeptAnywhere(token), false);
    assert.equal(
      (await comeByGitHub(stage, newPerson(stage.server), { ...hubby, login: 'renamed' })).location,
      '/w/hub',
    );
  });

  test('a name that is taken is said at its field, and what was typed stays (AC-1)', async () => {
    stage.google.people.set('eve', { email: 'eve@google.test', email_verified: true });
    const eve = newPerson(stage.server);
    await comeByGoogle(stage, eve, 'eve');
    const taken = await eve.submit('/sign-up/finish', { username: 'ada', workspaceName: 'Eve’s' });
    assert.equal(taken.status, 422);
    assert.match(taken.text, /The username ada is taken/);
    assert.match(taken.text, /value="Eve’s"/);
    assert.equal((await eve.submit('/sign-up/finish', { username: '', workspaceName: '' })).status, 422);
    assert.equal(await isSignedIn(eve), false);
  });

  test('on the way to an invitation needs no workspace and arrives there (MB-2)', async () => {
    const acme = await openTeam(stage.server, 'Acme', 'alice');
    await act(acme, acme.owner, '/members/invitations', { email: 'guest@google.test', role: 'member' });
    const link = await invitationTo(stage.server, 'guest@google.test');
    stage.google.people.set('guest', { email: 'guest@google.test', email_verified: true });
    const guest = newPerson(stage.server);
    assert.match((await guest.get(link)).text, /action="\/sign-in\/google"/);
    await comeByGoogle(stage, guest, 'guest', link);
    assert.doesNotMatch((await guest.get('/sign-up/finish')).text, /workspaceName/);
    assert.equal((await guest.submit('/sign-up/finish', { username: 'guest' })).location, link);
    assert.equal((await guest.submit(link, {}, `${link}/acceptance`)).location, acme.home);
  });
});

/** In any text of any table that the installation has. */
async function isKeptAnywhere(secret: string): Promise<boolean> {
  const tables = await rows(
    stage,
    `select schemaname || '.' || tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  assert.ok(tables.length > 20);
  for (const { name } of tables) {
    const found = await rows(stage, `select 1 as one from ${name} t where strpos(t::text, $1) > 0 limit 1`, secret);
    if (found.length > 0) return true;
  }
  return false;
}

describe('whose address has an account already', () => {
  test('is not let in: they sign in as before, connect the login, and then it opens (AC-12)', async () => {
    await insertPerson(stage.server, 'bob', 'bob@google.test');
    stage.google.people.set('bob-there', { email: 'Bob@Google.test', email_verified: true });
    const bob = newPerson(stage.server);
    const answer = await comeByGoogle(stage, bob, 'bob-there', '/workspaces');
    assert.equal(answer.status, 403);
    assert.match(answer.text, /Only its owner may connect Google/);
    assert.equal(await isSignedIn(bob), false);
    assert.deepEqual(await rows(stage, `select 1 from shared.logins where subject = 'bob-there'`), []);
    assert.match((await mailsTo(stage.server, 'bob@google.test')).at(-1)?.text ?? '', /was not opened/);
    await comeByGoogle(stage, newPerson(stage.server), 'bob-there');
    assert.equal((await mailsTo(stage.server, 'bob@google.test')).length, 1, 'one mail a day');

    const way = /href="(\/sign-in\?next=[^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const next = new URL(way, stage.server.origin).searchParams.get('next') ?? '';
    assert.equal(next, '/profile/logins/google?next=%2Fworkspaces');
    assert.equal((await signIn(bob, 'bob', goodPassword, next)).location, next);
    const out = await bob.submit(next, { next: '/workspaces' }, '/profile/logins/google');
    const back = await stage.google.walk(out.location, 'bob-there');
    assert.equal((await bob.get(pathOf(back))).location, '/workspaces');
    assert.match(
      (await mailsTo(stage.server, 'bob@google.test')).map(({ subject }) => subject).join(),
      /Google was connected/,
    );
    assert.equal((await comeByGoogle(stage, newPerson(stage.server), 'bob-there')).location, '/workspaces');
    assert.ok((await eventsOfAccount('bob')).includes('account.sign-in-refused refused'));
  });
});

test('a second factor is asked for after a provider, too (AC-6)', async () => {
  const { id, app } = await insertWithApp(stage.server, 'twice');
  await rows(
    stage,
    `insert into shared.logins (provider, subject, account_id, label) values ('google', 'twice', $1, 'x') returning 1 as one`,
    id,
  );
  stage.google.people.set('twice', { email: 'twice@google.test', email_verified: true });
  const person = newPerson(stage.server);
  const { location } = await comeByGoogle(stage, person, 'twice', '/workspaces');
  assert.match(location, /^\/login\/verify\/[\w-]{43}$/);
  assert.equal(await isSignedIn(person), false);
  const passed = await person.submit(location, { proof: 'authenticator', proof_authenticator: await app.code() });
  assert.equal(passed.location, '/workspaces', passed.text);
});

describe('the logins of an account', () => {
  test('connecting and removing one asks for a fresh proof, on a page whose form may lead to the provider (AC-11)', async () => {
    const carl = await signedInPerson('carl');
    await rows(
      stage,
      `update shared.sessions set sess = jsonb_set(sess::jsonb, '{provenAt}', '0')::json returning 1 as one`,
    );
    const asked = await carl.submit('/profile/logins/google', {});
    assert.equal(asked.status, 403);
    assert.match(asked.text, /proof_password/);
    assert.ok(asked.headers.get('content-security-policy')?.includes(`form-action 'self' ${stage.google.issuer}`));
    assert.equal((await carl.submit('/profile', {}, '/profile/logins/google/deletion')).status, 403);
    assert.equal((await newPerson(stage.server).get('/profile/logins/google')).status, 303);
  });

  test('one that opens another account, or a second of the same provider, is refused (V10.5.2)', async () => {
    const dora = await signedInPerson('dora');
    await connect(dora, 'ada');
    assert.match((await dora.get('/profile/security')).text, /opens another account here/);
    stage.google.people.set('dora-1', { email: 'd1@google.test', email_verified: true });
    stage.google.people.set('dora-2', { email: 'd2@google.test', email_verified: true });
    await connect(dora, 'dora-1');
    assert.match((await dora.get('/profile/security')).text, /Google is connected/);
    await connect(dora, 'dora-2');
    assert.match((await dora.get('/profile/security')).text, /Another Google account is connected already/);
    const refused = (await eventsOfAccount('dora')).filter((line) => line === 'account.login-linked refused');
    assert.equal(refused.length, 2);
  });

  test('one is removed with a mail, and opens nothing any more (AC-9)', async () => {
    const dora = newPerson(stage.server);
    await signIn(dora, 'dora');
    assert.equal((await dora.submit('/profile', {}, '/profile/logins/google/deletion')).status, 303);
    assert.match((await mailsTo(stage.server, 'dora@acme.test')).at(-1)?.subject ?? '', /Google was removed/);
    assert.equal((await comeByGoogle(stage, newPerson(stage.server), 'dora-1')).location, '/sign-up/finish');
    assert.equal((await dora.submit('/profile', {}, '/profile/logins/google/deletion')).status, 404);
  });

  test('the last way in stays, also when two are removed at the same moment (AC-9)', async () => {
    const ada = newPerson(stage.server);
    await comeByGoogle(stage, ada, 'ada');
    await ada.submit('/profile', {}, '/profile/logins/google/deletion');
    assert.match((await ada.get('/profile/security')).text, /Google is your only way in/);
    const out = await ada.submit('/profile/logins/github', {});
    stage.github.person = octocat(99, 'ada@hub.test');
    await ada.get(pathOf(await backFromGitHub(out.location)));
    const count = async () =>
      (await rows(stage, `select 1 from shared.logins where label in ('ada@google.test', 'octocat99')`)).length;
    assert.equal(await count(), 2);
    const _csrf = await ada.token('/profile');
    await Promise.all(
      ['google', 'github', 'google', 'github'].map((name) => ada.post(`/profile/logins/${name}/deletion`, { _csrf })),
    );
    assert.equal(await count(), 1);
  });
});
