import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';

const lookAgainMs = 1000;

/** Calls `forget` when a file below the folder has changed, so that an edited view shows without a restart. */
export function forgetWhenEdited(folder: string, forget: () => void): () => void {
  if (config().production) return () => {};
  let known = newest(folder);
  let looked = Date.now();
  return () => {
    if (Date.now() - looked < lookAgainMs) return;
    looked = Date.now();
    const latest = newest(folder);
    if (latest !== known) forget();
    known = latest;
  };
}

function newest(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  // Editors make and remove files of their own between the two looks.
  const times = names.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.max(0, ...times) + names.length;
}
