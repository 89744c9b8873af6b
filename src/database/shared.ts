import pg from 'pg';
import { UpstreamFailed } from '../errors.js';
import type { Address } from './address.js';
import { type Bus, channel, newListeners, openBus } from './bus.js';
import type { Database } from './database.js';
import { isUnavailable, translate } from './failure.js';
import { loginPassword, role } from './roles.js';
import { databaseOn } from './scope.js';
import { sql } from './sql.js';
import { openTenantPool, type TenantPool } from './tenant-pool.js';

interface Databases {
  readonly address: Address;
  readonly secret: Buffer;
  readonly web: pg.Pool;
  readonly tenants: TenantPool;
  readonly bus: Bus;
}

let current: Databases | undefined;
const listeners = newListeners();
const revived = new Set<() => void>();

export interface DatabaseSettings {
  readonly address: Address;
  /** From which the logins' passwords are derived. */
  readonly secret: Buffer;
  readonly shards: number;
  readonly perShard: number;
}

/** Opens this process's pools. Connects lazily, so it succeeds while the database is away. */
export function openDatabases(settings: DatabaseSettings): void {
  const { address, secret } = settings;
  const web = new pg.Pool({ ...loginSettings(settings, role.web), max: 8, idleTimeoutMillis: 30_000 });
  web.on('error', () => {});
  web.on('connect', (client) => client.on('error', () => {}));
  const tenants = openTenantPool(settings);
  const bus = openBus(loginSettings(settings, role.web), {
    listeners,
    onRevived() {
      for (const listener of revived) listener();
    },
  });
  current = { address, secret, web, tenants, bus };
}

export async function closeDatabases(): Promise<void> {
  const closing = current;
  current = undefined;
  if (!closing) return;
  await Promise.all([closing.bus.close(), closing.tenants.close(), closing.web.end()]);
}

function opened(): Databases {
  if (!current) throw new UpstreamFailed('The database is not open yet.');
  return current;
}

/** How to connect as one of the installation's own logins. */
export function loginSettings({ address, secret }: Pick<DatabaseSettings, 'address' | 'secret'>, name: string) {
  return { ...address, user: name, password: loginPassword(secret, name), connectionTimeoutMillis: 5000 };
}

/** The settings of a login of the open database: for the worker's queue and the provisioner. */
export function settingsOf(name: string): pg.ClientConfig {
  return loginSettings(opened(), name);
}

/** The pool behind shared tables, for libraries that bring their own statements. */
export function webPool(): pg.Pool {
  return opened().web;
}

export function tenantPool(): TenantPool {
  return opened().tenants;
}

/** Shared tables, a statement at a time. Reaches no tenant's data: its login may not. */
export function shared(): Database {
  return databaseOn(opened().web);
}

export async function sharedTransaction<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const client = await opened()
    .web.connect()
    .catch((error: unknown) => {
      throw translate(error);
    });
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(databaseOn(client));
    await client.query('commit');
    return result;
  } catch (error) {
    if (isUnavailable(error)) broken = error instanceof Error ? error : undefined;
    else await client.query('rollback').catch((failure: Error) => (broken = failure));
    throw translate(error);
  } finally {
    client.release(broken);
  }
}

/** Tells every process that something with this id changed, when the transaction commits. Ids only, never content. */
export async function publish(db: Database, topic: string, id: string): Promise<void> {
  await db.run(sql`select pg_notify(${channel}, ${`${topic}:${id}`})`);
}

/** For the process that made the change: its own caches must not wait for the echo. */
export const tellHere: (topic: string, id: string) => void = listeners.tellHere;

/** Calls back for each id published on the topic, from this process or another. Answers how to stop. */
export function onPublished(topic: string, listener: (id: string) => void): () => void {
  return listeners.on(topic, listener);
}

export function onRevived(listener: () => void): void {
  revived.add(listener);
}

export function busIsLive(): boolean {
  return current?.bus.isLive() ?? false;
}
