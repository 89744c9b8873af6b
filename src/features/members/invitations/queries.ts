import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { Invitation, OpenInvitation } from './invitation.js';

const Id = z.object({ id: z.uuid() });
const Count = z.object({ count: z.number() });

const columns = sql`id, tenant_id, email, role, invited_by, created_at, expires_at`;
const open = sql`accepted_at is null and revoked_at is null`;

/** Neither accepted nor withdrawn; those that ran out are among them, to be sent again. */
export async function listInvitations(db: Database, tenantId: string): Promise<Invitation[]> {
  return db.many(
    Invitation,
    sql`
      select ${columns}
      from shared.invitations
      where tenant_id = ${tenantId}
        and ${open}
      order by created_at desc, id desc
    `,
  );
}

export async function insertInvitation(db: Database, row: Omit<Invitation, 'createdAt'> & { tokenHash: Buffer }) {
  await db.run(sql`
    insert into shared.invitations (id, tenant_id, email, role, token_hash, invited_by, expires_at)
    values (${row.id}, ${row.tenantId}, ${row.email}, ${row.role}, ${row.tokenHash}, ${row.invitedBy}, ${row.expiresAt})
  `);
}

/** Ends the links that this address has. Answers what they were for. */
export async function revokeInvitationsTo(db: Database, tenantId: string, email: string): Promise<Invitation[]> {
  return db.many(
    Invitation,
    sql`
      update shared.invitations
      set revoked_at = now()
      where tenant_id = ${tenantId}
        and email = ${email}
        and ${open}
      returning ${columns}
    `,
  );
}

/** Answers how many of them were open. */
export async function revokeInvitations(db: Database, tenantId: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return db.run(sql`
    update shared.invitations
    set revoked_at = now()
    where tenant_id = ${tenantId}
      and id = any (${ids}::uuid[])
      and ${open}
  `);
}

export async function revokeInvitation(db: Database, tenantId: string, id: string): Promise<Invitation> {
  const invitation = await db.one(
    Invitation,
    sql`
      update shared.invitations
      set revoked_at = now()
      where id = ${id}
        and tenant_id = ${tenantId}
        and ${open}
      returning ${columns}
    `,
  );
  if (!invitation) throw new NotFound('This invitation was accepted or withdrawn already.');
  return invitation;
}

export async function countMembersAt(db: Database, tenantId: string, email: string): Promise<number> {
  const row = await db.one(
    Count,
    sql`
      select count(*)
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and a.email = ${email}
    `,
  );
  return row?.count ?? 0;
}

export async function findOpenInvitation(db: Database, tokenHash: Buffer): Promise<OpenInvitation | undefined> {
  return db.one(
    OpenInvitation,
    sql`
      select i.id, i.tenant_id, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
        t.name as workspace_name, t.slug
      from shared.invitations i
      join shared.tenants t on t.id = i.tenant_id
      where i.token_hash = ${tokenHash}
        and i.accepted_at is null
        and i.revoked_at is null
        and i.expires_at > now()
        and t.status = 'active'
        and t.suspended_at is null
    `,
  );
}

/** The address of the workspace that this account entered by this link, as long as it is a member there. */
export async function findJoined(db: Database, tokenHash: Buffer, accountId: string): Promise<string | undefined> {
  const row = await db.one(
    z.object({ slug: z.string() }),
    sql`
      select t.slug
      from shared.invitations i
      join shared.tenants t on t.id = i.tenant_id
      join shared.memberships m on m.tenant_id = i.tenant_id
      join shared.accounts a on a.id = m.account_id
      where i.token_hash = ${tokenHash}
        and i.accepted_at is not null
        and t.status = 'active'
        and a.id = ${accountId}
        and a.email = i.email
    `,
  );
  return row?.slug;
}

/** Undefined when somebody was faster, or it expired in between: the row is the lock. */
export async function markAccepted(db: Database, id: string) {
  return db.one(
    Id,
    sql`
      update shared.invitations
      set accepted_at = now()
      where id = ${id}
        and ${open}
        and expires_at > now()
      returning id
    `,
  );
}
