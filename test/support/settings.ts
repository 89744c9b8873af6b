import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepLog } from './planted.js';

/**
 * The settings of a test process. They are read once, so they must be there before anything asks; a file that needs
 * others sets them before its first server, and then has a process for itself.
 */
const port = String(await freePort());
const defaults = {
  // One master key for all databases of a cluster: roles and their passwords are the cluster's.
  MASTER_KEY: Buffer.from('a test deployment key, 32 bytes!').toString('base64'),
  SESSION_SECRET: 'signs-every-cookie-of-this-run-0123456789',
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  TRUST_PROXY: 'loopback',
  EMBEDDER: 'off',
  UPLOAD_MAX_MB: '1',
};
for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
process.env.VAR_DIR ??= mkdtempSync(join(tmpdir(), 'bailiwick-var-'));
process.env.PORT ??= port;
process.env.BASE_URL ??= `http://localhost:${process.env.PORT}`;
keepLog();

async function freePort(): Promise<number> {
  for (;;) {
    const candidate = 12_000 + Math.floor(Math.random() * 8_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(candidate, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return candidate;
  }
}
