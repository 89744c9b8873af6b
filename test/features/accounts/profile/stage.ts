import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { insertPerson, mailsTo, newPerson, type Person, signIn } from '../people.js';

export let server: TestServer;
export const newPassword = 'grey lantern beside two rivers';

before(async () => {
  server = await startTestServer({ tenants: 4 });
});

after(() => server?.close());

export const rowsOf = async (statement: string, values: unknown[] = []) =>
  (await server.database.admin.query(statement, values)).rows;

export const isIn = async (person: Person) => (await person.get('/profile/sessions')).status === 200;

export async function signedIn(username: string): Promise<Person> {
  const person = newPerson(server);
  assert.equal((await signIn(person, username)).status, 303);
  return person;
}

export async function enter(username: string) {
  const { id } = await insertPerson(server, username);
  return { id, person: await signedIn(username) };
}

/** As if the last proof had been eleven minutes ago. */
export async function age(id: string): Promise<void> {
  await rowsOf(
    `update shared.sessions set sess = (sess::jsonb || jsonb_build_object('provenAt', $2::bigint))::json where account_id = $1`,
    [id, Date.now() - 11 * 60_000],
  );
}

export async function eventsOf(id: string, event: string): Promise<string[]> {
  const rows = await rowsOf('select outcome from shared.account_events where account_id = $1 and event = $2', [
    id,
    event,
  ]);
  return rows.map(({ outcome }) => outcome);
}

export const emailOf = async (id: string) =>
  (await rowsOf('select email from shared.accounts where id = $1', [id]))[0]?.email;
export const subjects = async (email: string) => (await mailsTo(server, email)).map(({ subject }) => subject);
