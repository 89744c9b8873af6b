import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { before, describe, test } from 'node:test';
import { json } from '../../../support/oidc/github.js';
import { newPerson } from '../people.js';
import { stage } from './opened.js';
import {
  answerFor,
  assertRefused,
  backFromGitHub,
  comeByGitHub,
  comeByGoogle,
  depart,
  isSignedIn,
  octocat,
  pathOf,
  signUpByGoogle,
} from './stage.js';

const elsewhere = 'https://evil.example';

describe('what a provider may answer instead', () => {
  before(async () => {
    await signUpByGoogle(stage, 'steady', 'steady@google.test');
  });

  test('an error is said in our words, never in those of the address (V10.2.1)', async () => {
    for (const [error, reason] of [
      ['access_denied', 'cancelled'],
      ['server_error', 'error'],
      ['<b>x</b>', 'error'],
    ]) {
      const { person, address } = await depart(stage);
      const state = new URL(address).searchParams.get('state') ?? '';
      const query = new URLSearchParams({ error: error ?? '', state, error_description: 'call 0900 <b>now</b>' });
      const answer = await person.get(`/sign-in/google/callback?${query}`);
      await assertRefused(stage, person, answer, reason ?? '');
      assert.doesNotMatch(answer.text, /0900|<b>/);
    }
  });

  test('an identity token of another request, client, issuer or time, or none (V10.5.1, V10.5.3, V10.5.4)', async () => {
    const claims = {
      nonce: 'another',
      aud: 'another-client',
      iss: elsewhere,
      exp: 1,
      sub: 'mallory',
      azp: 'another',
    };
    const lies = Object.entries(claims).map(
      ([name, value]) =>
        (token: string) =>
          withClaim(token, name, value),
    );
    const missing = [() => undefined, () => 'no token', () => withClaim('a.e30.c', 'aud', ['a', 'b'])];
    for (const lie of [...lies, ...missing]) {
      stage.google.changes.set('/token', (body) => ({ ...Object(body), id_token: lie(Object(body).id_token) }));
      const { person, address } = await depart(stage);
      await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', address)), 'identity');
    }
    stage.google.changes.clear();
  });

  test('the profile of another person, or an id that is none (V10.5.2)', async () => {
    stage.google.changes.set('/userinfo', (body) => ({ ...Object(body), sub: 'mallory' }));
    const { person, address } = await depart(stage);
    await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', address)), 'identity');
    stage.google.changes.clear();
    for (const id of [undefined, null, 'undefined', -1, 1.5, '']) {
      stage.github.scripts.set('/user', (_request, response) => json(response, 200, { id, login: 'x' }));
      const nobody = newPerson(stage.server);
      await assertRefused(stage, nobody, await comeByGitHub(stage, nobody, octocat(1, 'x@hub.test')), 'identity');
    }
    stage.github.scripts.clear();
  });

  test('garbage, too much, a redirect or silence: each ends in a page, and the next sign-in works', async () => {
    const text = (status: number, body: string, headers = {}): RequestListener => {
      return (_request, response) => void response.writeHead(status, headers).end(body);
    };
    const faults: [RequestListener, string][] = [
      ...['<html>Sorry</html>', 'null', '[]', '7', ''].map((body): [RequestListener, string] => [
        text(200, body),
        'exchange',
      ]),
      [text(302, '', { location: `${elsewhere}/token` }), 'exchange'],
      [text(400, '{"error":"invalid_grant"}'), 'exchange'],
      [text(500, 'down'), 'unreachable'],
      [text(200, 'x'.repeat(1_000_000)), 'unreachable'],
      [(request) => void request.socket.destroy(), 'unreachable'],
    ];
    for (const [fault, reason] of faults) {
      stage.google.scripts.set('/token', fault);
      const { person, address } = await depart(stage);
      await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', address)), reason);
    }
    stage.google.scripts.clear();
    for (const [path, body] of [
      ['/user', 'null'],
      ['/user', '"x"'],
      ['/user/emails', '"text"'],
      ['/user/emails', '<'],
    ]) {
      stage.github.scripts.set(path ?? '', text(200, body ?? ''));
      const person = newPerson(stage.server);
      const answer = await comeByGitHub(stage, person, octocat(1, 'x@hub.test'));
      assert.equal(answer.status, 403, `${path} ${body}`);
      assert.equal(await isSignedIn(person), false);
    }
    stage.github.scripts.clear();
    // Never answers; all at once, for each is waited for as long as the configuration says.
    stage.google.scripts.set('/userinfo', () => {});
    stage.github.scripts.set('/login/oauth/access_token', () => {});
    const [one, other] = [await depart(stage), await depart(stage, 'github')];
    const answer = await answerFor(stage, 'victim', one.address);
    const late = await Promise.all([
      one.person.get(answer),
      other.person.get(pathOf(await backFromGitHub(other.address))),
    ]);
    await assertRefused(stage, one.person, late[0], 'unreachable');
    await assertRefused(stage, other.person, late[1], 'unreachable');
    stage.google.scripts.clear();
    assert.equal((await comeByGoogle(stage, newPerson(stage.server), 'steady')).location, '/w/steady-co');
  });
});

function withClaim(token: string, name: string, value: unknown): string {
  const [head, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const changed = Buffer.from(JSON.stringify({ ...claims, [name]: value })).toString('base64url');
  return [head, changed, signature].join('.');
}

test('where to go on to is a path of ours, however it is written (open redirect, V3.7.2)', async () => {
  const others = [
    elsewhere,
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
  ];
  for (const next of others) {
    const { location } = await comeByGoogle(stage, newPerson(stage.server), 'steady', next);
    const target = new URL(location, stage.server.origin);
    assert.ok(location.startsWith('/') && target.origin === stage.server.origin, `${next} leads to ${location}`);
  }
});
