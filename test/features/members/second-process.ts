import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { projectPath } from '../../../src/config.js';

export interface SecondProcess {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Another web process of the same installation, as a replica behind the same name would be. */
export async function startSecondProcess(): Promise<SecondProcess> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const child = spawn(process.execPath, [projectPath('dist', 'src', 'server.js')], {
    env: { ...process.env, PORT: String(port), BASE_URL: origin, PROCESS_ROLE: 'web' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const open = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('is open at') && resolve());
    child.once('exit', (code) => reject(new Error(`the second process ended with ${code}`)));
  });
  await open;
  return {
    origin,
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
