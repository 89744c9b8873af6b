import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { varPath } from '../../config.js';
import { newId } from '../../database/id.js';

const touchedEveryMs = 10_000;
/** A file that nobody touched for so long has lost its process. */
const desertedMs = 60_000;

/** Whose file it is: several processes, on several machines, may share the folder. */
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const owner = `${host}-${process.pid}`;

/** What this process is working on. */
const held = new Set<string>();
let touching: NodeJS.Timeout | undefined;

/** The private folder (mode 0700) in which an upload lies only while it is read (KB-3). */
function folder(): string {
  const path = varPath('uploads');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

function hold(name: string): string {
  const path = join(folder(), name);
  held.add(path);
  touching ??= setInterval(() => void touch(), touchedEveryMs).unref();
  return path;
}

async function touch(): Promise<void> {
  if (held.size === 0) {
    clearInterval(touching);
    touching = undefined;
  }
  const now = new Date();
  await Promise.all([...held].map((path) => utimes(path, now, now).catch(() => undefined)));
}

/** A place with a random name, for a file that arrives. */
export function placeForUpload(): string {
  return hold(`${owner}.${newId()}.arriving`);
}

/** From here on the file's name says whose it is, so that whoever finds it after a crash can tell its document. */
export async function nameUpload(path: string, tenantId: string, documentId: string): Promise<string> {
  const named = hold(nameOf(tenantId, documentId));
  await rename(path, named);
  held.delete(path);
  return named;
}

export async function writeUpload(content: Buffer, tenantId: string, documentId: string): Promise<string> {
  const path = hold(nameOf(tenantId, documentId));
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

const nameOf = (tenantId: string, documentId: string) => `${owner}.${newId()}.${tenantId}.${documentId}.upload`;

/** The content goes; the name stays until the document says what became of it. */
export async function emptyUpload(path: string): Promise<void> {
  await truncate(path).catch(() => undefined);
}

export async function discardUpload(path: string): Promise<void> {
  await rm(path, { force: true });
  held.delete(path);
}

/** For a document that could not be told: the next sweep tries again. */
export function desertUpload(path: string): void {
  held.delete(path);
}

/** What lies here of one tenant at this moment. */
export async function uploadsOf(tenantId: string): Promise<string[]> {
  const names = await readdir(folder());
  return names.filter((name) => name.includes(`.${tenantId}.`)).map((name) => join(folder(), name));
}

export interface Orphan {
  readonly path: string;
  readonly tenantId: string;
  readonly documentId: string;
}

/** Empties what dead processes left, and answers which documents they were reading. Discard each once it was told. */
export async function sweepUploads(): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  for (const name of await readdir(folder())) {
    const path = join(folder(), name);
    if (held.has(path) || !(await isDeserted(name, path))) continue;
    const [, tenantId, documentId] = /\.(tenant_[a-z0-9]{16})\.([0-9a-f-]{36})\.upload$/.exec(name) ?? [];
    if (tenantId && documentId) {
      await emptyUpload(path);
      orphans.push({ path, tenantId, documentId });
    } else await rm(path, { force: true });
  }
  return orphans;
}

async function isDeserted(name: string, path: string): Promise<boolean> {
  const [, itsHost, itsPid] = /^([0-9a-f]{8})-(\d+)\./.exec(name) ?? [];
  // One of our own number that is not held is an earlier process's: in a container all have number 1.
  if (itsHost === host && (Number(itsPid) === process.pid || !isRunning(Number(itsPid)))) return true;
  const touchedAt = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
  return touchedAt < Date.now() - desertedMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
