import { readFileSync } from 'node:fs';
import { projectPath } from '../../config.js';

export interface StoredTable {
  readonly name: string;
  /** Encrypted with the workspace's key. */
  readonly sealed: readonly string[];
  /** Hashes and keyed tags: comparable, not readable. */
  readonly hashed: readonly string[];
  readonly clear: readonly string[];
}

const hashes = /(^|_)(hash|digest|tags?|verifier)$/;
const isBytes = (type: string) => type.startsWith('bytea');

/** What each table of a workspace keeps and in which form, read from the schema that new workspaces are made of. */
export function storedByWorkspace(): StoredTable[] {
  return tablesIn(readFileSync(projectPath('sql', 'tenant.schema.sql'), 'utf8'));
}

export function tablesIn(schema: string): StoredTable[] {
  const tables = schema.matchAll(/^create table (?:\w+\.)?(\w+) \(\n([\s\S]*?)\n\);/gm);
  return [...tables].map(([, name = '', body = '']) => {
    const columns = [...body.matchAll(/^ {2}(?!constraint\b)(\w+) ([^,\n]+)/gm)].map(([, column = '', type = '']) => ({
      column,
      type,
    }));
    const named = (fits: (each: (typeof columns)[number]) => boolean) =>
      columns.filter(fits).map(({ column }) => column);
    return {
      name,
      sealed: named(({ column, type }) => isBytes(type) && !hashes.test(column)),
      hashed: named(({ column, type }) => isBytes(type) && hashes.test(column)),
      clear: named(({ type }) => !isBytes(type)),
    };
  });
}

/** What no table has a place for. A test looks for columns that would be one. */
export const neverStored: readonly string[] = [
  'Uploaded files, once their text was read',
  'Passwords, codes and links as they were typed or mailed',
  'Tokens of Google and GitHub',
  'Keys of model providers, which stay in the environment',
  'Cookies or identifiers of other sites',
];
