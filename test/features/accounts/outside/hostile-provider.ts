import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { before, describe, test } from 'node:test';
import {
  type CryptoKey,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import type { Refused } from '../../../../src/features/accounts/outside/identity.js';
import { subjectOf } from '../../../../src/features/accounts/outside/identity-token.js';
import { json } from '../../../support/oidc/github.js';
import { client, keyId } from '../../../support/oidc/provider.js';
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
const demanded = { methods: [], classes: [] };

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

  test('an identity token of another request, client, issuer or time, or none (V10.5.1, V10.5.3, V10.5.4, V9.2.1, V9.2.3)', async () => {
    const lies: JWTPayload[] = [
      ...[{ nonce: 'another' }, { aud: 'another-client' }, { aud: ['a', 'b'] }, { azp: 'another' }],
      ...[{ iss: elsewhere }, { exp: 1 }, { exp: undefined }, { nonce: undefined }, { sub: 'mallory' }, { sub: '' }],
      { aud: [client.id, 'another-client'] },
    ];
    for (const lie of lies) await assertTokenRefused((token) => stage.google.signAgain(token, lie));
    for (const none of [undefined, '', 'no token', '..']) await assertTokenRefused(() => none);
  });

  test('an identity token that is not signed, or not by the key of the provider (V6.8.2, V9.1.1, V9.1.2, V9.1.3)', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const shown = await (await fetch(`${stage.google.issuer}/jwks`)).text();
    const own = { alg: 'RS256', kid: keyId };
    const forged = (header: JWTHeaderParameters, key: CryptoKey | Uint8Array) => (token: string) =>
      new SignJWT(decodeJwt(token)).setProtectedHeader(header).sign(key);
    const lies: Lie[] = [
      (token) => new UnsecuredJWT(decodeJwt(token)).encode(),
      ...['none', 'None', 'NONE', ''].map(
        (alg): Lie =>
          (token) =>
            withHeader(token, { ...own, alg }),
      ),
      (token) =>
        `${withHeader(token, { ...own, alg: 'none' })
          .split('.')
          .slice(0, 2)
          .join('.')}.`,
      (token) => token.slice(0, token.lastIndexOf('.') + 1),
      (token) => `${token.slice(0, -8)}AAAAAAAA`,
      (token) => withPayload(token, 'mallory'),
      forged(own, privateKey),
      forged({ ...own, kid: 'unknown' }, privateKey),
      forged({ ...own, jwk: await exportJWK(publicKey) }, privateKey),
      forged({ ...own, jku: `${elsewhere}/jwks` }, privateKey),
      // The public key as a shared secret (RFC 8725 §2.1).
      forged({ ...own, alg: 'HS256' }, new TextEncoder().encode(shown)),
      (token) => withHeader(token, { ...own, crit: ['unheard-of'], 'unheard-of': 1 }),
    ];
    for (const lie of lies) await assertTokenRefused(lie);
  });

  test('keys that do not come, or are none, end in a page (V6.8.2)', async () => {
    for (const [answer, reason] of [
      ['not json', 'identity'],
      ['{"keys":[]}', 'identity'],
    ] as const) {
      stage.google.scripts.set('/other-keys', (_request, response) => void response.end(answer));
      const url = `${stage.google.issuer}/other-keys`;
      const expected = {
        issuer: stage.google.issuer,
        clientID: client.id,
        nonce: 'n',
        keysUrl: `${url}?${answer}`,
        demanded,
      };
      const token = await new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).sign(await somebodysKey());
      await assert.rejects(subjectOf(token, expected), (error: Refused) => error.reason === reason);
    }
    const expected = { issuer: '', clientID: '', nonce: '', keysUrl: 'http://127.0.0.1:1/', demanded };
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).sign(await somebodysKey());
    await assert.rejects(subjectOf(token, expected), (error: Refused) => error.reason === 'unreachable');
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

type Lie = (token: string) => string | undefined | Promise<string | undefined>;

/** Somebody comes back with this in place of the provider's identity token, and is nobody. */
async function assertTokenRefused(lie: Lie): Promise<void> {
  let told: string | undefined;
  stage.google.changes.set('/token', async (body) => {
    told = await lie(Object(body).id_token);
    return { ...Object(body), id_token: told };
  });
  const { person, address } = await depart(stage);
  await assertRefused(stage, person, await person.get(await answerFor(stage, 'victim', address)), 'identity');
  stage.google.changes.clear();
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function withHeader(token: string, header: object): string {
  return [encoded(header), ...token.split('.').slice(1)].join('.');
}

function withPayload(token: string, sub: string): string {
  const [header, , signature] = token.split('.');
  return [header, encoded({ ...decodeJwt(token), sub }), signature].join('.');
}

async function somebodysKey(): Promise<CryptoKey> {
  return (await generateKeyPair('RS256')).privateKey;
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
