import assert from 'node:assert/strict';
import { generate } from 'otplib';
import { z } from 'zod';
import { tellHere } from '../../../src/database/shared.js';
import { newSecret } from '../../../src/features/accounts/authenticator/authenticator.js';
import { mailCode } from '../../../src/features/accounts/codes/jobs.js';
import { changedTopic } from '../../../src/http/session-rows.js';
import { sealForDeployment } from '../../../src/vault/deployment.js';
import type { TestServer } from '../../support/server.js';
import { insertPerson, mailsTo, newPerson, type Person, signIn } from './people.js';

const Row = z.object({ id: z.string() });

/** Runs the job of the code that was asked for last, and reads the mail that it sent to the address. */
export async function mailedCode(server: TestServer, email: string): Promise<string> {
  const { rows } = await server.database.admin.query(
    'select id from shared.one_time_codes where code_hash is null order by created_at desc, id desc limit 1',
  );
  await mailCode.run({ codeId: Row.parse(rows[0]).id });
  const mail = (await mailsTo(server, email)).at(-1);
  const code = /^\d{6}$/m.exec(mail?.text ?? '')?.[0];
  assert.ok(code, `no code was mailed to ${email}`);
  return code;
}

export const otherThan = (code: string) => (code === '000000' ? '000001' : '000000');

export interface App {
  readonly secret: string;
  /** The code that the app shows now; as a step early or late if asked. */
  code(steps?: number): Promise<string>;
  /** Lets a step that was used be used again, as if time had gone on. */
  rewind(): Promise<void>;
}

export function appWith(server: TestServer, accountId: string, secret: string): App {
  const { admin } = server.database;
  return {
    secret,
    async code(steps = 0) {
      const { rows } = await admin.query('select extract(epoch from now())::float8 as now');
      const { now } = z.object({ now: z.number() }).parse(rows[0]);
      return generate({ secret, epoch: now + 30 * steps });
    },
    async rewind() {
      await admin.query('update shared.authenticators set last_step = 0 where account_id = $1', [accountId]);
    },
  };
}

/** A confirmed authenticator app for an account. */
export async function giveApp(server: TestServer, accountId: string): Promise<App> {
  const secret = newSecret();
  await server.database.admin.query(
    'insert into shared.authenticators (account_id, sealed_secret, confirmed_at) values ($1, $2, now())',
    [accountId, sealForDeployment('authenticator', accountId, secret)],
  );
  return appWith(server, accountId, secret);
}

/** An account that has one. */
export async function insertWithApp(server: TestServer, username: string) {
  const account = await insertPerson(server, username);
  return { ...account, app: await giveApp(server, account.id) };
}

/** As far as the second step: answers its address. */
export async function atSecondStep(person: Person, login: string): Promise<string> {
  const answer = await signIn(person, login);
  assert.equal(answer.status, 303, answer.text);
  assert.match(answer.location, /^\/login\/verify\/[\w-]{43}$/);
  return answer.location;
}

/** A signed-in session whose last proof is older than ten minutes. */
export async function makeStale(server: TestServer, accountId: string): Promise<void> {
  const { rows } = await server.database.admin.query(
    `update shared.sessions set sess = jsonb_set(sess::jsonb, '{provenAt}', '1')::json where account_id = $1 returning sid as id`,
    [accountId],
  );
  for (const row of rows) tellHere(changedTopic, Row.parse(row).id);
}

export async function signedIn(server: TestServer, username: string) {
  const account = await insertPerson(server, username);
  const person = newPerson(server);
  assert.equal((await signIn(person, username)).status, 303);
  return { ...account, person };
}
