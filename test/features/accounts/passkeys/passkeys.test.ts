import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newAuthenticator } from '../../../support/authenticator.js';
import { atSecondStep, makeStale, signedIn } from '../factors.js';
import { newPerson, type Person, signIn } from '../people.js';
import { askedOf, enter, register, registering, signingIn } from './asking.js';
import { events, idOf, isIn, keeper, openStage, rows, server, signInWith, subjects } from './stage.js';

openStage();

describe('a passkey', () => {
  test('is added, listed and told of, and signs in without a name or a password (AC-7)', async () => {
    const { id, email, person, passkey } = await keeper('adder', { isSynced: true });
    assert.match((await person.get('/profile/security')).text, /The passkey was added\. Now make recovery codes/);
    const { text } = await person.get('/profile/passkeys');
    assert.match(text, /Laptop/);
    assert.match(text, /Sign-in and second step/);
    assert.match(text, /Synced between devices/);
    assert.match(text, /Not yet/);
    assert.ok((await subjects(email)).some((subject) => subject.includes('A passkey was added')));
    const { person: elsewhere, answer } = await signInWith(passkey, { isSynced: true });
    assert.equal(answer.status, 303, answer.text);
    assert.ok(await isIn(elsewhere));
    assert.doesNotMatch((await elsewhere.get('/profile/passkeys')).text, /Not yet/);
    assert.deepEqual(await events(id), ['account.signed-in', 'account.passkey-added', 'account.signed-in']);
  });

  test('leads where the person wanted to go, and nowhere else (V10.2.1, V3.7.2)', async () => {
    const { passkey } = await keeper('goer');
    for (const [next, location] of [
      ['/profile/passkeys', '/profile/passkeys'],
      ['//evil.example/', '/workspaces'],
    ] as const) {
      const person = newPerson(server);
      const answer = await enter(person, passkey.get(await signingIn(person)), next);
      assert.equal(answer.location, location);
    }
  });

  test('is asked for with what Level 3 says: our name, known keys left out, nothing about the person', async () => {
    const { id, person, passkey } = await keeper('asker');
    const asked = JSON.stringify(await registering(person));
    assert.match(asked, /"rp":\{"name":"Bailiwick","id":"localhost"\}/);
    assert.match(asked, /"residentKey":"preferred","userVerification":"preferred"/);
    assert.match(asked, /"attestation":"none"/);
    assert.ok(asked.includes(`"excludeCredentials":[{"id":"${passkey.id}"`));
    assert.ok(asked.includes(`"user":{"id":"${Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')}"`));
    const open = JSON.stringify(await signingIn(newPerson(server)));
    assert.match(open, /"rpId":"localhost"/);
    assert.match(open, /"userVerification":"required"/);
    assert.doesNotMatch(open, /allowCredentials/);
  });

  test('has a name that its owner chooses, and only its owner', async () => {
    const { id, person } = await keeper('namer');
    const path = `/profile/passkeys/${await idOf(id)}`;
    assert.equal((await person.submit(path, { name: '  Blue key ' }, `${path}/name`)).location, '/profile/passkeys');
    assert.match((await person.get('/profile/passkeys')).text, />Blue key</);
    for (const name of ['', ' ', 'x'.repeat(61), 'left\u202eright']) {
      assert.equal((await person.submit(path, { name }, `${path}/name`)).status, 422, JSON.stringify(name));
    }
    const { person: stranger } = await signedIn(server, 'not-namer');
    for (const [action, fields] of [
      ['name', { name: 'Mine' }],
      ['removal', {}],
    ] as const) {
      assert.equal((await stranger.submit('/profile/passkeys/new', fields, `${path}/${action}`)).status, 404);
    }
    assert.match((await person.get(path)).text, /Blue key/);
  });

  test('that was removed signs in no more, and its owner is told (V7.4.2, V6.3.7)', async () => {
    const { id, email, person, passkey } = await keeper('remover');
    const path = `/profile/passkeys/${await idOf(id)}/removal`;
    assert.equal((await person.submit(path, {})).location, '/profile/passkeys');
    const { person: elsewhere, answer } = await signInWith(passkey);
    assert.equal(answer.location, '/sign-in');
    assert.ok(!(await isIn(elsewhere)));
    assert.ok((await subjects(email)).some((subject) => subject.includes('A passkey was removed')));
    assert.equal((await person.get(path)).status, 404);
  });

  test('that is the last way in stays, and of two only one goes when both are removed at once', async () => {
    const { id, person } = await keeper('last');
    const second = newAuthenticator(server.origin);
    await register(person, second.create(await registering(person)), 'Phone');
    await rows('update shared.accounts set password_hash = null where id = $1', id);
    const ids = await rows('select id from shared.passkeys where account_id = $1', id);
    const _csrf = await person.token('/profile/passkeys/new');
    const answers = await Promise.all(ids.map((row) => person.post(`/profile/passkeys/${row.id}/removal`, { _csrf })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409]);
    const path = `/profile/passkeys/${await idOf(id)}/removal`;
    assert.match((await person.get(path)).text, /the only way into your account/);
    assert.equal((await person.post(path, { _csrf })).status, 409);
  });

  test('is added and removed only after a fresh proof (AC-11, V7.5.3)', async () => {
    const { id, person, passkey } = await keeper('stale');
    const another = newAuthenticator(server.origin);
    const credential = another.create(await registering(person));
    const path = `/profile/passkeys/${await idOf(id)}/removal`;
    const _csrf = await person.token('/profile/passkeys/new');
    await makeStale(server, id);
    const asked = await person.post('/profile/passkeys', { name: 'Carried', credential, _csrf });
    assert.equal(asked.status, 403);
    assert.equal((await person.post(path, { _csrf })).status, 403);
    assert.equal((await rows('select from shared.passkeys where account_id = $1', id)).length, 1);

    const token = await person.token('/profile/passkeys');
    const post = (signed: string) =>
      person.post('/profile/passkeys', {
        ...{ name: 'Carried', credential, proof: 'passkey', proof_passkey: signed },
        _csrf: token,
      });
    const proofOptions = () => askedOf(person, '/profile/passkeys/proof-challenge', '/profile/passkeys');
    assert.equal((await post(passkey.get(await proofOptions(), { isVerified: false }))).status, 422);
    assert.equal((await post(passkey.get(await signingIn(newPerson(server))))).status, 422, 'signed for a sign-in');
    assert.equal((await post(passkey.get(await proofOptions()))).location, '/profile/security');
    assert.match((await person.get('/profile/passkeys')).text, /Carried/);
  });
});

describe('a passkey as the second step', () => {
  const stepOptions = (person: Person, step: string) => askedOf(person, `${step}/passkey`, step);
  const show = (person: Person, step: string, credential: string) =>
    person.submit(step, { proof: 'passkey', proof_passkey: credential });

  test('comes after the password, and a touch is enough (AC-6, V6.3.3)', async () => {
    const { id, passkey } = await keeper('stepper', { isVerified: false });
    const person = newPerson(server);
    const step = await atSecondStep(person, 'stepper');
    assert.ok(!(await isIn(person)));
    const asked = await stepOptions(person, step);
    assert.ok(JSON.stringify(asked).includes(`"allowCredentials":[{"id":"${passkey.id}"`));
    const credential = passkey.get(asked, { isVerified: false, userHandle: null });
    assert.equal((await show(person, step, credential)).location, '/workspaces');
    assert.ok(await isIn(person));
    const [event] = await rows(
      `select details from shared.account_events where account_id = $1 order by at desc, id desc limit 1`,
      id,
    );
    assert.match(JSON.stringify(event), /password passkey/);
  });

  test('is not a passkey of somebody else, nor what was signed for a sign-in or by another browser (V6.6.2)', async () => {
    const { passkey } = await keeper('stepped');
    const { passkey: foreign } = await keeper('not-stepped');
    const person = newPerson(server);
    const step = await atSecondStep(person, 'stepped');
    const elsewhere = newPerson(server);
    const other = await atSecondStep(elsewhere, 'stepped');
    const refused = [
      foreign.get(await stepOptions(person, step)),
      passkey.get(await signingIn(newPerson(server))),
      passkey.get(await stepOptions(elsewhere, other)),
    ];
    for (const credential of refused) assert.equal((await show(person, step, credential)).status, 401);
    assert.ok(!(await isIn(person)));
    const stranger = await newPerson(server).post(`${step}/passkey`, {});
    assert.equal(stranger.status, 403, 'the link alone asks for nothing');
  });

  test('takes what hangs on it along when it is removed, and stays while a short password needs it (V6.2.1)', async () => {
    const { id, person } = await keeper('shorty');
    await rows('update shared.accounts set short_password = true where id = $1', id);
    const path = `/profile/passkeys/${await idOf(id)}/removal`;
    const refused = await person.submit(path, {});
    assert.equal(refused.status, 409);
    assert.match(refused.text, /Your password is short/);
    await rows('update shared.accounts set short_password = false where id = $1', id);
    await rows(`insert into shared.recovery_codes (account_id, label, code_hash) values ($1, 'abcd', 'x')`, id);
    assert.equal((await person.submit(path, {})).status, 303);
    assert.deepEqual(await rows('select from shared.recovery_codes where account_id = $1', id), []);
    assert.equal((await signIn(newPerson(server), 'shorty')).location, '/workspaces', 'one step again');
  });
});

test('the doors are counted, and challenges that ran out are swept (CR-5)', async () => {
  const person = newPerson(server);
  const _csrf = await person.token('/sign-in');
  const ask = () => person.post('/sign-in/passkey/challenge', { _csrf }, { accept: 'application/json' });
  assert.equal((await ask()).status, 200);
  await rows(`update shared.rate_limits set hits = 600 where key like 'passkey-sign-in-challenge:%'`);
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.ok(refused.headers.has('retry-after'));
  assert.match(JSON.parse(refused.text).detail, /too often/);
  await rows(`delete from shared.rate_limits where key like 'passkey-sign-in-challenge:%'`);
  const { sweep } = await import('../../../../src/features/accounts/sign-in/jobs.js');
  await rows(`update shared.passkey_challenges set expires_at = now() - interval '1 second'`);
  await sweep.run({});
  assert.deepEqual(await rows('select from shared.passkey_challenges'), []);
});
