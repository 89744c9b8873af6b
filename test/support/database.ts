import './settings.js';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Address, parseAddress } from '../../src/database/address.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded.js';
import { setDatabaseRights } from '../../src/database/guards.js';
import { install } from '../../src/database/install.js';
import { migrateShared } from '../../src/database/migrate.js';
import { makeTenants } from '../../src/database/provision.js';
import { role } from '../../src/database/roles.js';
import { closeDatabases, loginSettings, openDatabases } from '../../src/database/shared.js';
import { deploymentKey } from '../../src/vault/deployment.js';
import { serverLog } from './planted.js';

export const shards = 4;
const template = 'bailiwick_template';

/** What a database does for a crash of its machine or for its old age is of no use to one that lives for minutes. */
const clusterSettings = [
  ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'checkpoint_timeout=1h'],
  ...['max_wal_size=8GB', 'jit=off', 'max_connections=400'],
];
/** For a whole run, which makes hundreds of databases; a measurement keeps what it was always measured with. */
const runSettings = [
  ...['max_wal_size=1GB', 'shared_buffers=256MB', 'io_method=sync', 'wal_level=minimal', 'max_wal_senders=0'],
  ...['track_counts=off'],
];

export interface TestDatabase {
  readonly url: string;
  readonly address: Address;
  readonly secret: Buffer;
  /** A superuser's connection, for looking at what nobody else may see. */
  readonly admin: pg.Client;
  readonly provisioner: pg.ClientConfig;
  close(): Promise<void>;
}

/** Starts a cluster and makes the template that test databases are cloned from. */
export async function startCluster({ wholeRun = false } = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const memory = wholeRun ? roomyMemory() : undefined;
  const folder = mkdtempSync(join(memory ?? tmpdir(), 'bailiwick-postgres-'));
  // Where a server for root keeps its data, it would choose itself, and on a disk.
  if (memory) writeFileSync(join(folder, 'where-the-data-is.txt'), `${folder}-data`);
  const settings = [...clusterSettings, ...(wholeRun ? runSettings : [])].flatMap((setting) => ['-c', setting]);
  const server = await startEmbeddedPostgres(folder, [...settings, ...serverLog()]);
  await makeTemplate(server);
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A file system in memory with room for the databases of a whole run, about 5 GB: a schema is hundreds of files. */
function roomyMemory(): string | undefined {
  const folder = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 12 * 1024 ** 3 ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** As many as most files need at most; who needs more has its own. */
const copied = 4;
let opened = 0;

/**
 * Copying ready schemas costs a tenth of making them. The first who needs them makes them, the others wait. One process
 * never gets the same schemas twice: what it remembers of a workspace would be of another.
 */
async function templateWithTenants(server: pg.Client, clusterUrl: string): Promise<string> {
  opened += 1;
  const name = `${template}_${opened}`;
  await server.query('select pg_advisory_lock(hashtext($1))', [name]);
  try {
    const { rowCount } = await server.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await makeTemplateWithTenants(server, name, clusterUrl);
    return name;
  } finally {
    await server.query('select pg_advisory_unlock(hashtext($1))', [name]);
  }
}

async function makeTemplateWithTenants(server: pg.Client, name: string, clusterUrl: string): Promise<void> {
  const begun = `${name}_begun`;
  await server.query(`drop database if exists ${begun}`);
  await server.query(`create database ${begun} template ${template} strategy file_copy`);
  const address = { ...parseAddress(clusterUrl), database: begun };
  const admin = new pg.Client({ ...address });
  await admin.connect();
  await setDatabaseRights(admin);
  await admin.end();
  await makeTenants(loginSettings({ address, secret: deploymentKey('database') }, role.provisioner), copied, shards);
  await server.query(`alter database ${begun} rename to ${name}`);
}

/** Of the copied ones so many stand by, the others as if they were not there. */
async function leaveTenants(admin: pg.Client, tenants: number): Promise<void> {
  await admin.query(
    `with surplus as (delete from shared.tenants where id in (select id from shared.tenants order by id offset $1) returning id)
     delete from shared.migrations where schema_name in (select id from surplus)`,
    [tenants],
  );
}

async function makeTemplate(server: EmbeddedPostgres): Promise<void> {
  const admin = new pg.Client(server.url);
  await admin.connect();
  await admin.query(`create database ${template}`);
  await admin.end();
  const address = { ...parseAddress(server.url), database: template };
  const secret = deploymentKey('database');
  await install(address, secret, shards);
  await migrateShared(loginSettings({ address, secret }, role.provisioner));
}

/**
 * A database of this test file's own, with `tenants` ready schemas standing by, opened for the product's code. The
 * schemas are copies, and their roles are those of every other file's copies: who drops a workspace or changes what its
 * role may, asks for its `own`.
 */
export async function openTestDatabase({ tenants = 4, own = false, open = true } = {}): Promise<TestDatabase> {
  const cluster = process.env.TEST_CLUSTER_URL ? undefined : await startCluster();
  const clusterUrl = process.env.TEST_CLUSTER_URL ?? cluster?.url ?? '';
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client(clusterUrl);
  await server.connect();
  const copies = tenants > 0 && tenants <= copied && !own;
  const from = copies ? await templateWithTenants(server, clusterUrl) : template;
  // Written out for every page otherwise; nothing is lost that outlives a crash here.
  await server.query(`create database ${name} template ${from} strategy file_copy`);
  const url = clusterUrl.replace(/\/[^/]*$/, `/${name}`);
  const address = parseAddress(url);
  const secret = deploymentKey('database');
  const admin = new pg.Client({ ...address });
  admin.on('error', () => {});
  await admin.connect();
  await setDatabaseRights(admin);
  const provisioner = loginSettings({ address, secret }, role.provisioner);
  if (copies) await leaveTenants(admin, tenants);
  else if (tenants > 0) await makeTenants(provisioner, tenants, shards);
  Object.assign(process.env, { DATABASE_URL: url, DATABASE_MIGRATE: 'off', DATABASE_LOGIN_SHARDS: String(shards) });
  if (open) openDatabases({ address, secret, shards, perShard: 2 });
  return {
    url,
    address,
    secret,
    admin,
    provisioner,
    async close() {
      await closeDatabases();
      await admin.end();
      await server.end();
      // Of a whole run it goes with its cluster: dropping one costs as much as making it.
      await cluster?.stop();
    },
  };
}
