import { request as send } from 'node:http';
import type { Express, RequestHandler } from 'express';
import session from 'express-session';
import { projectPath } from '../../src/config.js';
import type { Doors } from '../../src/http/access.js';
import { newApplication } from '../../src/http/application.js';
import { newAssets } from '../../src/http/assets.js';
import { failure, notFound } from '../../src/http/failure.js';
import { securityHeaders } from '../../src/http/headers.js';
import { knownHosts, sameOriginWrites, usedMethods } from '../../src/http/origin.js';
import { requestIds } from '../../src/http/request-id.js';
import { type Feature, mount } from '../../src/http/route.js';
import { type RunningServer, startServer } from '../../src/http/server-lifecycle.js';
import { sessions } from '../../src/http/session.js';
import type { SessionStores } from '../../src/http/session-store.js';
import { signedIn } from '../../src/http/signed-in.js';
import type { SignedInAccount } from '../../src/http/types.js';
import { permissionsOf, type Role } from '../../src/tenancy/permissions.js';
import { openPolicy } from '../../src/tenancy/sign-in-policy.js';

process.env.LOG_LEVEL ??= 'silent';
process.env.NODE_ENV ??= 'test';

export const origin = 'http://localhost:8080';
export const secret = 'signs-every-cookie-of-this-test-0123456789';
export const alice: SignedInAccount = {
  id: '018f0000-0000-7000-8000-00000000000a',
  name: 'Alice',
  username: 'alice',
  email: 'alice@acme.test',
};
export const bob: SignedInAccount = {
  id: '018f0000-0000-7000-8000-00000000000b',
  name: 'Bob',
  username: 'bob',
  email: 'bob@acme.test',
};
const people = new Map([alice, bob].map((person) => [person.id, person]));

/** Alice owns acme, bob is a member of it, nobody else is anywhere. */
export function acmeDoors(refused: string[] = []): Doors {
  const roles = new Map<string, Role>([
    [alice.id, 'owner'],
    [bob.id, 'member'],
  ]);
  const tenant = { id: 'tenant_aaaaaaaaaaaaaaaa', slug: 'acme', name: 'Acme', loginShard: 0 };
  return {
    async enterWorkspace(slug, accountId) {
      const role = slug === tenant.slug ? roles.get(accountId) : undefined;
      return role && { tenant, role, permissions: permissionsOf(role), suspended: false, policy: openPolicy };
    },
    async recordRefusal(context, permission) {
      refused.push(`${context.actor.kind} ${permission} ${context.requestId}`);
    },
  };
}

export interface TestSettings {
  readonly features: readonly Feature[];
  readonly doors?: Doors;
  readonly origin?: string;
  readonly trustProxy?: readonly string[];
  readonly stores?: SessionStores;
  readonly secrets?: string[];
  readonly first?: readonly RequestHandler[];
}

/** The application's order, on a session store in memory unless another is given. */
export function testApp(settings: TestSettings): Express {
  const { features, doors = acmeDoors(), trustProxy = [] } = settings;
  const home = settings.origin ?? origin;
  const app = newApplication({ trustProxy, views: projectPath('test', 'http', 'views') });
  app.use(requestIds(), ...(settings.first ?? []), securityHeaders(home), usedMethods(), knownHosts(home));
  app.use(newAssets(projectPath('test', 'http', 'public')).serve);
  app.use(sameOriginWrites(home));
  app.use(sessions({ origin: home, secrets: settings.secrets ?? [secret], stores: settings.stores ?? inMemory() }));
  app.use(signedIn({ findAccount: async (id) => people.get(id), workspacesOf: async () => [], remember: false }));
  for (const feature of features) mount(app, feature, doors);
  app.use(notFound, failure);
  return app;
}

export function inMemory(): SessionStores & { readonly rows: session.MemoryStore } {
  const rows = new session.MemoryStore();
  return { reading: rows, writing: rows, rows };
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly form?: Record<string, string>;
  readonly body?: string;
}

/** A browser without rules: every header can be forged, cookies are kept, redirects are not followed. */
export function newClient(port: number, host = '127.0.0.1') {
  const cookies = new Map<string, string>();
  const ask = (path: string, question: Question = {}) =>
    exchange({ port, host, path, ...question, cookies }).then((answer) => {
      for (const line of [answer.headers['set-cookie'] ?? []].flat()) keep(cookies, line);
      return answer;
    });
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    ask(path, { method: 'POST', form, headers: { origin, 'sec-fetch-site': 'same-origin', ...headers } });
  return { ask, get: ask, post, cookies };
}

export type Client = ReturnType<typeof newClient>;

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

interface Exchange extends Question {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly cookies: ReadonlyMap<string, string>;
}

function exchange({ port, host, path, method = 'GET', headers = {}, form, body, cookies }: Exchange): Promise<Answer> {
  const content = form ? new URLSearchParams(form).toString() : body;
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const all: Record<string, string> = {
    accept: 'text/html',
    ...(cookie ? { cookie } : {}),
    ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    ...(content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = send({ port, host, path, method, headers: all, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

/** Runs `work` against the application on a free port, and stops it whatever happens. */
export async function serving<T>(app: Express, work: (port: number, server: RunningServer) => Promise<T>): Promise<T> {
  const server = await startServer(app, { host: '127.0.0.1', port: 0, origin });
  try {
    return await work(server.port, server);
  } finally {
    await server.stop();
  }
}

export function tokenIn(html: string): string {
  return /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
}
