import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { Account } from '../account.js';
import type { Identity } from './identity.js';
import { providerNames } from './provider.js';

const Login = z.object({
  provider: z.enum(providerNames),
  label: z.string(),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
});
export type Login = z.infer<typeof Login>;

type Subject = Pick<Identity, 'provider' | 'subject'>;

/** The account that this login opens. By the subject alone: an address can change hands. */
export async function findAccountByIdentity(
  db: Database,
  { provider, subject }: Subject,
): Promise<Account | undefined> {
  return db.one(
    Account,
    sql`
      select a.id, a.name, a.username, a.email, a.session_epoch
      from shared.accounts a
      join shared.logins l on l.account_id = a.id
      where l.provider = ${provider}
        and l.subject = ${subject}
    `,
  );
}

export async function listLogins(db: Database, accountId: string): Promise<Login[]> {
  return db.many(
    Login,
    sql`
      select provider, label, created_at, last_used_at
      from shared.logins
      where account_id = ${accountId}
      order by provider
    `,
  );
}

/** Comes back as a Conflict when the login opens an account already, or the account has one of this provider. */
export async function insertLogin(
  db: Database,
  accountId: string,
  { provider, subject, label }: Pick<Identity, 'provider' | 'subject' | 'label'>,
): Promise<void> {
  await db.run(sql`
    insert into shared.logins (provider, subject, account_id, label)
    values (${provider}, ${subject}, ${accountId}, ${label})
  `);
}

export async function touchLogin(db: Database, { provider, subject }: Subject): Promise<void> {
  await db.run(sql`
    update shared.logins set last_used_at = now() where provider = ${provider} and subject = ${subject}
  `);
}

export async function deleteLogin(db: Database, accountId: string, provider: string): Promise<number> {
  return db.run(sql`delete from shared.logins where account_id = ${accountId} and provider = ${provider}`);
}

/** What others may have begun with this address before its owner came: none of it may count afterwards (AC-12). */
export async function deleteBegun(db: Database, email: string): Promise<void> {
  await db.run(sql`delete from shared.signups where email = ${email}`);
  await db.run(sql`delete from shared.address_changes where email = ${email}`);
}

interface Refusal {
  readonly id: string;
  readonly provider: string;
  readonly reason: string;
  readonly requestId: string;
  readonly address: string;
}

/** Of somebody who may be nobody here. */
export async function insertRefusal(db: Database, { id, requestId, address, ...details }: Refusal): Promise<void> {
  await db.run(sql`
    insert into shared.platform_events (id, event, outcome, account_id, address, request_id, details)
    values (
      ${id}, 'account.sign-in-refused', 'refused', null, ${address}, ${requestId}, ${JSON.stringify(details)}
    )
  `);
}
