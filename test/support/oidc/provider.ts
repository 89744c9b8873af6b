import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { Visitor } from '../visitor.js';

export const client = { id: 'bailiwick-at-the-provider', secret: 'a-secret-between-the-two' };

/** What a person's account at the provider says; the key in `people` is its subject. */
export interface Claims {
  readonly email?: string;
  readonly email_verified?: boolean;
}

export interface Seen {
  readonly path: string;
  readonly address: string;
  readonly authorization: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

export const keyId = 'the only key of the provider';

export interface OpenIdProvider {
  readonly issuer: string;
  readonly people: Map<string, Claims>;
  /** Every request that the provider has answered itself. */
  readonly seen: Seen[];
  /** Answers a path in its place, until it is taken away: a provider that has turned hostile. */
  readonly scripts: Map<string, RequestListener>;
  /** Changes what it answers at a path. */
  readonly changes: Map<string, (body: unknown) => unknown>;
  /** Makes it know the client that may be sent back to these addresses. */
  register(redirectUris: string[]): void;
  /** One of its tokens with other claims, signed by its own key. */
  signAgain(token: string, changes: JWTPayload): Promise<string>;
  /** Walks its pages as somebody with an account there. Answers the address that the browser is sent back to. */
  walk(address: string, subject: string): Promise<string>;
  close(): Promise<void>;
}

/** A real OpenID provider on a port of its own, by a name whose cookies are not those of `localhost`. */
export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  const [people, seen] = [new Map<string, Claims>(), [] as Seen[]];
  const [scripts, changes] = [new Map<string, RequestListener>(), new Map<string, (body: unknown) => unknown>()];
  let answer: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    (scripts.get(path) ?? answer)(request, response);
  });
  const issuer = await listen(server);
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: keyId };
  return {
    ...{ issuer, people, seen, scripts, changes },
    register(redirectUris) {
      const provider = new Provider(issuer, configurationFor(redirectUris, people, key));
      provider.use(async (context, next) => {
        await next();
        seen.push(seenIn(context as KoaContextWithOIDC));
        const change = changes.get(context.path);
        if (change) context.body = await change(context.body);
      });
      answer = provider.callback();
    },
    signAgain: (token, changes) =>
      new SignJWT({ ...decodeJwt(token), ...changes })
        .setProtectedHeader({ alg: 'RS256', kid: keyId })
        .sign(privateKey),
    walk: (address, subject) => walk(issuer, address, subject),
    close: () => close(server),
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A test file whose start fails must end all the same.
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function configurationFor(redirectUris: string[], people: Map<string, Claims>, key: JWK): Configuration {
  return {
    jwks: { keys: [key] },
    clients: [
      {
        ...{ client_id: client.id, client_secret: client.secret, redirect_uris: redirectUris },
        ...{ grant_types: ['authorization_code'], response_types: ['code'] },
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    pkce: { required: () => true },
    routes: { authorization: '/auth', token: '/token', userinfo: '/userinfo' },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['signs the cookies of the provider'] },
    findAccount: (_context, id) => {
      const claims = people.get(id);
      return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) };
    },
  };
}

function seenIn(context: KoaContextWithOIDC): Seen {
  const params: Readonly<Record<string, unknown>> = { ...context.oidc?.params };
  const authorization = context.get('authorization') || undefined;
  return { path: context.path, address: context.href, authorization, params };
}

/** First the form of the login, then that of the consent; whoever gave it before is sent on at once. */
async function walk(issuer: string, address: string, subject: string): Promise<string> {
  const visitor = new Visitor(issuer);
  let at = address;
  for (let step = 0; step < 12; step += 1) {
    const { location, text, status } = await visitor.get(at);
    if (location && !location.startsWith(issuer) && !location.startsWith('/')) return location;
    if (location) {
      at = location;
      continue;
    }
    const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1];
    assert.ok(action, `the provider answered ${status}: ${text.slice(0, 300)}`);
    const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1] ?? '';
    const fields: Record<string, string> =
      prompt === 'login' ? { prompt, login: subject, password: 'any' } : { prompt };
    at = (await visitor.post(action, fields)).location;
  }
  throw new Error(`the provider leads in circles from ${address}`);
}
