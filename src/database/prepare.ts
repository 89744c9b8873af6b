import pg from 'pg';
import type { Address } from './address.js';
import { missingGuards } from './guards.js';
import { install } from './install.js';
import { migrateShared, migrateTenants } from './migrate.js';
import { makeTenants } from './provision.js';
import { role } from './roles.js';
import { loginSettings } from './shared.js';

export interface Preparation {
  readonly address: Address;
  readonly secret: Buffer;
  readonly shards: number;
  readonly standby: number;
  onProgress?(done: number, total: number): void;
}

/**
 * Brings a database to where this version needs it: roles, guards, migrations of all tenants, the standby pool.
 * `address` connects as the installer. Answers which guards the database did not allow.
 */
export async function prepareDatabase(options: Preparation): Promise<{ missingGuards: string[] }> {
  await install(options.address, options.secret, options.shards);
  const provisioner = loginSettings(options, role.provisioner);
  await migrateShared(provisioner);
  await migrateTenants(provisioner, options.onProgress);
  await refillStandby(provisioner, options.standby, options.shards);
  const admin = new pg.Client(options.address);
  await admin.connect();
  try {
    return { missingGuards: await missingGuards(admin) };
  } finally {
    await admin.end();
  }
}

const batch = 10;

/** Tops the pool of ready schemas up to `wanted`, ten to a transaction. Answers how many were made. */
export async function refillStandby(provisioner: pg.ClientConfig, wanted: number, shards: number): Promise<number> {
  const client = new pg.Client(provisioner);
  client.on('error', () => {});
  await client.connect();
  let standing: number;
  try {
    const { rows } = await client.query<{ count: number }>(
      `select count(*) as count from shared.tenants where status = 'standby'`,
    );
    standing = rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
  const missing = Math.max(0, wanted - standing);
  for (let made = 0; made < missing; made += batch) {
    await makeTenants(provisioner, Math.min(batch, missing - made), shards);
  }
  return missing;
}
