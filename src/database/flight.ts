import type { Connection, Submittable } from 'pg';
import pg from 'pg';
import { forgetOn, type Preparing, prepareOn } from './prepared.js';

/** A statement that rides ahead of a query in the same network flight; its rows are thrown away. */
export interface Step {
  readonly text: string;
  readonly values: readonly string[];
  /** Named when already prepared on this connection: then only Bind and Execute are sent. */
  readonly name?: string;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Under which it is prepared on the connection that it flies on: see prepared.ts. */
  readonly name?: string | undefined;
}

type Wire = Preparing & {
  bind(message: { statement: string; values: readonly string[] }): void;
  execute(message: { portal: string }): void;
  stream: { cork(): void; uncork(): void };
};

type Handlers = Record<
  'handleRowDescription' | 'handleDataRow' | 'handleCommandComplete' | 'handleError' | 'handleReadyForQuery',
  (message: unknown, connection: unknown) => void
>;
type InnerQuery = Handlers & { _result: unknown; callback: unknown; submit(connection: Connection): Error | null };
type QueryClass = new (settings: object) => InnerQuery;

/**
 * Sends steps and one query in a single flight with a single Sync, over the extended protocol
 * (PostgreSQL manual, "Extended Query"). Without a BEGIN among the steps the flight is one implicit
 * transaction: what the steps set locally ends with it, and a step that fails skips the query.
 */
export function fly(client: pg.Client | pg.PoolClient, steps: readonly Step[], statement: Statement) {
  return new Promise<pg.QueryResult<Record<string, unknown>>>((resolve, reject) => {
    client.query(flight(steps, statement, (error, result) => (error ? reject(error) : resolve(result))) as Submittable);
  });
}

type Done = (error: Error | null, result: pg.QueryResult<Record<string, unknown>>) => void;

function flight(steps: readonly Step[], { text, values, name }: Statement, done: Done) {
  const Query = pg.Query as unknown as QueryClass;
  const query = new Query({ text, values, ...(name ? { name } : {}), queryMode: 'extended', callback: done });
  let ahead = steps.length;
  return {
    _result: query._result,
    callback: done,
    submit(connection: Connection) {
      const wire = connection as Wire;
      wire.stream.cork();
      try {
        for (const step of steps) sendStep(wire, step);
        if (name) prepareOn(wire, name, text);
        return query.submit(connection);
      } finally {
        wire.stream.uncork();
      }
    },
    handleRowDescription: (message: unknown, connection: unknown) => query.handleRowDescription(message, connection),
    handleDataRow(message: unknown, connection: unknown) {
      if (ahead === 0) query.handleDataRow(message, connection);
    },
    handleCommandComplete(message: unknown, connection: unknown) {
      if (ahead > 0) ahead -= 1;
      else query.handleCommandComplete(message, connection);
    },
    handleEmptyQuery() {},
    handlePortalSuspended() {},
    handleError(error: unknown, connection: unknown) {
      if (name) forgetOn(connection as Wire, name);
      query.handleError(error, connection);
    },
    handleReadyForQuery: (connection: unknown) => query.handleReadyForQuery(connection, undefined),
  };
}

function sendStep(wire: Wire, step: Step) {
  if (!step.name) wire.parse({ text: step.text });
  wire.bind({ statement: step.name ?? '', values: step.values });
  wire.execute({ portal: '' });
}
