import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { logTo } from '../../src/log.js';

/**
 * What a whole run gives to the product in confidence, and what the product writes to its log meanwhile: each test
 * process adds both to a folder of the run, and the run looks through it once, at its end (run-search.ts).
 */
const known = new Set<string>();

export type Planted = 'password' | 'code' | 'cookie';

/** Long enough to mean itself: a word that anybody might use is no secret. */
const shortest = 12;

export function keepLog(): void {
  const folder = process.env.TEST_LOGS;
  if (!folder) return;
  const file = openSync(join(folder, `${process.pid}.log`), 'a');
  process.once('exit', () => closeSync(file));
  logTo({ write: (line: string) => void writeSync(file, line) });
}

export function plant(what: Planted, value: string): void {
  const folder = process.env.TEST_LOGS;
  if (!folder || known.has(value) || (value.length < shortest && !/^\d{6}$/.test(value))) return;
  known.add(value);
  appendFileSync(join(folder, `${process.pid}.planted`), `${JSON.stringify({ what, value })}\n`);
}

/** From what a form is about to send. */
export function plantFields(body: unknown): void {
  if (!(body instanceof URLSearchParams || body instanceof FormData)) return;
  for (const [name, value] of body) {
    if (typeof value !== 'string') continue;
    if (/password/i.test(name)) plant('password', value);
    else if (/code|secret|_csrf/i.test(name)) plant('code', value);
  }
}

/** A session's name stands between a mark and a signature. */
export function plantCookie(value: string): void {
  plant('cookie', /^s(?::|%3A)([\w-]+)\./.exec(value)?.[1] ?? value);
}

/** Of the cluster: Postgres writes what it writes where nobody set anything else. */
export function serverLog(): string[] {
  const folder = process.env.TEST_LOGS;
  if (!folder) return [];
  const where = ['logging_collector=on', `log_directory=${folder}`, 'log_filename=postgres.log', 'log_file_mode=0644'];
  return [...where, 'log_min_messages=warning'].flatMap((setting) => ['-c', setting]);
}
