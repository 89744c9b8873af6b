import type pg from 'pg';
import type { z } from 'zod';
import type { Database } from './database.js';
import { translate } from './failure.js';
import { fly, type Statement, type Step } from './flight.js';
import { nameOf } from './prepared.js';
import { tenantRole } from './roles.js';
import { parseRows } from './rows.js';
import type { Sql } from './sql.js';
import { condemn, enterTenant, type TenantPool } from './tenant-pool.js';

export interface TenantScope {
  readonly pool: TenantPool;
  readonly shard: number;
  readonly tenantId: string;
}

type Send = (statement: Sql) => Promise<pg.QueryResult<Record<string, unknown>>>;

const begin: Step = { text: 'begin', values: [] };

/** The step that makes the rest of a transaction the tenant's: its role, and a path of its schema alone. */
function enter(tenantId: string): Step {
  const name = tenantRole(tenantId);
  return { ...enterTenant, values: [name, name] };
}

/** Each statement is a flight and an implicit transaction of its own: for reads. */
export function eachInItsOwnFlight({ pool, shard, tenantId }: TenantScope): Database {
  const step = enter(tenantId);
  return databaseOver((statement) =>
    pool.use(shard, tenantId, (client) => fly(client, [step], named(statement, tenantId))),
  );
}

/** One transaction. BEGIN and the switch of role and path ride in the flight of the first statement. */
export function inOneTransaction<T>(scope: TenantScope, work: (db: Database) => Promise<T>): Promise<T> {
  return inMixedTransaction(scope, async () => undefined, work);
}

/**
 * One transaction over both worlds: first shared tables with the little that a login may do there, then, after the
 * switch of role, the tenant's own. There is no way back from the second to the first.
 */
export async function inMixedTransaction<S, T>(
  { pool, shard, tenantId }: TenantScope,
  sharedWork: (shared: Database) => Promise<S>,
  tenantWork: (db: Database, shared: S) => Promise<T>,
): Promise<T> {
  return pool.use(shard, tenantId, async (client) => {
    let ahead: Step[] = [begin];
    const send: Send = (statement) => {
      const steps = ahead;
      ahead = [];
      return fly(client, steps, named(statement, tenantId));
    };
    try {
      const shared = await sharedWork(databaseOver(send));
      ahead.push(enter(tenantId));
      const result = await tenantWork(databaseOver(send), shared);
      if (!ahead.includes(begin)) await client.query({ text: 'commit', queryMode: 'extended' } as pg.QueryConfig);
      return result;
    } catch (error) {
      await client.query({ text: 'rollback', queryMode: 'extended' } as pg.QueryConfig).catch(() => condemn(client));
      throw translate(error);
    }
  });
}

/** Prepared under the tenant's own name, if it is one that is. */
function named(statement: Sql, tenantId: string): Statement {
  return { text: statement.text, values: statement.values, name: nameOf(statement, tenantId) };
}

function databaseOver(send: Send): Database {
  const sent: Send = async (statement) => {
    try {
      return await send(statement);
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    many: async <Row>(row: z.ZodType<Row>, statement: Sql) => parseRows(row, (await sent(statement)).rows),
    one: async <Row>(row: z.ZodType<Row>, statement: Sql) =>
      parseRows(row, (await sent(statement)).rows.slice(0, 1))[0],
    run: async (statement) => (await sent(statement)).rowCount ?? 0,
  };
}

/** The same over a plain pooled client, for shared tables. */
export function databaseOn(client: pg.Pool | pg.PoolClient | pg.Client): Database {
  return databaseOver((statement) => {
    const { text, values } = statement;
    return client.query({ text, values, name: nameOf(statement), queryMode: 'extended' } as pg.QueryConfig);
  });
}
