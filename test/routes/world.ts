import { type Member, openTeam, type Team } from '../features/members/team.js';
import { putInConsole } from '../features/platform/console.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { furnish } from './furnished.js';
import type { Names } from './places.js';

// The owner of acme runs the installation, too; everybody here comes from one network.
process.env.PLATFORM_ADMINS = 'alice@acme.test,olga@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16';

// Set up, so that their doors are there; nobody answers behind them.
for (const provider of ['GOOGLE', 'GITHUB']) {
  Object.assign(process.env, { [`${provider}_CLIENT_ID`]: 'walked', [`${provider}_CLIENT_SECRET`]: 'walked' });
}

export interface World {
  readonly server: TestServer;
  readonly acme: Team;
  readonly globex: Team;
  /** In acme without any right to manage. */
  readonly bob: Member;
  /** Something real of every kind, as the owner of acme may open it; and the same of globex. */
  readonly ours: Names;
  readonly theirs: Names;
  close(): Promise<void>;
}

export async function openWorld(tenants = 2): Promise<World> {
  const server = await startTestServer({ tenants });
  const acme = await openTeam(server, 'Acme', 'alice');
  const globex = await openTeam(server, 'Globex', 'charlie');
  await putInConsole(server, acme.owner.id);
  const bob = await acme.join('bob', 'member');
  await globex.join('dora', 'member');
  const [ours, theirs] = [await furnish(server, acme), await furnish(server, globex)];
  return { server, acme, globex, bob, ours, theirs, close: () => server.close() };
}

/** The tables of a schema, each as a digest of its rows, so that a changed row is seen as well as a new one. */
export async function snapshot({ server }: World, schemas: readonly string[]): Promise<Record<string, string>> {
  const { admin } = server.database;
  const { rows } = await admin.query(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname = any ($1) order by 1`,
    [schemas],
  );
  const digests: Record<string, string> = {};
  for (const { name } of rows) {
    const where = /\.(?:audit|platform)_events$/.test(name)
      ? `where event not in ('platform.report-file-taken', 'audit.opened', 'audit.exported', 'usage.exported', 'private-access.looked', 'workspace.exported')`
      : '';
    const found = await admin.query(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from ${name} t ${where}`,
    );
    digests[name] = found.rows[0].digest;
  }
  return digests;
}
