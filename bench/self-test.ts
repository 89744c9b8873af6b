import { performance } from 'node:perf_hooks';
import { listStrangeRights } from '../src/database/crossing.js';
import { makeTenants } from '../src/database/provision.js';
import { shared } from '../src/database/shared.js';
import { testEveryWorkspace } from '../src/features/assurance/self-test/actions.js';
import { listTestedTenants } from '../src/features/assurance/self-test/queries.js';
import { tryCanaries } from '../src/features/assurance/self-test/run.js';
import { totalsOf } from '../src/features/assurance/self-test/self-test.js';
import { askRights } from '../src/features/assurance/self-test/tables.js';
import { shards } from '../test/support/database.js';
import { startTestServer } from '../test/support/server.js';
import { newWorkspace } from '../test/support/workspace.js';
import { rounded, say } from './support.js';

/** The time of the isolation self-test among many workspaces: `npm run bench:self-test`. TENANTS sets how many. */
const tenants = Number(process.env.TENANTS ?? 1000);
const server = await startTestServer({ tenants: 0 });
const batch = 10;
for (let made = 0; made < tenants; made += batch) {
  await makeTenants(server.database.provisioner, Math.min(batch, tenants - made), shards);
  for (let each = made; each < Math.min(made + batch, tenants); each += 1) await newWorkspace(`bench-${each}`);
}

async function seconds<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: rounded((performance.now() - started) / 1000, 1) };
}

const canaries = await seconds(() => tryCanaries(server.origin));
const { tried, leaked } = totalsOf(canaries.result);
const [first] = await listTestedTenants(shared());
const own = await seconds(() => askRights({ id: first?.id ?? '' }));
const all = await seconds(() => listStrangeRights(shared()));
const weekly = await seconds(() => testEveryWorkspace(async () => canaries.result));
say(`The isolation self-test among ${tenants} workspaces, seconds`, [
  { what: `between two canaries (${tried} tried, ${leaked} not refused)`, seconds: canaries.seconds },
  { what: 'rights on one workspace', seconds: own.seconds },
  { what: 'rights on all of them, at once', seconds: all.seconds },
  { what: `a signed result for each of ${weekly.result}`, seconds: weekly.seconds },
]);
await server.close();
