import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectPath } from '../../src/config.js';

export interface Replica {
  readonly port: number;
  /** SIGTERM, then the same again once it has ended by itself. */
  replace(): Promise<void>;
  stop(): Promise<void>;
}

/** A web process of the installation that the settings of this process describe, behind an edge. */
export async function startReplica(port: number, origin: string): Promise<Replica> {
  let child = await open(port, origin);
  const stop = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await gone;
    if (code !== 0) throw new Error(`the replica ended with ${code}`);
  };
  return {
    port,
    stop,
    async replace() {
      await stop();
      child = await open(port, origin);
    },
  };
}

async function open(port: number, origin: string): Promise<ChildProcess> {
  const own = { PORT: String(port), BASE_URL: origin, PROCESS_ROLE: 'web', TRUST_PROXY: '127.0.0.1' };
  const child = spawn(process.execPath, [projectPath('dist', 'src', 'server.js')], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('is open at') && resolve());
    child.once('exit', (code) => reject(new Error(`the replica ended with ${code}`)));
  });
  return child;
}
