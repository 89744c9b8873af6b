import { z } from 'zod';
import { openWorkspace } from '../../../src/features/workspaces/opening.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { permissionsOf, type Role } from '../../../src/tenancy/permissions.js';
import type { TestServer } from '../../support/server.js';
import type { Answer } from '../../support/visitor.js';
import { goodPassword, insertPerson, newPerson, type Person, signIn } from '../accounts/people.js';

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly person: Person;
}

export interface Team {
  readonly slug: string;
  /** `/w/acme`, where everything of the workspace lies. */
  readonly home: string;
  readonly tenantId: string;
  readonly context: TenantContext;
  readonly owner: Member;
  /** Another account with a session, in this workspace as `role`; in none when that is left out. */
  join(name: string, role?: Role): Promise<Member>;
  roleOf(member: Member): Promise<string | undefined>;
  events(): Promise<Event[]>;
}

const Event = z.object({
  event: z.string(),
  outcome: z.string(),
  category: z.string(),
  actorKind: z.string(),
  actorName: z.string(),
  accountId: z.string().nullable(),
  subjectKind: z.string().nullable(),
  subjectId: z.string().nullable(),
  requestId: z.string(),
  address: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type Event = z.infer<typeof Event>;

/** A workspace with its owner, who is signed in. */
export async function openTeam(server: TestServer, name: string, ownerName: string): Promise<Team> {
  const { admin } = server.database;
  const account = await insertPerson(server, ownerName);
  const origin = { requestId: 'opening', address: '203.0.113.9' };
  const tenant = await openWorkspace({ name, owner: { id: account.id, name: ownerName }, origin });
  const actor = {
    kind: 'member',
    accountId: account.id,
    name: ownerName,
    role: 'owner',
    permissions: permissionsOf('owner'),
  } as const;
  return {
    slug: tenant.slug,
    home: `/w/${tenant.slug}`,
    tenantId: tenant.id,
    context: { tenant, actor, trigger: 'page', ...origin },
    owner: await enter(server, { ...account, name: ownerName, role: 'owner' }),
    async join(joining, role) {
      const joined = await insertPerson(server, joining);
      if (role) {
        await admin.query('insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, $3)', [
          tenant.id,
          joined.id,
          role,
        ]);
      }
      return enter(server, { ...joined, name: joining, role: role ?? 'member' });
    },
    async roleOf({ id }) {
      const { rows } = await admin.query(
        'select role from shared.memberships where tenant_id = $1 and account_id = $2',
        [tenant.id, id],
      );
      return rows[0]?.role;
    },
    async events() {
      const { rows } = await admin.query(`
        select event, outcome, category, actor_kind as "actorKind", actor_name as "actorName",
          account_id as "accountId", subject_kind as "subjectKind", subject_id as "subjectId",
          request_id as "requestId", address, details
        from ${tenant.id}.audit_events order by at, id
      `);
      return rows.map((row) => Event.parse(row));
    },
  };
}

async function enter(server: TestServer, member: Omit<Member, 'person'>): Promise<Member> {
  const person = newPerson(server);
  await signIn(person, member.name, goodPassword);
  return { ...member, person };
}

/** Posts to an action of the team's pages with the token of one of them. */
export function act(
  team: Team,
  { person }: Member,
  action: string,
  fields: Record<string, string> = {},
): Promise<Answer> {
  return person.submit(`${team.home}/members`, fields, `${team.home}${action}`);
}
