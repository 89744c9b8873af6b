import pg from 'pg';
import type { Address } from './address.js';

const oldest = 16;

/** `version` as Postgres counts: 170011 is 17.11. Before 16 a membership could not be kept from being inherited. */
export function refuseOlder(version: number): void {
  if (version >= oldest * 10_000) return;
  throw new Error(`This is Postgres ${Math.floor(version / 10_000)}. Postgres ${oldest} or newer is needed.`);
}

/** Before anything is installed: an older server would stop half-way, at words that it does not know. */
export async function checkServerVersion(address: Address): Promise<void> {
  const client = new pg.Client(address);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    refuseOlder(rows[0]?.version ?? 0);
  } finally {
    await client.end();
  }
}
