import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { varPath } from '../../../src/config.js';
import { newId } from '../../../src/database/id.js';
import type { DeletionOrder } from '../../../src/features/workspaces/deletion.js';
import { enqueueJob } from '../../../src/jobs/job.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import type { TestServer } from '../../support/server.js';
import type { Answer } from '../../support/visitor.js';
import { goodPassword } from '../accounts/people.js';
import { act, type Team } from '../members/team.js';

/** The owner's own way to delete a workspace. */
export function askFor(team: Team, typed: string, password = goodPassword): Promise<Answer> {
  return team.owner.person.submit(`${team.home}/settings/deletion`, { typed, password });
}

/** What the job of that deletion gets. */
export function orderOf(team: Team, answer: Answer): DeletionOrder {
  return { deletionId: answer.location.split('/')[2] ?? '', owners: [team.owner.id] };
}

/** What a superuser finds of a tenant anywhere in the cluster. */
export async function traces(server: TestServer, { tenantId }: Team): Promise<Record<string, number>> {
  const { rows } = await server.database.admin.query(
    `select
       (select count(*)::int from pg_namespace where nspname = $1) as schemas,
       (select count(*)::int from pg_class where relnamespace = to_regnamespace($1)) as relations,
       (select count(*)::int from pg_roles where rolname = $1) as roles,
       (select count(*)::int from shared.tenants where id = $1) as tenants,
       (select count(*)::int from shared.tenant_keys where tenant_id = $1) as keys,
       (select count(*)::int from shared.memberships where tenant_id = $1) as memberships,
       (select count(*)::int from shared.invitations where tenant_id = $1) as invitations,
       (select count(*)::int from shared.migrations where schema_name = $1) as migrations,
       (select count(*)::int from graphile_worker._private_jobs where payload::text like '%' || $1 || '%') as jobs`,
    [tenantId],
  );
  return rows[0];
}

export async function sessionsOf(server: TestServer, id: string): Promise<number> {
  const { rows } = await server.database.admin.query(
    'select count(*)::int as count from shared.sessions where account_id = $1',
    [id],
  );
  return rows[0].count;
}

/** Something of every kind that a deletion has to find. */
export async function fill(team: Team): Promise<void> {
  await act(team, team.owner, '/members/invitations', { email: `guest@${team.slug}.test`, role: 'member' });
  await inTenant(team.context, 'knowledge.create', (db) => enqueueJob(db, 'knowledge.index', { documentId: newId() }));
  mkdirSync(varPath('uploads'), { recursive: true });
  writeFileSync(join(varPath('uploads'), `00000000-1.${newId()}.${team.tenantId}.${newId()}.upload`), 'content');
}
