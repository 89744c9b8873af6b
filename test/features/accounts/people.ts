import assert from 'node:assert/strict';
import { z } from 'zod';
import { hashPassword } from '../../../src/features/accounts/password.js';
import { pepper } from '../../../src/features/accounts/pepper.js';
import { type Mail, openMail } from '../../../src/mail/outbox.js';
import type { TestServer } from '../../support/server.js';
import { type Answer, Visitor } from '../../support/visitor.js';

export const goodPassword = 'violet kettle under nine lamps';

/** Somebody at a network address of their own, behind the proxy that the tests trust. */
export class Person extends Visitor {
  readonly address: string;
  constructor(origin: string, address: string) {
    super(origin);
    this.address = address;
  }

  override send(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', this.address);
    return super.send(path, { ...init, headers });
  }
}

let addresses = 0;

/** A person nobody has seen yet, at an address nobody else has. */
export function newPerson(server: TestServer): Person {
  addresses += 1;
  return new Person(server.origin, `203.0.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`);
}

export interface SignUpFields {
  readonly email: string;
  readonly username: string;
  readonly password?: string;
  readonly workspaceName?: string;
}

export function fieldsOf({ password = goodPassword, workspaceName = 'Acme', ...rest }: SignUpFields) {
  return { ...rest, password, workspaceName };
}

export async function beginSignUp(person: Visitor, fields: SignUpFields): Promise<void> {
  const answer = await person.submit('/sign-up', fieldsOf(fields));
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, '/sign-up/sent');
}

/** The whole way to a workspace. Answers its path. */
export async function signUp(server: TestServer, person: Visitor, fields: SignUpFields): Promise<string> {
  await beginSignUp(person, fields);
  const answer = await person.submit(await newestLink(server, fields.email), {});
  assert.equal(answer.status, 303, answer.text);
  return answer.location;
}

export function signIn(person: Visitor, login: string, password = goodPassword, next = ''): Promise<Answer> {
  return person.submit('/sign-in', { login, password, next });
}

const Row = z.object({ id: z.string(), sealed: z.instanceof(Buffer) });

/** What lies in the outbox for an address, oldest first. */
export async function mailsTo(server: TestServer, email: string): Promise<Mail[]> {
  const { rows } = await server.database.admin.query('select id, sealed from shared.mails order by id');
  return rows
    .map((row) => Row.parse(row))
    .map(({ id, sealed }) => openMail(id, sealed))
    .filter((mail) => mail.to === email);
}

export async function newestLink(server: TestServer, email: string): Promise<string> {
  const mail = (await mailsTo(server, email)).at(-1);
  const link = /\/verify-email\/[\w-]{43}/.exec(mail?.text ?? '')?.[0];
  assert.ok(link, `no link was mailed to ${email}`);
  return link;
}

/** How many rows each table holds that a sign-up writes to, with the tenants that somebody claimed. */
export async function countRows(server: TestServer): Promise<Record<string, number>> {
  const { rows } = await server.database.admin.query(`
    select (select count(*) from shared.accounts) as accounts, (select count(*) from shared.signups) as signups,
      (select count(*) from shared.memberships) as memberships, (select count(*) from shared.tenant_keys) as keys,
      (select count(*) from shared.tenants where status = 'active') as claimed
  `);
  return z.record(z.string(), z.coerce.number()).parse(rows[0]);
}

export async function tenantOf(server: TestServer, path: string): Promise<string> {
  const { rows } = await server.database.admin.query('select id from shared.tenants where slug = $1', [
    path.split('/')[2],
  ]);
  return z.object({ id: z.string().regex(/^tenant_[a-z0-9]{16}$/) }).parse(rows[0]).id;
}

const Event = z.object({
  event: z.string(),
  outcome: z.string(),
  actor_name: z.string(),
  address: z.string().nullable(),
});

export async function eventsOf(server: TestServer, path: string): Promise<z.infer<typeof Event>[]> {
  const tenant = await tenantOf(server, path);
  const { rows } = await server.database.admin.query(
    `select event, outcome, actor_name, address from ${tenant}.audit_events order by at, id`,
  );
  return rows.map((row) => Event.parse(row));
}

/** An account without the way through the pages, for tests that are about what comes after. */
export async function insertPerson(server: TestServer, username: string, email = `${username}@acme.test`) {
  const { rows } = await server.database.admin.query(
    `insert into shared.accounts (id, email, username, name, password_hash)
     values (gen_random_uuid(), $1, $2, $2, $3) returning id`,
    [email, username, await hashPassword(goodPassword, pepper())],
  );
  return { id: z.object({ id: z.string() }).parse(rows[0]).id, username, email };
}

/** An answer without what differs from request to request: nonce, token, request id, versions and lengths of time. */
export function sameBytes(answer: Answer, ...typed: string[]): string {
  const changing = ['date', 'x-request-id', 'set-cookie', 'content-security-policy', 'ratelimit', 'ratelimit-policy'];
  const headers = [...answer.headers].filter(([name]) => !changing.includes(name));
  const plain = (text: string) =>
    typed
      .reduce((rest, word) => rest.replaceAll(word, '(typed)'), text)
      .replace(/(name="_csrf" value|name="csrf-token" content|nonce)="[^"]*"/g, '$1=""');
  return JSON.stringify([answer.status, headers.filter(([name]) => name !== 'content-length'), plain(answer.text)]);
}
