import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { projectPath } from '../src/config.js';

export interface Installation {
  readonly origin: string;
  readonly pid: number;
  /** From the start of the process to the first 200 of its front page. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** The product as a process of its own, over the database that the environment names. */
export async function startInstallation(environment: Record<string, string> = {}): Promise<Installation> {
  const port = String(await freePort());
  const origin = `http://localhost:${port}`;
  const env = {
    ...process.env,
    PORT: port,
    BASE_URL: origin,
    TRUST_PROXY: '127.0.0.1',
    LOG_LEVEL: 'error',
    ...environment,
  };
  const started = performance.now();
  const child = spawn(process.execPath, [projectPath('dist', 'src', 'server.js')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilOpen(origin, child);
  return {
    origin,
    pid: child.pid ?? 0,
    startMs: performance.now() - started,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function untilOpen(origin: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the product stopped with ${child.exitCode}`);
    const answer = await fetch(origin).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** User and system time of a process so far, ms. Linux. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function residentMegabytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
