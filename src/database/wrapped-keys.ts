import pg from 'pg';
import type { Address } from './address.js';

export interface WrappedKeyRow {
  readonly tenantId: string;
  readonly purpose: 'content' | 'index';
  readonly generation: number;
  readonly wrapped: Buffer;
}

/** The keys of one workspace, of a database that may be empty still; undefined when nobody has any. */
export async function anyWrappedKeys(address: Address): Promise<WrappedKeyRow[] | undefined> {
  const client = new pg.Client(address);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('shared.tenant_keys') is not null as there`,
    );
    if (!rows[0]?.there) return undefined;
    const keys = await client.query<WrappedKeyRow>(
      `select tenant_id as "tenantId", purpose, generation, wrapped from shared.tenant_keys
        where tenant_id = (select max(tenant_id) from shared.tenant_keys)`,
    );
    return keys.rows.length > 0 ? keys.rows : undefined;
  } finally {
    await client.end();
  }
}
