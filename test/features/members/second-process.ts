import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectPath } from '../../../src/config.js';
import { freePort } from '../../support/server.js';

export interface SecondProcess {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Another web process of the same installation, as a replica behind the same name would be. */
export async function startSecondProcess(): Promise<SecondProcess> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const child = spawn(process.execPath, ['--enable-source-maps', projectPath('dist', 'src', 'server.js')], {
    env: { ...process.env, PORT: String(port), BASE_URL: origin, PROCESS_ROLE: 'web' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8');
  const gone = once(child, 'exit');
  for await (const text of child.stdout) if (String(text).includes('is open at')) break;
  if (child.exitCode !== null) throw new Error('the second process did not start');
  return {
    origin,
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
