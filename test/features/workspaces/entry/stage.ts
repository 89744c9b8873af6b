import { after, before } from 'node:test';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { tell } from '../../../support/tell.js';
import { type Member, openTeam, type Team } from '../../members/team.js';

process.env.TRIAL_DAYS = '30';
export let server: TestServer;
export let acme: Team;
export let globex: Team;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
});
after(() => server?.close());

export const ask = (statement: string, values: unknown[]) => server.database.admin.query(statement, values);
export const pages = ['', '/members', '/knowledge', '/conversations', '/members/departure'];

/** As if this person had signed in by these methods. */
export async function signedInBy({ id }: Member, methods: string[]): Promise<void> {
  const { rows } = await ask(
    `update shared.sessions set sess = jsonb_set(sess::jsonb, '{methods}', $2)::json where account_id = $1 returning sid`,
    [id, JSON.stringify(methods)],
  );
  const sids = rows.map(({ sid }) => String(sid));
  await tell(server.database, 'session', sids);
}

/** The directory's row of a workspace, as the operator changes it, told to everybody in it. */
export async function change(team: Team, what: string, value: unknown = null): Promise<void> {
  await ask(`update shared.tenants set ${what} = $2 where id = $1`, [team.tenantId, value]);
  const { rows } = await ask('select account_id as id from shared.memberships where tenant_id = $1', [team.tenantId]);
  const members = rows.map(({ id }) => String(id));
  await tell(server.database, 'membership', members);
}

export const opens = async ({ person }: Member, path: string) => (await person.get(path)).status;
