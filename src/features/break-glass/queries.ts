import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { type Sql, sql } from '../../database/sql.js';
import { type Allowed, allowances, type Grant, kinds, usuallyAllowed } from './grant.js';

const Row = z.object({
  id: z.uuid(),
  kind: z.enum(kinds),
  subjectId: z.uuid(),
  ownerId: z.uuid(),
  ownerName: z.string(),
  accountId: z.uuid(),
  accountName: z.string(),
  reason: z.instanceof(Buffer),
  createdAt: z.date(),
  until: z.date(),
  endedAt: z.date().nullable(),
});

const columns = sql`
  g.id, g.kind, g.subject_id, g.owner_id, g.owner_name, g.account_id, g.account_name, g.reason, g.created_at, g.until,
  g.ended_at
`;

function opened(db: TenantDatabase, row: z.infer<typeof Row>): Grant {
  return { ...row, reason: db.openText('access_grants.reason', row.id, row.reason) };
}

export async function findAllowed(db: TenantDatabase): Promise<Allowed> {
  const row = await db.one(
    z.object({ allowed: z.enum(allowances) }),
    sql`select allowed from access_policies where id = 'workspace'`,
  );
  return row?.allowed ?? usuallyAllowed;
}

export async function saveAllowed(db: TenantDatabase, allowed: Allowed): Promise<void> {
  await db.run(sql`
    insert into access_policies (id, allowed)
    values ('workspace', ${allowed})
    on conflict (id) do update set allowed = excluded.allowed, updated_at = now()
  `);
}

type NewGrant = Omit<Grant, 'createdAt' | 'until' | 'endedAt'>;

/** The clock of the database sets both ends, so that the hour is one. */
export async function insertGrant(db: TenantDatabase, grant: NewGrant, forMinutes: number): Promise<Date> {
  const row = await db.one(
    z.object({ until: z.date() }),
    sql`
      insert into access_grants (
        id, kind, subject_id, owner_id, owner_name, account_id, account_name, reason, created_at, until
      )
      values (
        ${grant.id}, ${grant.kind}, ${grant.subjectId}, ${grant.ownerId}, ${grant.ownerName}, ${grant.accountId},
        ${grant.accountName}, ${db.seal('access_grants.reason', grant.id, grant.reason)}, now(),
        now() + make_interval(mins => ${forMinutes})
      )
      returning until
    `,
  );
  if (!row) throw new Error('A grant was not written');
  return row.until;
}

/** Who may know of a grant: whose things it opens, who opened them, and whoever reads the audit. */
const knownTo = ({ accountId, readsAudit }: { accountId: string; readsAudit: boolean }): Sql => sql`(
  ${readsAudit} or g.owner_id = ${accountId} or g.account_id = ${accountId}
  or (
    g.kind = 'space' and exists (
      select from space_people p where p.space_id = g.subject_id and p.account_id = ${accountId}
    )
  )
)`;

export interface Listing {
  readonly viewer: { readonly accountId: string; readonly readsAudit: boolean };
  /** Only of this member's things. */
  readonly ownerId?: string | undefined;
  readonly liveOnly?: boolean;
  readonly limit: number;
}

/** Newest first. */
export async function listGrants(db: TenantDatabase, { viewer, ownerId, liveOnly = false, limit }: Listing) {
  const rows = await db.many(
    Row,
    sql`
      select ${columns}
      from access_grants g
      where ${knownTo(viewer)}
        and (${ownerId ?? null}::uuid is null or g.owner_id = ${ownerId ?? null}::uuid)
        and (not ${liveOnly} or (g.ended_at is null and g.until > now()))
      order by g.created_at desc, g.id desc
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

export async function findGrant(db: TenantDatabase, viewer: Listing['viewer'], id: string): Promise<Grant | undefined> {
  const row = await db.one(Row, sql`select ${columns} from access_grants g where g.id = ${id} and ${knownTo(viewer)}`);
  return row && opened(db, row);
}

/** The one place that says whether somebody may look now. */
export async function findLive(db: TenantDatabase, id: string, accountId: string): Promise<Grant | undefined> {
  const row = await db.one(
    Row,
    sql`
      select ${columns}
      from access_grants g
      where g.id = ${id} and g.account_id = ${accountId} and g.ended_at is null and g.until > now()
    `,
  );
  return row && opened(db, row);
}

/** Zero when it has ended already. */
export function endGrant(db: TenantDatabase, id: string): Promise<number> {
  return db.run(sql`update access_grants set ended_at = now() where id = ${id} and ended_at is null and until > now()`);
}

const OwnerRow = z.object({ accountId: z.uuid() });

/** Whose it is: of a conversation its owner, of a private space everybody in it, its maker first. */
export async function listOwnersOf(db: TenantDatabase, kind: Grant['kind'], id: string): Promise<string[]> {
  const rows = await db.many(
    OwnerRow,
    kind === 'conversation'
      ? sql`select account_id from conversations where id = ${id}`
      : sql`
          select p.account_id
          from space_people p
          join spaces s on s.id = p.space_id
          where s.id = ${id} and s.kind = 'private'
          order by p.account_id = s.created_by desc, p.added_at
        `,
  );
  return rows.map(({ accountId }) => accountId);
}

const PrivateRow = z.object({
  kind: z.enum(kinds),
  id: z.uuid(),
  at: z.date(),
  count: z.number(),
});
type PrivateThing = z.infer<typeof PrivateRow>;

/** What a member has of their own, by facts that the audit holds anyway: no title is opened. */
export function listPrivate(db: TenantDatabase, accountId: string, limit: number): Promise<PrivateThing[]> {
  return db.many(
    PrivateRow,
    sql`
      (
        select 'conversation' as kind, c.id, c.updated_at as at,
          (select count(*) from messages m where m.conversation_id = c.id) as count
        from conversations c
        where c.account_id = ${accountId}
        order by c.updated_at desc
        limit ${limit}
      )
      union all
      (
        select 'space', s.id, s.created_at, (select count(*) from pages p where p.space_id = s.id)
        from spaces s
        join space_people p on p.space_id = s.id and p.account_id = ${accountId}
        where s.kind = 'private'
        order by s.id desc
        limit ${limit}
      )
    `,
  );
}
