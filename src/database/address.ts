import type pg from 'pg';
import connectionString from 'pg-connection-string';

export type Address = Pick<pg.ClientConfig, 'host' | 'port' | 'database' | 'user' | 'password' | 'ssl'>;

/** Where the database is, from a `postgres://` URL; `sslmode` and a socket folder as libpq reads them. */
export function parseAddress(url: string): Address {
  const parsed = connectionString.parseIntoClientConfig(url);
  return {
    host: parsed.host ?? 'localhost',
    port: parsed.port ?? 5432,
    database: parsed.database ?? 'postgres',
    user: parsed.user,
    password: parsed.password,
    ssl: parsed.ssl,
  };
}
