import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { projectPath } from '../../../config.js';
import { nodeFlags, systemLimits } from './confinement.js';

/** One running child, as the pool keeps it. */
export interface ReaderProcess {
  readonly input: Writable;
  readonly output: Readable;
  /** Settles when it has ended, however it did. */
  readonly ended: Promise<Ending>;
  /** Whose files it has read: it reads no one else's. */
  readonly scope: string | undefined;
  /** Of the files that it has read. */
  wear: number;
  /** undefined where the system does not tell, or no longer. */
  readonly usage: () => Usage | undefined;
  readonly kill: () => void;
  /** Whether it keeps this process from ending. */
  readonly hold: (held: boolean) => void;
}

export interface Usage {
  /** Resident memory. */
  readonly bytes: number;
  /** Of computing since it started, all threads together. */
  readonly seconds: number;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts a child with nothing but its code (see confinement.ts): no environment, no standard error. It gets a file's bytes by a
 * pipe, and so never sees a path.
 */
export function startReader(scope: string | undefined): ReaderProcess {
  const entry = fileURLToPath(new URL('./child.js', import.meta.url));
  const [program = '', ...rest] = [...systemLimits(), process.execPath, ...nodeFlags(), entry];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: projectPath() });
  // A pipe to a process that has just died: `ended` tells.
  for (const pipe of [child.stdin, child.stdout]) pipe.on('error', () => {});
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  return {
    input: child.stdin,
    output: child.stdout,
    ended,
    scope,
    wear: 0,
    usage: () => usageOf(child.pid),
    kill: () => child.kill('SIGKILL'),
    hold: (held) => hold(child, held),
  };
}

/** See proc(5): in `stat`, the 14th and 15th fields are time in hundredths of a second; a name in brackets comes before. */
function usageOf(pid: number | undefined): Usage | undefined {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /su, '')
      .split(' ')
      .slice(11, 13);
    return kilobytes ? { bytes: Number(kilobytes) * 1024, seconds: (Number(user) + Number(system)) / 100 } : undefined;
  } catch {
    return undefined;
  }
}

function hold(child: ChildProcessByStdio<Writable, Readable, null>, held: boolean): void {
  for (const part of [child, child.stdin, child.stdout].filter((candidate) => isHandle(candidate))) {
    if (held) part.ref();
    else part.unref();
  }
}

interface Handle {
  readonly ref: () => void;
  readonly unref: () => void;
}

/** Pipes are sockets, which the types of spawn() do not say. */
function isHandle(candidate: object): candidate is Handle {
  return 'ref' in candidate && 'unref' in candidate;
}
