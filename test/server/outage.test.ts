import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { projectPath } from '../../src/config.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded.js';

let folder: string;
let postgres: EmbeddedPostgres;
let product: ChildProcess;
let output = '';
const port = String(14_000 + Math.floor(Math.random() * 4_000));
const origin = `http://localhost:${port}`;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-outage-'));
  postgres = await startEmbeddedPostgres(join(folder, 'postgres'));
  const env = {
    PATH: process.env.PATH,
    PORT: port,
    VAR_DIR: join(folder, 'var'),
    DATABASE_URL: postgres.url,
    STANDBY_TENANTS: '1',
    LOG_LEVEL: 'error',
  };
  product = spawn(process.execPath, [projectPath('dist', 'src', 'server.js')], { env });
  product.stdout?.on('data', (text) => (output += text));
  product.stderr?.on('data', (text) => (output += text));
  await until(async () => (await status('/ready')) === 200, 60_000);
});
after(async () => {
  if (product?.exitCode === null) {
    product.kill('SIGTERM');
    await once(product, 'exit');
  }
  await postgres?.stop();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function status(path: string): Promise<number> {
  const response = await fetch(origin + path, { headers: { accept: 'text/html' } }).catch(() => undefined);
  await response?.text();
  return response?.status ?? 0;
}

async function until(holds: () => Promise<boolean>, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${ms} ms; the product said: ${output.slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('with nothing configured but a database it starts, and says where it is open (OP-1, OP-2)', () => {
  assert.match(output, new RegExp(`Bailiwick is open at ${origin}`));
});

test('without its database it answers 503 with a page and stays alive; with it back it serves again (OP-2, V16.5.2)', async () => {
  assert.equal(await status('/sign-in'), 200);
  await postgres.stop();
  await until(async () => (await status('/ready')) === 503, 15_000);
  assert.equal(await status('/health'), 200);
  const answer = await fetch(`${origin}/verify-email/${'a'.repeat(43)}`, { headers: { accept: 'text/html' } });
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.doesNotMatch(await answer.text(), /ECONNREFUSED|at .*\.js/);
  postgres = await startEmbeddedPostgres(join(folder, 'postgres'));
  await until(async () => (await status('/ready')) === 200, 30_000);
  assert.equal(await status(`/verify-email/${'a'.repeat(43)}`), 404);
  assert.equal(product.exitCode, null);
});

test('SIGTERM ends it in order, with exit code 0 (OP-2)', async () => {
  product.kill('SIGTERM');
  const [code] = await once(product, 'exit');
  assert.equal(code, 0, output);
});
