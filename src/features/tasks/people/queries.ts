import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const PersonRow = z.object({ id: z.uuid(), name: z.string(), username: z.string() });
export type PersonRow = z.infer<typeof PersonRow>;

/** The members of a workspace by name, without their rights. */
export async function listPeople(db: Database, tenantId: string, most: number): Promise<PersonRow[]> {
  return db.many(
    PersonRow,
    sql`
      select a.id, a.name, a.username
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
      order by lower(a.name), a.id
      limit ${most}
    `,
  );
}

/** Members with these ids, or called like this. */
export async function findPeople(
  db: Database,
  tenantId: string,
  { ids = [], name = '' }: { ids?: readonly string[]; name?: string },
): Promise<PersonRow[]> {
  const wanted = name.replace(/^@/, '').toLowerCase();
  return db.many(
    PersonRow,
    sql`
      select a.id, a.name, a.username
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and (a.id = any (${[...ids]}::uuid[]) or (${wanted} <> '' and ${wanted} in (a.username, lower(a.name))))
      order by a.username <> ${wanted}, a.id
    `,
  );
}

const AgentRow = z.object({ id: z.uuid(), name: z.string(), archived: z.boolean() });
export type AgentRow = z.infer<typeof AgentRow>;

export async function listAgentNames(db: TenantDatabase, most: number): Promise<AgentRow[]> {
  return db.many(
    AgentRow,
    sql`
      select a.id, a.name, a.archived_at is not null as archived
      from agents a
      order by a.archived_at is not null, lower(a.name), a.id
      limit ${most}
    `,
  );
}
