import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectPath } from '../../src/config.js';
import { newApplication } from '../../src/http/application.js';
import { newAssets } from '../../src/http/assets.js';
import { failure, notFound } from '../../src/http/failure.js';
import { until } from '../support/until.js';
import { newClient, serving } from './harness.js';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'bailiwick-public-'));
  mkdirSync(join(made, 'css'));
  writeFileSync(join(made, 'css', 'app.css'), 'a{}');
  writeFileSync(join(made, 'css', '.hidden'), 'secret');
  return made;
}

test('a file is kept for a year under its own version only, and nothing else is served: no hidden file, no folder (V13.4.1, V13.4.3)', async () => {
  const { asset, serve } = newAssets(folder());
  const app = newApplication({ views: projectPath('test', 'http', 'views') });
  app.use(serve, notFound, failure);
  const address = asset('/css/app.css');
  assert.match(address, /^\/css\/app\.css\?v=[0-9a-f]{12}-[0-9a-f]+-3$/);
  assert.equal(asset('css/app.css'), address);
  assert.throws(() => asset('css/none.css'), /ENOENT/);
  await serving(app, async (port) => {
    const { get } = newClient(port);
    const file = await get(address);
    assert.deepEqual([file.status, file.text, file.headers['content-type']], [200, 'a{}', 'text/css; charset=utf-8']);
    assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable');
    for (const other of ['/css/app.css', '/css/app.css?v=', '/css/app.css?v=000000000000', `${address}0`]) {
      assert.equal((await get(other)).headers['cache-control'], 'no-cache', other);
    }
    const hidden = [
      '/css/.hidden',
      '/css/',
      '/css',
      '/css/../../package.json',
      '/css/%2e%2e/%2e%2e/package.json',
      '/css/..%2f..%2fx',
      '/.git/config',
      '/.svn/entries',
      '/css/%00',
    ];
    for (const path of hidden) assert.equal((await get(path)).status, 404, path);
  });
});

test('a file is named with its digest, as browsers compare it (V3.6.1)', () => {
  const { integrity } = newAssets(folder());
  assert.equal(integrity('/css/app.css'), `sha256-${createHash('sha256').update('a{}').digest('base64')}`);
  assert.throws(() => integrity('css/none.css'), /ENOENT/);
});

test('an edited file gets a new address without a restart', async () => {
  const made = folder();
  const { asset } = newAssets(made);
  const before = asset('css/app.css');
  const file = join(made, 'css', 'app.css');
  writeFileSync(file, 'b{}');
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  await until('the new address', () => asset('css/app.css') !== before);
});
