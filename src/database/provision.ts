import { randomInt } from 'node:crypto';
import pg from 'pg';
import { forTenant, readMigrations, readTenantSchema } from './migrations.js';
import { role, tenantRole } from './roles.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** 16 characters of 36: about 82 bits, and no meaning. */
function newTenantId(): string {
  return tenantRole(`tenant_${Array.from({ length: 16 }, () => alphabet[randomInt(36)]).join('')}`);
}

/**
 * Makes ready schemas for the standby pool, all in one transaction: roles are created in batches because each
 * change of roles costs every backend. From the present schema's script; migrations are never replayed.
 */
export async function makeTenants(settings: pg.ClientConfig, count: number, shards: number): Promise<string[]> {
  const script = readTenantSchema();
  const migrations = readMigrations('tenant');
  const ids = Array.from({ length: count }, newTenantId);
  const client = new pg.Client(settings);
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('begin');
    for (const id of ids) await client.query(`create role ${id} nologin noinherit`);
    for (const id of ids) {
      const shard = randomInt(shards);
      await client.query(`
        grant ${id} to ${role.login(shard)} with inherit false, set true;
        set local role ${role.owner};
        create schema ${id};
        grant usage on schema ${id} to ${id};
        set local search_path = ${id};
        ${forTenant(script, id)}
      `);
      await client.query(`insert into shared.tenants (id, status, login_shard) values ($1, 'standby', $2)`, [
        id,
        shard,
      ]);
      await client.query(
        `insert into shared.migrations (schema_name, version, checksum) select $1, * from unnest($2::text[], $3::text[])`,
        [id, migrations.map(({ version }) => version), migrations.map(({ checksum }) => checksum)],
      );
      await client.query('reset role; set local search_path = default');
    }
    await client.query('commit');
    return ids;
  } finally {
    await client.end();
  }
}
