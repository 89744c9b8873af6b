import { readMigrations } from '../../../database/migrations.js';
import { shared } from '../../../database/shared.js';
import { getOverview } from '../../../features/platform/installation/queries.js';
import { plural } from '../../../http/wording.js';
import { type Check, type Deployment, type Finding, failure, ok, warning } from '../finding.js';
import { readCapacity } from '../queries.js';

const oldest = 16;
/** Of a process beside those of its workspaces' logins: shared tables, the bus, the queue. */
const besides = 8 + 1 + 5;

export const database: Check = {
  id: 'database',
  title: 'Database',
  needsDatabase: true,
  async examine(deployment) {
    const tenantVersions = readMigrations('tenant').map(({ version }) => version);
    const overview = await getOverview(shared(), tenantVersions);
    const missing = readMigrations('shared').filter(({ version }) => !overview.shared.includes(version)).length;
    return [version(overview.postgres), migrations(missing, overview.behind), await capacity(deployment)];
  },
};

export function version(postgres: string): Finding {
  if (Number.parseInt(postgres, 10) >= oldest) return ok(`Postgres ${postgres}.`);
  return failure(`Postgres ${postgres} is older than ${oldest}.`, `Move the database to Postgres ${oldest} or newer.`);
}

function migrations(missing: number, behind: number): Finding {
  if (missing + behind === 0) return ok('All migrations are applied.');
  const says = `Pending: ${plural(missing, 'migration')} of the shared schema, and ${plural(behind, 'workspace')} behind.`;
  return failure(says, 'Run npm run db:migrate. It may be interrupted and run again.');
}

async function capacity({ settings }: Deployment): Promise<Finding> {
  const most = await readCapacity(shared());
  const each = settings.DATABASE_LOGIN_SHARDS * settings.DATABASE_CONNECTIONS_PER_SHARD + besides;
  const says = `Postgres takes ${most} connections; a process uses up to ${each}.`;
  if (most >= each) return ok(says);
  return warning(says, 'Raise max_connections of Postgres, or lower DATABASE_LOGIN_SHARDS.');
}
