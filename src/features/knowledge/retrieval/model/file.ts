import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useLiteModel } from './use-lite.js';
import { openWeights } from './weights.js';

/** A new number makes a new file where the conversion has changed. */
const fileName = 'use-lite-int8.1.onnx';

/** The path of the ONNX model, converted from the package's weights when it is not there (about half a second). */
export function modelFile(folder: string): string {
  const path = join(folder, fileName);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Several processes may convert at once: each writes a file of its own, the last one to be done stays.
  const partial = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(partial, useLiteModel(openWeights()), { mode: 0o600, flag: 'wx' });
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
  return path;
}

export function discardModelFile(folder: string): void {
  rmSync(join(folder, fileName), { force: true });
}
