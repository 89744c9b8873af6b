import { createHash } from 'node:crypto';
import type { Connection } from 'pg';
import type { Sql } from './sql.js';

/** Postgres keeps about 100 kB for each, on each of a process's connections. */
const mostOnOne = 100;

const frequent = new WeakSet<Sql>();
const names = new Map<string, string>();
const kept = new WeakMap<Connection, Set<string>>();

/**
 * Marks a statement that is sent so often that each connection prepares it, so that Postgres reads and plans its text once
 * and not every time: PostgreSQL manual, "PREPARE". After five uses it may plan for any values at once: only for statements
 * whose best plan is the same for all values, such as those that find their rows by key.
 */
export function often(statement: Sql): Sql {
  frequent.add(statement);
  return statement;
}

/** The name of a marked statement. A path of its own gives it another plan: `within` names the tenant. */
export function nameOf(statement: Sql, within = ''): string | undefined {
  if (!frequent.has(statement)) return undefined;
  const { text } = statement;
  const known = names.get(text);
  const name = known ?? createHash('sha256').update(text).digest('hex').slice(0, 16);
  if (!known) names.set(text, name);
  return `${name}${within}`;
}

export type Preparing = Connection & {
  readonly parsedStatements: Record<string, string>;
  parse(message: { text: string; name?: string }): void;
  close(message: { type: 'S'; name: string }): void;
};

/** Sends what is needed so that the statement is there, and drops the one that was not used for longest. */
export function prepareOn(wire: Preparing, name: string, text: string): void {
  const known = kept.get(wire) ?? new Set();
  kept.set(wire, known);
  if (known.delete(name)) {
    known.add(name);
    return;
  }
  const [oldest] = known;
  if (oldest !== undefined && known.size >= mostOnOne) {
    forgetOn(wire, oldest);
    wire.close({ type: 'S', name: oldest });
  }
  // An earlier try may have come as far as this; to close what is not there is no error.
  wire.close({ type: 'S', name });
  wire.parse({ text, name });
  known.add(name);
  wire.parsedStatements[name] = text;
}

/** After an error nobody knows whether it is there, or still fits the tables: the next use prepares it anew. */
export function forgetOn(wire: Preparing, name: string): void {
  kept.get(wire)?.delete(name);
  delete wire.parsedStatements[name];
}
