import { createHmac } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { config } from '../../config.js';
import { TooManyRequests, UpstreamFailed } from '../../errors.js';
import type { PasswordAnswer, PasswordTask } from './password-worker.js';

interface Waiting {
  readonly task: PasswordTask;
  resolve(answer: PasswordAnswer): void;
  reject(reason: Error): void;
}

/** At about 0.3 s a hash, the last of eight waits some 2.5 s; more would only wait to give up. */
const longestQueue = 8;

const queue: Waiting[] = [];
let running: Waiting | undefined;
let worker: Worker | undefined;
let hashes = 0;

/** Answers a bcrypt hash (60 characters). Throws TooManyRequests when too many are waiting. */
export async function hashPassword(password: string, pepper: string): Promise<string> {
  const { hash } = await ask({ kind: 'hash', digest: prehash(password, pepper), cost: cost() });
  return hash;
}

/**
 * True when the password is the one that was hashed. Does exactly one bcrypt whatever it is given: an account that does
 * not exist (undefined) costs what one that exists does. Throws TooManyRequests when too many are waiting.
 */
export async function verifyPassword(password: string, hash: string | undefined, pepper: string): Promise<boolean> {
  const known = hash !== undefined && /^\$2[ab]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/.test(hash);
  const { same } = await ask({
    kind: 'compare',
    digest: prehash(password, pepper),
    hash: known ? hash : nobodysHash(),
  });
  return known && same;
}

/** How many bcrypt computations this process has asked for; tests compare it around an attempt. */
export function passwordHashCount(): number {
  return hashes;
}

/** bcrypt reads 72 bytes and stops at NUL; base64 of 48 bytes is 64 characters that carry every byte of the password. */
function prehash(password: string, pepper: string): string {
  return createHmac('sha384', pepper).update(password.normalize('NFC'), 'utf8').digest('base64');
}

function cost(): number {
  return config().NODE_ENV === 'test' ? 4 : 12;
}

/** Well-formed, of today's cost, and the hash of nothing anyone knows. */
function nobodysHash(): string {
  return `$2b$${String(cost()).padStart(2, '0')}$QkVhaWxpd2ljayBub2JvZOx1nGd0ZVjW3q8YhTz7rKp5sLxMfBvAi`;
}

function ask(task: PasswordTask): Promise<PasswordAnswer> {
  if (queue.length >= longestQueue) {
    throw new TooManyRequests('Many people are signing in at this moment. Try again in a few seconds.', 2);
  }
  return new Promise((resolve, reject) => {
    queue.push({ task, resolve, reject });
    runNext();
  });
}

function runNext(): void {
  if (running) return;
  running = queue.shift();
  if (!running) {
    // An idle worker must not keep the process alive.
    worker?.unref();
    return;
  }
  worker ??= startWorker();
  worker.ref();
  hashes += 1;
  worker.postMessage(running.task);
}

/** One thread of its own: bcrypt on libuv's four threads would hold up every file read (measured: 1.2 to 1.9 s). */
function startWorker(): Worker {
  const started = new Worker(new URL('./password-worker.js', import.meta.url), { env: {}, execArgv: [] });
  started.on('message', (answer: PasswordAnswer) => finish((waiting) => waiting.resolve(answer)));
  started.on('error', (cause) => bury(started, cause));
  started.on('exit', () => bury(started));
  return started;
}

/** The attempt that was running fails; those that wait go to a new worker. */
function bury(dead: Worker, cause?: unknown): void {
  if (worker !== dead) return;
  worker = undefined;
  finish((waiting) => waiting.reject(new UpstreamFailed('The password could not be checked. Try again.', { cause })));
}

function finish(settle: (waiting: Waiting) => void): void {
  const done = running;
  running = undefined;
  if (done) settle(done);
  runNext();
}
