import { after, before } from 'node:test';
import type { Authenticator, Quirks } from '../../../support/authenticator.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import type { Answer } from '../../../support/visitor.js';
import { signedIn } from '../factors.js';
import { mailsTo, newPerson, type Person } from '../people.js';
import { addPasskey, enter, signingIn } from './asking.js';

/** The server of the test file that has called `openStage`. */
export let server: TestServer;

export function openStage(): void {
  before(async () => {
    server = await startTestServer({ tenants: 0 });
  });
  after(() => server?.close());
}

type Rows = Record<string, unknown>[];

export async function rows(statement: string, ...values: unknown[]): Promise<Rows> {
  return (await server.database.admin.query(statement, values)).rows;
}

/** The whole of a sign-in, in a browser that nobody has used. */
export async function signInWith(
  passkey: Authenticator,
  quirks: Quirks = {},
): Promise<{ person: Person; answer: Answer }> {
  const person = newPerson(server);
  return { person, answer: await enter(person, passkey.get(await signingIn(person), quirks)) };
}

interface Keeper {
  readonly id: string;
  readonly email: string;
  readonly person: Person;
  readonly passkey: Authenticator;
}

/** Somebody with a password, a session and a passkey. */
export async function keeper(username: string, quirks: Quirks = {}): Promise<Keeper> {
  const account = await signedIn(server, username);
  const passkey = await addPasskey(account.person, quirks);
  return { ...account, passkey };
}

export const isIn = async (person: Person) => (await person.get('/workspaces')).status === 200;

export async function idOf(accountId: string): Promise<string> {
  const [row] = await rows('select id from shared.passkeys where account_id = $1', accountId);
  return String(row?.id);
}

export async function events(accountId: string): Promise<string[]> {
  const found = await rows('select event from shared.account_events where account_id = $1 order by at, id', accountId);
  return found.map(({ event }) => String(event));
}

export const subjects = async (email: string) => (await mailsTo(server, email)).map(({ subject }) => subject);
