import assert from 'node:assert/strict';
import { z } from 'zod';
import { type GitHub, type GitHubPerson, startGitHub } from '../../../support/oidc/github.js';
import { client, type OpenIdProvider, startOpenIdProvider } from '../../../support/oidc/provider.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import type { Answer } from '../../../support/visitor.js';
import { newPerson, type Person } from '../people.js';

export interface Stage {
  readonly server: TestServer;
  /** A real OpenID provider in Google's place. */
  readonly google: OpenIdProvider;
  readonly github: GitHub;
  close(): Promise<void>;
}

export function octocat(id: number, email: string, more: { verified?: boolean; primary?: boolean } = {}): GitHubPerson {
  const { verified = true, primary = true } = more;
  return { id, login: `octocat${id}`, emails: [{ email, verified, primary, visibility: 'private' }] };
}

/** How old a sign-in at Google may be here. */
export const maxAgeMinutes = 60;

/** The whole application with both providers set up. */
export async function openStage({ tenants = 6 } = {}): Promise<Stage> {
  const google = await startOpenIdProvider();
  const github = await startGitHub(octocat(1, 'nobody@hub.test'));
  Object.assign(process.env, {
    TRUST_PROXY: 'loopback',
    GOOGLE_CLIENT_ID: client.id,
    GOOGLE_CLIENT_SECRET: client.secret,
    GOOGLE_ISSUER: google.issuer,
    GOOGLE_AUTHORIZATION_URL: `${google.issuer}/auth`,
    GOOGLE_TOKEN_URL: `${google.issuer}/token`,
    GOOGLE_KEYS_URL: `${google.issuer}/jwks`,
    GOOGLE_USERINFO_URL: `${google.issuer}/userinfo`,
    GITHUB_CLIENT_ID: client.id,
    GITHUB_CLIENT_SECRET: client.secret,
    GITHUB_LOGIN_URL: github.loginUrl,
    GITHUB_USER_URL: github.userUrl,
    GOOGLE_MAX_AGE_MINUTES: String(maxAgeMinutes),
    LOGIN_PROVIDER_SECONDS: '4',
  });
  const server = await startTestServer({ tenants });
  google.register([`${server.origin}/sign-in/google/callback`]);
  return {
    ...{ server, google, github },
    async close() {
      await server.close();
      await google.close();
      await github.close();
    },
  };
}

/** Presses the button on the sign-in page. Answers the address at the provider. */
export async function leaveFor(person: Person, provider: 'google' | 'github', next = ''): Promise<string> {
  const answer = await person.submit('/sign-in', { next }, `/sign-in/${provider}`);
  assert.equal(answer.status, 303, answer.text);
  return answer.location;
}

/** The path and query of an address on our own server. */
export function pathOf(address: string): string {
  const { pathname, search } = new URL(address);
  return pathname + search;
}

/** Begins in a new browser. */
export async function depart(
  stage: Stage,
  provider: 'google' | 'github' = 'google',
): Promise<{ person: Person; address: string }> {
  const person = newPerson(stage.server);
  return { person, address: await leaveFor(person, provider) };
}

/** The path of the answer that Google gives somebody in a browser of their own. */
export async function answerFor(stage: Stage, subject: string, address: string): Promise<string> {
  return pathOf(await stage.google.walk(address, subject));
}

/** The same path with other parameters; undefined takes one out. */
export function withParameters(path: string, changes: Record<string, string | undefined>): string {
  const url = new URL(path, 'http://localhost');
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

/** The whole way to Google and back, as the account with this subject there. */
export async function comeByGoogle(stage: Stage, person: Person, subject: string, next = ''): Promise<Answer> {
  const back = await stage.google.walk(await leaveFor(person, 'google', next), subject);
  return person.get(pathOf(back));
}

export async function comeByGitHub(stage: Stage, person: Person, as: GitHubPerson, next = ''): Promise<Answer> {
  stage.github.person = as;
  return person.get(pathOf(await backFromGitHub(await leaveFor(person, 'github', next))));
}

export async function backFromGitHub(address: string): Promise<string> {
  const { headers } = await fetch(address, { redirect: 'manual' });
  return headers.get('location') ?? '';
}

/** Somebody new by Google, all the way to an account with a workspace. */
export async function signUpByGoogle(stage: Stage, subject: string, email: string): Promise<Person> {
  stage.google.people.set(subject, { email, email_verified: true });
  const person = newPerson(stage.server);
  assert.equal((await comeByGoogle(stage, person, subject)).location, '/sign-up/finish');
  const made = await person.submit('/sign-up/finish', { username: subject, workspaceName: `${subject} & co` });
  assert.equal(made.status, 303, made.text);
  return person;
}

export async function isSignedIn(person: Person): Promise<boolean> {
  return (await person.get('/profile')).status === 200;
}

const Row = z.record(z.string(), z.unknown());

export async function rows(stage: Stage, statement: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const found = await stage.server.database.admin.query(statement, values);
  return found.rows.map((row) => Row.parse(row));
}

/** No session, no beginning of an account, a page that says why, and an event with the reason. */
export async function assertRefused(stage: Stage, person: Person, answer: Answer, reason: string): Promise<void> {
  assert.equal(answer.status, reason === 'unreachable' ? 503 : 403, `${reason}: ${answer.status} ${answer.location}`);
  assert.match(answer.text, /<h1>[^<]+<\/h1>[\s\S]+Nothing was changed here|No account was made here/);
  assert.match(answer.text, /Reference: <span class="mono">[\w-]{36}/);
  assert.equal(await isSignedIn(person), false, reason);
  assert.equal((await person.get('/sign-up/finish')).location, '/sign-up', reason);
  assert.equal((await refusals(stage)).at(-1), reason);
}

/** Why logins were refused whose owner is not known, oldest first. */
export async function refusals(stage: Stage): Promise<unknown[]> {
  const found = await rows(
    stage,
    `select details from shared.platform_events where details ? 'provider' order by at, id`,
  );
  return found.map(({ details }) => z.object({ reason: z.string() }).parse(details).reason);
}
