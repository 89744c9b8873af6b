import { z } from 'zod';
import type { Mail } from '../../../src/mail/outbox.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { tell } from '../../support/tell.js';
import type { Answer } from '../../support/visitor.js';
import { type App, atSecondStep, insertWithApp } from '../accounts/factors.js';
import { mailsTo, newPerson, Person } from '../accounts/people.js';
import { type Member, openTeam, type Team } from '../members/team.js';

export interface Operator {
  readonly id: string;
  readonly person: Person;
  readonly app: App;
}

/** Somebody with an authenticator app, signed in with it, who has not opened the console yet. */
export async function signInOperator(server: TestServer, name: string): Promise<Operator> {
  const { id, app } = await insertWithApp(server, name);
  const person = newPerson(server);
  const step = await atSecondStep(person, name);
  await person.submit(step, { proof: 'authenticator', proof_authenticator: await app.code() });
  return { id, person, app };
}

/** Changes what lies in the sessions of an account, as if they had come to be so; caches hear of it. */
export async function changeSessions(server: TestServer, accountId: string, content: object): Promise<void> {
  const { rows } = await server.database.admin.query(
    `update shared.sessions set sess = (sess::jsonb || $2::jsonb)::json where account_id = $1 returning sid`,
    [accountId, JSON.stringify(content)],
  );
  const sids = rows.map(({ sid }) => String(sid));
  await tell(server.database, 'session', sids);
}

/** The person's sessions have shown a second factor and are in the console. */
export function putInConsole(server: TestServer, accountId: string, now = Date.now()): Promise<void> {
  const platform = { since: now, usedAt: now };
  return changeSessions(server, accountId, { methods: ['password', 'authenticator'], provenAt: now, platform });
}

/** The same person, with the same cookies, at another place. */
export function movedTo(person: Person, address: string): Person {
  const moved = new Person(person.origin, address);
  for (const [name, value] of person.cookies) moved.cookies.set(name, value);
  return moved;
}

const Event = z.object({
  event: z.string(),
  outcome: z.string(),
  actor: z.string().nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  tenantId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});

/** What operators did, oldest first. */
export async function platformEvents(server: TestServer): Promise<z.infer<typeof Event>[]> {
  const { rows } = await server.database.admin.query(`
    select event, outcome, actor, address, request_id as "requestId", tenant_id as "tenantId", details
    from shared.platform_events where event like 'platform.%' order by at, id
  `);
  return rows.map((row) => Event.parse(row));
}

export interface Desk {
  readonly server: TestServer;
  readonly acme: Team;
  readonly bob: Member;
  readonly dora: Operator;
  /** Posts a form of the console as dora. */
  operate(path: string, fields?: Record<string, string>): Promise<Answer>;
  /** The first value of the first row. */
  one(statement: string, values?: unknown[]): Promise<unknown>;
  lastMail(email: string): Promise<Mail | undefined>;
}

/** An installation that dora runs, with a workspace of alice and bob. No jobs run by themselves: each test says when. */
export async function openDesk(): Promise<Desk> {
  const server = await startTestServer({ tenants: 6, own: true });
  const acme = await openTeam(server, 'Acme', 'alice');
  const bob = await acme.join('bob', 'member');
  const dora = await signInOperator(server, 'dora');
  return {
    ...{ server, acme, bob, dora },
    async operate(path, fields = {}) {
      const _csrf = await dora.person.token('/platform');
      return dora.person.post(path, { ...fields, _csrf });
    },
    async one(statement, values = []) {
      const { rows } = await server.database.admin.query(statement, values);
      return Object.values(rows[0] ?? {})[0];
    },
    lastMail: async (email) => (await mailsTo(server, email)).at(-1),
  };
}

export const homeOf = (team: { tenantId: string }) => `/platform/tenants/${team.tenantId}`;
