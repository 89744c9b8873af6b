import assert from 'node:assert/strict';
import type { Permission } from '../../../src/tenancy/permissions.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import type { Answer } from '../../support/visitor.js';
import { type Member, openTeam, type Team } from '../members/team.js';

export type Fields = [string, string][];

/** A form whose boxes have one name. */
export async function post(team: Team, { person }: Member, path: string, fields: Fields): Promise<Answer> {
  const token = await person.token('/profile');
  const body = new URLSearchParams([...fields, ['_csrf', token]]);
  return person.send(`${team.home}${path}`, { method: 'POST', body, headers: { Origin: person.origin } });
}

const boxes = (name: string, values: readonly string[]): Fields => values.map((value) => [name, value]);

export const give = (team: Team, by: Member, to: Member, given: readonly string[]) =>
  post(team, by, `/members/${to.id}/roles`, boxes('roles', given));

export const seesAudit = async (team: Team, { person }: Member) =>
  (await person.get(`${team.home}/audit`)).status === 200;

/** How a workspace's own roles and groups are made, through their pages. */
export function ways(server: TestServer) {
  const idOf = async (team: Team, table: 'roles' | 'groups', name: string): Promise<string> => {
    const { rows } = await server.database.admin.query(
      `select id from shared.${table} where tenant_id = $1 and name = $2`,
      [team.tenantId, name],
    );
    return rows[0]?.id ?? '';
  };
  return {
    idOf,
    async makeRole(team: Team, by: Member, name: string, given: readonly Permission[]): Promise<string> {
      const answer = await post(team, by, '/roles', [['name', name], ...boxes('permissions', given)]);
      assert.equal(answer.status, 303, answer.text);
      return idOf(team, 'roles', name);
    },
    async makeGroup(team: Team, by: Member, name: string, given: readonly string[] = []): Promise<string> {
      const answer = await post(team, by, '/groups', [['name', name], ...boxes('roles', given)]);
      assert.equal(answer.status, 303, answer.text);
      return idOf(team, 'groups', name);
    },
  };
}

export async function openTwoTeams() {
  const server = await startTestServer({ tenants: 2 });
  const acme = await openTeam(server, 'Acme', 'alice');
  const globex = await openTeam(server, 'Globex', 'charlie');
  return { server, acme, globex, making: ways(server) };
}
