import './settings.js';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
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

export const shards = 4;
const template = 'bailiwick_template';

/** What a database does for a crash of its machine or for its old age is of no use to one that lives for minutes. */
const clusterSettings = [
  ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'checkpoint_timeout=1h'],
  ...['max_wal_size=8GB', 'jit=off', 'max_connections=400'],
].flatMap((setting) => ['-c', setting]);

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
export async function startCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-postgres-'));
  const server = await startEmbeddedPostgres(folder, clusterSettings);
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

/** A database of this test file's own, with `tenants` ready schemas standing by, opened for the product's code. */
export async function openTestDatabase({ tenants = 4, open = true } = {}): Promise<TestDatabase> {
  const cluster = process.env.TEST_CLUSTER_URL ? undefined : await startCluster();
  const clusterUrl = process.env.TEST_CLUSTER_URL ?? cluster?.url ?? '';
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client(clusterUrl);
  await server.connect();
  await server.query(`create database ${name} template ${template}`);
  const url = clusterUrl.replace(/\/[^/]*$/, `/${name}`);
  const address = parseAddress(url);
  const secret = deploymentKey('database');
  const admin = new pg.Client({ ...address });
  admin.on('error', () => {});
  await admin.connect();
  await setDatabaseRights(admin);
  const provisioner = loginSettings({ address, secret }, role.provisioner);
  if (tenants > 0) await makeTenants(provisioner, tenants, shards);
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
      await server.query(`drop database ${name} with (force)`);
      await server.end();
      await cluster?.stop();
    },
  };
}
