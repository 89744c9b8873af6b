import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import type { Role } from '../../tenancy/permissions.js';
import { Invitation, Member } from './member.js';

const Id = z.object({ id: z.uuid() });
const Count = z.object({ count: z.number() });
const OpenInvitation = Invitation.extend({ workspaceName: z.string(), slug: z.string() });
export type OpenInvitation = z.infer<typeof OpenInvitation>;

const memberColumns = sql`a.id as account_id, a.name, a.username, a.email, m.role, m.joined_at`;
const invitationColumns = sql`id, tenant_id, email, role, invited_by, created_at, expires_at`;

export async function listMembers(db: Database, tenantId: string): Promise<Member[]> {
  return db.many(
    Member,
    sql`
      select ${memberColumns}
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
      order by lower(a.name), a.id
    `,
  );
}

export async function getMember(db: Database, tenantId: string, accountId: string): Promise<Member> {
  const member = await db.one(
    Member,
    sql`
      select ${memberColumns}
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and m.account_id = ${accountId}
    `,
  );
  if (!member) throw new NotFound('There is no such member.');
  return member;
}

/** Locks the workspace's owners, so that two of them cannot leave at the same moment. */
export async function lockOwners(db: Database, tenantId: string): Promise<string[]> {
  const rows = await db.many(
    z.object({ accountId: z.uuid() }),
    sql`
      select account_id
      from shared.memberships
      where tenant_id = ${tenantId}
        and role = 'owner'
      order by account_id
      for update
    `,
  );
  return rows.map((row) => row.accountId);
}

export async function updateRole(db: Database, tenantId: string, accountId: string, role: Role): Promise<number> {
  return db.run(sql`
    update shared.memberships set role = ${role} where tenant_id = ${tenantId} and account_id = ${accountId}
  `);
}

export async function deleteMember(db: Database, tenantId: string, accountId: string): Promise<number> {
  return db.run(sql`delete from shared.memberships where tenant_id = ${tenantId} and account_id = ${accountId}`);
}

export async function listInvitations(db: Database, tenantId: string): Promise<Invitation[]> {
  return db.many(
    Invitation,
    sql`
      select ${invitationColumns}
      from shared.invitations
      where tenant_id = ${tenantId}
        and accepted_at is null
        and revoked_at is null
      order by created_at desc
    `,
  );
}

export async function insertInvitation(db: Database, row: Omit<Invitation, 'createdAt'> & { tokenHash: Buffer }) {
  await db.run(sql`
    insert into shared.invitations (id, tenant_id, email, role, token_hash, invited_by, expires_at)
    values (${row.id}, ${row.tenantId}, ${row.email}, ${row.role}, ${row.tokenHash}, ${row.invitedBy}, ${row.expiresAt})
  `);
}

/** A newer invitation to the same address replaces the older ones: their links end. */
export async function revokeInvitationsTo(db: Database, tenantId: string, email: string): Promise<void> {
  await db.run(sql`
    update shared.invitations
    set revoked_at = now()
    where tenant_id = ${tenantId}
      and email = ${email}
      and accepted_at is null
      and revoked_at is null
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
        and accepted_at is null
        and revoked_at is null
      returning ${invitationColumns}
    `,
  );
  if (!invitation) throw new NotFound('This invitation was accepted or withdrawn already.');
  return invitation;
}

export async function countMembers(db: Database, tenantId: string, email: string): Promise<number> {
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
    `,
  );
}

/** Undefined when somebody was faster, or it expired in between: the row is the lock. */
export async function markAccepted(db: Database, id: string) {
  return db.one(
    Id,
    sql`
      update shared.invitations
      set accepted_at = now()
      where id = ${id}
        and accepted_at is null
        and revoked_at is null
        and expires_at > now()
      returning id
    `,
  );
}
