import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newAuthenticator, type Quirks } from '../../../support/authenticator.js';
import { signedIn } from '../factors.js';
import { newPerson, sameBytes } from '../people.js';
import { askedOf, enter, register, registering, signingIn } from './asking.js';
import { events, isIn, keeper, openStage, rows, server, signInWith, subjects } from './stage.js';

openStage();

describe('what an authenticator answers is refused', () => {
  const quirks: Readonly<Record<string, Quirks>> = {
    'from another origin': { origin: 'https://evil.example' },
    'from the same host at another port': { origin: 'http://localhost:1' },
    'for another host': { rpId: 'evil.example' },
    'from inside a frame of somebody else': { crossOrigin: true },
    'without anybody touching it': { isPresent: false, isVerified: false },
    'to a challenge that nobody gave out': { challenge: 'A'.repeat(43) },
  };

  test('when it makes a passkey (V6.8.3, AC-7)', async () => {
    const { id, person } = await signedIn(server, 'maker');
    const all = { ...quirks, 'as if it were a sign-in': { type: 'webauthn.get' } };
    for (const [what, quirk] of Object.entries(all)) {
      const credential = newAuthenticator(server.origin).create(await registering(person), quirk);
      const answer = await register(person, credential);
      assert.equal(answer.status, 422, what);
      assert.match(answer.text, /was not accepted|took too long/, what);
    }
    assert.deepEqual(await rows('select id from shared.passkeys where account_id = $1', id), []);
  });

  test('when it signs in, always with the same words (V6.3.8, AC-7)', async () => {
    const { id, passkey } = await keeper('signer');
    const { passkey: other } = await keeper('other-signer');
    const all: Readonly<Record<string, Quirks>> = {
      ...quirks,
      'as if it were made anew': { type: 'webauthn.create' },
      'with another key': { isForged: true },
      'in the name of somebody else': { userHandle: 'AAAA' },
      'in nobody’s name': { userHandle: null },
      'as one that may be copied, when it was not made so': { isSynced: true },
    };
    const words = new Set<string>();
    for (const [what, quirk] of Object.entries(all)) {
      const { person, answer } = await signInWith(passkey, quirk);
      assert.equal(answer.location, '/sign-in', what);
      assert.ok(!(await isIn(person)), what);
      words.add(/notice danger[\s\S]*?<p[^>]*>([^<]*)/.exec((await person.get('/sign-in')).text)?.[1] ?? what);
    }
    assert.ok(words.size <= 2, [...words].join(' | '));
    const unknown = await signInWith(newAuthenticator(server.origin), { userHandle: 'AAAA' });
    const forged = await signInWith(other, { isForged: true });
    assert.equal(sameBytes(unknown.answer), sameBytes(forged.answer), 'a known key and an unknown one');
    assert.deepEqual((await events(id)).filter((event) => event === 'account.signed-in').length, 1);
  });

  test('when it did not verify its user and is to be the only factor (V6.3.3, V6.5.7)', async () => {
    const { person: owner, passkey } = await keeper('touched', { isVerified: false });
    assert.match((await owner.get('/profile/passkeys')).text, />Second step</);
    const { person, answer } = await signInWith(passkey, { isVerified: false });
    assert.equal(answer.location, '/sign-in');
    assert.ok(!(await isIn(person)));
    assert.match((await person.get('/sign-in')).text, /did not check a PIN/);
  });

  test('twice, also when both come at once (V6.5.1, V6.8.3)', async () => {
    const { passkey } = await keeper('repeater');
    const person = newPerson(server);
    const credential = passkey.get(await signingIn(person));
    const _csrf = await person.token('/sign-in');
    const cookies = new Map(person.cookies);
    const tries = Array.from({ length: 20 }, () => {
      const twin = newPerson(server);
      for (const [name, value] of cookies) twin.cookies.set(name, value);
      return twin;
    });
    await Promise.all(tries.map((twin) => twin.post('/sign-in/passkey', { credential, next: '', _csrf })));
    const inside = await Promise.all(tries.map(isIn));
    assert.equal(inside.filter(Boolean).length, 1);
  });

  test('when the challenge was another browser’s, another purpose’s, another account’s, or old (V6.6.2)', async () => {
    const { id, person, passkey } = await keeper('asked');
    const thief = newPerson(server);
    assert.equal((await enter(thief, passkey.get(await signingIn(newPerson(server))))).location, '/sign-in');
    assert.ok(!(await isIn(thief)), 'of another browser');
    const forProof = await askedOf(person, '/profile/passkeys/proof-challenge');
    await enter(thief, passkey.get(forProof));
    assert.ok(!(await isIn(thief)), 'of a proof');

    const { person: stranger } = await signedIn(server, 'not-asked');
    const made = newAuthenticator(server.origin).create(await registering(person));
    assert.equal((await register(stranger, made)).status, 422, 'a registration of another account');

    const late = newPerson(server);
    const credential = passkey.get(await signingIn(late));
    await rows(`update shared.passkey_challenges set expires_at = now() - interval '1 second'`);
    await enter(late, credential);
    assert.ok(!(await isIn(late)), 'after five minutes');
    assert.equal((await rows('select id from shared.passkeys where account_id = $1', id)).length, 1);
  });

  test('when it counts backwards, which is an event and a mail (WebAuthn 6.1.1)', async () => {
    const { id, email, passkey } = await keeper('cloned', { counter: 7 });
    assert.ok(await isIn((await signInWith(passkey, { counter: 9 })).person));
    for (const counter of [9, 8, 0]) {
      const { person } = await signInWith(passkey, { counter });
      assert.ok(!(await isIn(person)), `${counter}`);
      assert.match((await person.get('/sign-in')).text, /a copy of it may be in use/);
    }
    const refusals = await rows(
      `select outcome, details from shared.account_events where account_id = $1 and event = 'account.passkey-refused'`,
      id,
    );
    assert.deepEqual(refusals, Array(3).fill({ outcome: 'refused', details: { reason: 'counter' } }));
    assert.equal((await subjects(email)).filter((subject) => subject.includes('was refused')).length, 3);
    assert.ok(await isIn((await signInWith(passkey, { counter: 10 })).person), 'the original goes on');
  });

  test('as one that never counts, it may stay at nought', async () => {
    const { passkey } = await keeper('uncounted', { counter: 0 });
    for (const _ of [1, 2]) assert.ok(await isIn((await signInWith(passkey, { counter: 0 })).person));
  });

  test('when it belongs to an account already, also to somebody else’s', async () => {
    const { passkey } = await keeper('first-owner');
    const { id, person } = await signedIn(server, 'second-owner');
    assert.equal((await register(person, passkey.create(await registering(person)))).status, 409);
    assert.deepEqual(await rows('select id from shared.passkeys where account_id = $1', id), []);
  });

  test('when it is no such answer at all, with a text that says so (V2.2.1)', async () => {
    const { person, passkey } = await keeper('malformed');
    const right = JSON.parse(passkey.get(await signingIn(newPerson(server))));
    const odd = ['', 'x', '{', 'null', '[]', '{}', '1e999', '"\u0000"', 'x'.repeat(70_000)].concat(
      [
        { ...right, id: '%%' },
        { ...right, rawId: 7 },
        { ...right, type: 'password' },
        { ...right, response: null },
        { ...right, response: { ...right.response, clientDataJSON: 'bm8' } },
        { ...right, response: { ...right.response, clientDataJSON: 'e30' } },
        { ...right, response: { ...right.response, signature: '' } },
      ].map((value) => JSON.stringify(value)),
    );
    const visitor = newPerson(server);
    const tokens = [await visitor.token('/sign-in'), await person.token('/profile/passkeys/new')] as const;
    for (const credential of odd) {
      const entering = await visitor.post('/sign-in/passkey', { credential, _csrf: tokens[0] });
      const adding = await person.post('/profile/passkeys', { credential, name: 'Odd', _csrf: tokens[1] });
      assert.deepEqual([entering.status, adding.status], [422, 422], credential.slice(0, 200));
      assert.match(entering.text, /What arrived is not a passkey/);
    }
    const twice = await visitor.send('/sign-in/passkey', {
      method: 'POST',
      body: new URLSearchParams([
        ['credential', '{}'],
        ['credential', '{}'],
        ['_csrf', tokens[0]],
      ]),
      headers: { Origin: server.origin },
    });
    assert.equal(twice.status, 422);
    const cut = { ...right, response: { ...right.response, authenticatorData: 'AAAA', signature: 'AAAA' } };
    assert.equal((await enter(visitor, JSON.stringify(cut))).location, '/sign-in', 'cut short');
  });
});
