import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Canary, leaks, type Sink } from './canaries.js';
import { keptInDatabases } from './run-databases.js';

/** Everywhere in the tests, in browsers too, where nobody sees what is typed. */
const everywhere: readonly Canary[] = [
  { what: 'the password of the tests', value: 'violet kettle under nine lamps' },
  { what: 'the session secret', value: 'signs-every-cookie-of-this-run-0123456789' },
  { what: 'the master key', value: Buffer.from('a test deployment key, 32 bytes!').toString('base64') },
];

const shapes: readonly [string, RegExp][] = [
  // 256 bits and more in base64url; names of ours have no capitals and digits at once.
  ['a token', /(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{43,}/],
  ['a signed cookie', /s(?::|%3A)[\w-]{43}\./],
  ['a key of a provider', /\b(?:sk-|gsk_|AIza|ghp_)[\w-]{12,}/],
];

let folder = '';

/** Before anything else starts: whoever is started knows by its settings where to write. */
export function keepLogs(): void {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-run-'));
  // Postgres may be another user.
  chmodSync(folder, 0o777);
  process.env.TEST_LOGS = folder;
}

/** CR-6: counted as one test, which every other test of the run has a part in. */
export async function searchRun(clusterUrl: string, counts: { passed: number; failed: number }): Promise<void> {
  if (counts.passed + counts.failed === 0) return;
  const planted = plantedIn(folder).flatMap(([, canaries]) => canaries);
  // A search that could not be made has found nothing, and shows nothing.
  const kept = await keptInDatabases(clusterUrl).catch((error: unknown) => String(error));
  const found = [...leaksOf(folder), ...(typeof kept === 'string' ? [kept] : leaksInKept(planted, kept))];
  rmSync(folder, { recursive: true, force: true });
  counts[found.length > 0 ? 'failed' : 'passed'] += 1;
  const name = 'what this run gave in confidence is in none of its logs, jobs, events and mails (CR-6, V16.2.5)';
  console.log([`${found.length > 0 ? '✖' : '✔'} ${name}`, ...found.map((leak) => `  ${leak}`)].join('\n'));
}

/** A process's log is searched for what that process gave away; Postgres served them all. */
export function leaksOf(place: string): string[] {
  const planted = new Map(plantedIn(place));
  const names = readdirSync(place).filter((name) => name.endsWith('.log'));
  const blind = [...planted.keys()].filter((name) => !names.includes(name));
  const found = names.flatMap((name) => {
    const canaries = name === postgresLog ? [...planted.values()].flat() : (planted.get(name) ?? []);
    return leaksIn(readFileSync(join(place, name), 'utf8'), name, canaries);
  });
  return [...blind.map((name) => `nothing was written to ${name}`), ...found];
}

/** What was given away, by the log in which it must not be. */
function plantedIn(place: string): [string, Canary[]][] {
  return readdirSync(place)
    .filter((name) => name.endsWith('.planted'))
    .map((name) => [name.replace('.planted', '.log'), canariesIn(readFileSync(join(place, name), 'utf8'))]);
}

export const postgresLog = 'postgres.log';

const Line = z.object({ what: z.string(), value: z.string() });

function canariesIn(lines: string): Canary[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => Line.parse(JSON.parse(line)));
}

/** Passwords in any dress. The rest, which there is much more of, are words, and tokens show by their shape besides. */
function leaksIn(text: string, name: string, planted: readonly Canary[]): string[] {
  // A number of six digits is a count, a size, a time.
  const counted = text.replace(/:\d{6}(?=[,}])/g, ':');
  const words = new Set(counted.match(/(?<![\w.])[\w-]+/g));
  const passwords = planted.filter(({ what }) => what === 'password');
  const worded = planted.filter(({ what, value }) => what !== 'password' && words.has(value));
  const shaped = shapes.flatMap(([what, shape]) => {
    const at = shape.exec(text);
    return at ? [`${what} in ${name}: ${around(text, at.index)}`] : [];
  });
  const found = leaks([...everywhere, ...passwords], [{ name, text }]);
  return [...found, ...worded.map(({ what }) => `${what} in ${name}`), ...shaped];
}

/** Codes and tokens belong into mails; what was typed as a password or set as a cookie does not. */
function leaksInKept(planted: readonly Canary[], kept: readonly Sink[]): string[] {
  return kept.flatMap(({ name, text }) => {
    const words = new Set(text.match(/[\w-]+/g));
    const cookies = planted.filter(({ what, value }) => what === 'cookie' && words.has(value));
    const passwords = [...everywhere, ...planted.filter(({ what }) => what === 'password')];
    const typed = passwords.filter(({ value }) => text.includes(value));
    return [...cookies, ...typed].map(({ what }) => `${what} in ${name}`);
  });
}

const around = (text: string, at: number) => JSON.stringify(text.slice(Math.max(0, at - 80), at + 20));
