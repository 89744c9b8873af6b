import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { type Findings, SelfTest } from './self-test.js';

const columns = sql`id, asked_at, asked_by, finished_at, failed_at, tried, refused, leaked`;

/** The newest first. */
export function listSelfTests(db: TenantDatabase, most: number): Promise<SelfTest[]> {
  return db.many(SelfTest, sql`select ${columns} from self_tests order by asked_at desc, id desc limit ${most}`);
}

const Signed = z.object({ signed: z.string(), signature: z.instanceof(Buffer) });
export type Signed = z.infer<typeof Signed>;

/** Throws NotFound, also while it runs. */
export async function getSigned(db: TenantDatabase, id: string): Promise<Signed> {
  const row = await db.one(
    Signed,
    sql`select signed, signature from self_tests where id = ${id} and signed is not null`,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  return row;
}

export async function insertSelfTest(db: TenantDatabase, id: string, askedBy: string | null): Promise<void> {
  await db.run(sql`insert into self_tests (id, asked_by) values (${id}, ${askedBy})`);
}

/** Zero when it was finished already: a job may be repeated. */
export function finishSelfTest(db: TenantDatabase, findings: Findings, { signed, signature }: Signed): Promise<number> {
  const { id, tried, refused, leaked } = findings;
  return db.run(sql`
    update self_tests
    set finished_at = now(), failed_at = null, tried = ${tried}, refused = ${refused}, leaked = ${leaked},
      signed = ${signed}, signature = ${signature}
    where id = ${id}
      and finished_at is null
  `);
}

/** Whether somebody waits for it here: a job may come twice, or with an id that is not of this workspace. */
export async function isAwaited(db: TenantDatabase, id: string): Promise<boolean> {
  const row = await db.one(
    z.object({ id: z.uuid() }),
    sql`select id from self_tests where id = ${id} and finished_at is null and failed_at is null`,
  );
  return row !== undefined;
}

export function failSelfTest(db: TenantDatabase, id: string): Promise<number> {
  return db.run(sql`update self_tests set failed_at = now() where id = ${id} and finished_at is null`);
}

/** Keeps the newest. */
export function deleteOldSelfTests(db: TenantDatabase, keep: number): Promise<number> {
  return db.run(sql`
    delete from self_tests
    where id not in (select id from self_tests order by asked_at desc, id desc limit ${keep})
  `);
}

/** In the transaction that opens its workspace. */
export async function insertCanary(db: Database, accountId: string): Promise<void> {
  await db.run(sql`insert into shared.canaries (account_id) values (${accountId})`);
}

const Canary = z.object({ accountId: z.uuid(), tenantIds: z.array(z.string()) });

export function listCanaries(db: Database, olderThanMinutes: number) {
  return db.many(
    Canary,
    sql`
      select c.account_id,
        array(select m.tenant_id from shared.memberships m where m.account_id = c.account_id) as tenant_ids
      from shared.canaries c
      where c.begun_at < now() - make_interval(mins => ${olderThanMinutes})
    `,
  );
}

/** Of a canary and of nobody else. */
export function deleteCanaryAccount(db: Database, accountId: string): Promise<number> {
  return db.run(sql`
    delete from shared.accounts
    where id = ${accountId}
      and id in (select account_id from shared.canaries)
  `);
}

export async function isCanary(db: Database, accountId: string): Promise<boolean> {
  const row = await db.one(
    z.object({ accountId: z.uuid() }),
    sql`select account_id from shared.canaries where account_id = ${accountId}`,
  );
  return row !== undefined;
}

const Tested = z.object({ id: z.string(), slug: z.string(), name: z.string(), loginShard: z.number() });

/** Every workspace that people use, for the weekly test. */
export function listTestedTenants(db: Database) {
  return db.many(
    Tested,
    sql`
      select t.id, t.slug, t.name, t.login_shard
      from shared.tenants t
      where t.status = 'active'
        and not exists (
          select from shared.memberships m
          join shared.canaries c on c.account_id = m.account_id
          where m.tenant_id = t.id
        )
      order by t.id
    `,
  );
}

const Id = z.object({ id: z.uuid() });

export async function findAgentId(db: TenantDatabase): Promise<string | undefined> {
  return (await db.one(Id, sql`select id from agents order by created_at limit 1`))?.id;
}

export async function findNotificationId(db: TenantDatabase): Promise<string | undefined> {
  return (await db.one(Id, sql`select id from notifications limit 1`))?.id;
}

export async function findEventId(db: TenantDatabase): Promise<string | undefined> {
  return (await db.one(Id, sql`select id from audit_events limit 1`))?.id;
}

const Title = z.object({ id: z.uuid(), title: z.instanceof(Buffer) });

/** Something that a canary sealed, as it lies in its table. */
export function findSealedTitle(db: TenantDatabase) {
  return db.one(Title, sql`select id, title from tasks limit 1`);
}

/** What the shared tables keep of a workspace, as one text that a change would change. */
export async function countSharedRows(db: Database, tenantId: string): Promise<string> {
  const row = await db.one(
    z.object({ counts: z.string() }),
    sql`
      select concat_ws(' ',
        (select count(*) from shared.memberships where tenant_id = ${tenantId}),
        (select count(*) from shared.invitations where tenant_id = ${tenantId} and revoked_at is null),
        (select string_agg(name || ' ' || permissions::text, ' ' order by id) from shared.roles where tenant_id = ${tenantId}),
        (select string_agg(name, ' ' order by id) from shared.groups where tenant_id = ${tenantId}),
        (select name || ' ' || status from shared.tenants where id = ${tenantId})
      ) as counts
    `,
  );
  return row?.counts ?? '';
}

/** Of those that may become tenants: what the database has, whatever this process was told. */
export async function countLogins(db: Database): Promise<number> {
  const row = await db.one(
    z.object({ count: z.number() }),
    sql`select count(*) from pg_catalog.pg_roles where rolname ~ '^bailiwick_app_[0-9]+$' and rolcanlogin`,
  );
  return row?.count ?? 0;
}
