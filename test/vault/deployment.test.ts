import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectPath } from '../../src/config.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-secrets-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const server = projectPath('dist', 'src', 'server.js');
const good = {
  MASTER_KEY: 'q6u3Vn0s2m9xJ4yT7cZ1pR8wK5hE0dLfB2gA6iNoQ3s=',
  SESSION_SECRET: 'kZ3vQ9pL1xR7tY5wN2mB8cD4fG6hJ0sA',
  BASE_URL: 'https://bailiwick.example',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
};

function start(environment: Record<string, string>) {
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', VAR_DIR: folder, LOG_LEVEL: 'silent', ...environment };
  const { status, stderr } = spawnSync(process.execPath, [server], { env, encoding: 'utf8', timeout: 120_000 });
  return { status, stderr };
}

describe('production does not start with missing, short or sample secrets, and names the variable (OP-2)', () => {
  const wrong: [string, Record<string, string>, RegExp][] = [
    ['no master key', { ...good, MASTER_KEY: '' }, /MASTER_KEY is missing/],
    ['a short master key', { ...good, MASTER_KEY: Buffer.from('short').toString('base64') }, /MASTER_KEY must be 32/],
    ['a master key of zeros', { ...good, MASTER_KEY: Buffer.alloc(32).toString('base64') }, /MASTER_KEY must be 32/],
    ['no session secret', { ...good, SESSION_SECRET: '' }, /SESSION_SECRET is missing/],
    ['a sample session secret', { ...good, SESSION_SECRET: 'change-me-change-me-change-me-please' }, /SESSION_SECRET/],
    ['no database', { ...good, DATABASE_URL: '' }, /DATABASE_URL is missing/],
    ['no address', { ...good, BASE_URL: '' }, /BASE_URL is missing/],
    ['a port that is none', { ...good, PORT: 'http' }, /PORT/],
  ];
  for (const [name, environment, message] of wrong) {
    test(name, () => {
      const { status, stderr } = start(environment);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\bat .*\.js:\d/, 'no stack');
      assert.ok(!stderr.includes(good.SESSION_SECRET), 'no secret');
    });
  }
});

test('with nothing set, secrets are made once, readable by their owner only (OP-1)', () => {
  const script = `import('${projectPath('dist', 'src', 'vault', 'deployment.js')}').then(({ deploymentKey, sessionSecrets }) => console.log(deploymentKey('x').toString('hex') + sessionSecrets()[0]))`;
  const env = { PATH: process.env.PATH, VAR_DIR: folder };
  const run = () => spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).stdout;
  const first = run();
  assert.ok(first.length > 64);
  assert.equal(run(), first);
  assert.equal(statSync(join(folder, 'secrets.json')).mode & 0o777, 0o600);
  assert.ok(readFileSync(join(folder, 'secrets.json'), 'utf8').includes('masterKey'));
});
