import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newPerson } from '../people.js';
import { evil, stage } from './opened.js';
import {
  answerFor,
  assertRefused,
  backFromGitHub,
  depart,
  pathOf,
  rows,
  signUpByGoogle,
  withParameters,
} from './stage.js';

/** Changes the journey in the session that was written last. */
async function changeJourney(change: string): Promise<void> {
  const newest = `select sid from shared.sessions where sess::jsonb ? 'journey' order by sess::jsonb -> 'journey' -> 'begunAt' desc limit 1`;
  const done = await rows(
    stage,
    `update shared.sessions set sess = (${change})::json where sid = (${newest}) returning 1 as one`,
  );
  assert.equal(done.length, 1);
}

describe('an answer that this browser did not ask for (V10.1.2, V10.2.1)', () => {
  test('without a state, with an invented one, or with several, gives no session', async () => {
    for (const query of ['code=x', 'code=x&state=', 'code=x&state=invented', 'code=x&state=a&state=b', 'state=x']) {
      const { person } = await depart(stage);
      await assertRefused(stage, person, await person.get(`/sign-in/google/callback?${query}`), 'state');
    }
  });

  test('that was given to somebody else opens neither their account nor ours (login CSRF)', async () => {
    const mallory = await depart(stage);
    const theirs = await answerFor(stage, 'mallory', mallory.address);
    const stranger = newPerson(stage.server);
    await assertRefused(stage, stranger, await stranger.get(theirs), 'state');
    const victim = await depart(stage);
    await assertRefused(stage, victim.person, await victim.person.get(theirs), 'state');
    const own = await answerFor(stage, 'victim', victim.address);
    assert.equal((await victim.person.get(own)).location, '/sign-up/finish', 'and the way that was begun goes on');
  });

  test('is not connected to the account of somebody who is signed in, who can read of it', async () => {
    const owner = await signUpByGoogle(stage, 'owner', 'owner@stage.test');
    const theirs = await answerFor(stage, 'mallory', (await depart(stage)).address);
    assert.equal((await owner.get(theirs)).status, 403);
    const out = await owner.submit('/profile/logins/github', {});
    const mixed = withParameters(theirs, { state: new URL(out.location).searchParams.get('state') ?? '' });
    assert.equal((await owner.get(mixed)).status, 403);
    const connected = await rows(stage, `select 1 from shared.logins where subject = 'mallory'`);
    assert.deepEqual(connected, []);
    const events = await rows(
      stage,
      `select outcome from shared.account_events e join shared.accounts a on a.id = e.account_id
       where event = 'account.login-linked' and username = 'owner' order by at, e.id`,
    );
    assert.deepEqual(
      events.map(({ outcome }) => outcome),
      ['done', 'refused', 'refused'],
    );
  });

  test('is taken once, however often and however fast it comes', async () => {
    const { person, address } = await depart(stage);
    const answer = await answerFor(stage, 'victim', address);
    const copies = await Promise.all(
      Array.from({ length: 5 }, () => {
        const copy = newPerson(stage.server);
        for (const [name, value] of person.cookies) copy.cookies.set(name, value);
        return copy.get(answer);
      }),
    );
    assert.deepEqual(copies.map(({ status }) => status).sort(), [303, 403, 403, 403, 403]);
    await assertRefused(stage, person, await person.get(answer), 'state');
  });

  test('is too late after ten minutes', async () => {
    const { person, address } = await depart(stage);
    await changeJourney(`jsonb_set(sess::jsonb, '{journey,begunAt}', '0')`);
    await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', address)), 'state');
  });
});

describe('two providers, one of them hostile (mix-up, V10.2.2)', () => {
  test('an answer of another server is known by its name, and no code goes to the wrong one (V10.2.2)', async () => {
    const { person, address } = await depart(stage);
    const asked = stage.google.seen.filter(({ path }) => path === '/token').length;
    const back = await evil.walk(address.replace(stage.google.issuer, evil.issuer), 'victim');
    assert.equal(new URL(back).searchParams.get('iss'), evil.issuer);
    await assertRefused(stage, person, await person.get(pathOf(back)), 'issuer');
    const failed = await depart(stage);
    const error = `/sign-in/google/callback?error=access_denied&iss=${encodeURIComponent(evil.issuer)}`;
    const state = new URL(failed.address).searchParams.get('state') ?? '';
    await assertRefused(stage, failed.person, await failed.person.get(withParameters(error, { state })), 'issuer');
    assert.equal(stage.google.seen.filter(({ path }) => path === '/token').length, asked);
    assert.equal(evil.seen.filter(({ path }) => path === '/token').length, 0);
  });

  test('a state that GitHub was given does not count at Google’s door, nor the other way', async () => {
    const { person, address } = await depart(stage, 'github');
    const state = new URL(address).searchParams.get('state') ?? '';
    // A hostile GitHub sends the browser on to Google, to be shown the code that comes back.
    const lured = withParameters(await answerFor(stage, 'victim', (await depart(stage)).address), { state });
    await assertRefused(stage, person, await person.get(lured), 'state');
    const other = await depart(stage);
    const back = pathOf(await backFromGitHub((await depart(stage, 'github')).address));
    const crossed = withParameters(back, { state: new URL(other.address).searchParams.get('state') ?? '' });
    await assertRefused(stage, other.person, await other.person.get(crossed), 'state');
  });
});

describe('a code in the wrong hands (V10.2.1, V10.4.6)', () => {
  test('swapped into another browser’s answer is refused by the provider, for the verifier is another (V10.1.2)', async () => {
    const code =
      new URL(await answerFor(stage, 'mallory', (await depart(stage)).address), 'http://x').searchParams.get('code') ??
      '';
    const victim = await depart(stage);
    const swapped = withParameters(await answerFor(stage, 'victim', victim.address), { code });
    await assertRefused(stage, victim.person, await victim.person.get(swapped), 'exchange');
    const hub = await depart(stage, 'github');
    const stolen =
      new URL(await backFromGitHub((await depart(stage, 'github')).address)).searchParams.get('code') ?? '';
    const crossed = withParameters(pathOf(await backFromGitHub(hub.address)), { code: stolen });
    await assertRefused(stage, hub.person, await hub.person.get(crossed), 'exchange');
  });

  test('used before, or without a verifier, or with another one, opens nothing', async () => {
    const first = await depart(stage);
    const answer = await answerFor(stage, 'victim', first.address);
    await first.person.get(answer);
    const code = new URL(answer, 'http://x').searchParams.get('code') ?? '';
    const again = await depart(stage);
    const replayed = withParameters(await answerFor(stage, 'victim', again.address), { code });
    await assertRefused(stage, again.person, await again.person.get(replayed), 'exchange');
    for (const change of [
      `sess::jsonb #- '{journey,verifier}'`,
      `jsonb_set(sess::jsonb, '{journey,verifier}', '"${'x'.repeat(43)}"')`,
    ]) {
      const { person, address } = await depart(stage);
      await changeJourney(change);
      await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', address)), 'exchange');
    }
  });

  test('a request whose challenge was taken out or weakened on the way ends at the provider', async () => {
    const weaker = [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: 'plain' },
    ];
    for (const change of weaker) {
      const { person, address } = await depart(stage);
      const url = new URL(withParameters(address, change), stage.google.issuer);
      await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', url.href)), 'error');
    }
  });
});
