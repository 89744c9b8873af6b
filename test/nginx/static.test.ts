import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newAssets } from '../../src/http/assets.js';
import { ask } from './ask.js';
import { type Echo, startEcho } from './echo.js';
import { type Edge, hasNginx, needsNginx, startEdge } from './edge.js';

let echo: Echo;
let edge: Edge;
before(async () => {
  if (!hasNginx) return;
  echo = await startEcho();
  edge = await startEdge({ upstream: echo.port });
  for (const folder of ['css', 'js', 'icons']) mkdirSync(join(edge.publicDir, folder));
  writeFileSync(join(edge.publicDir, 'css/app.css'), 'a { color: teal }\n'.repeat(200));
  writeFileSync(join(edge.publicDir, 'js/app.js'), 'export {};\n');
  writeFileSync(
    join(edge.publicDir, 'icons/sprite.svg'),
    `<svg xmlns="http://www.w3.org/2000/svg">${'<g/>'.repeat(200)}</svg>`,
  );
  writeFileSync(join(edge.folder, 'secret.txt'), 'canary');
  symlinkSync(join(edge.folder, 'secret.txt'), join(edge.publicDir, 'css/linked.css'));
});
after(async () => {
  await edge?.stop();
  await echo?.stop();
});

test('files come from nginx, typed, with the headers, and never ask the application (CR-3)', async (t) => {
  if (!needsNginx(t)) return;
  const types = { '/css/app.css': 'text/css', '/js/app.js': 'text/javascript', '/icons/sprite.svg': 'image/svg+xml' };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await ask(edge, { path });
    assert.deepEqual([status, headers['content-type']], [200, `${type}; charset=utf-8`]);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['strict-transport-security'] ?? '', /^max-age=63072000/);
    assert.equal((await ask(edge, { path, method: 'HEAD' })).status, 200);
  }
  assert.deepEqual(echo.seen, []);
});

const forEver = 'public, max-age=31536000, immutable';

test('a file asked for with its version may be kept for ever, another is asked for again (OP-2)', async (t) => {
  if (!needsNginx(t)) return;
  const versioned = await ask(edge, { path: newAssets(edge.publicDir).asset('css/app.css') });
  assert.deepEqual([versioned.status, versioned.headers['cache-control']], [200, forEver]);
  const bare = await ask(edge, { path: '/css/app.css' });
  assert.equal(bare.headers['cache-control'], 'no-cache');
  const again = await ask(edge, { path: '/css/app.css', headers: { 'If-None-Match': bare.headers.etag ?? '' } });
  assert.deepEqual([again.status, again.body], [304, '']);
  assert.notEqual((await ask(edge, { path: '/css/missing.css?v=1' })).headers['cache-control'], forEver);
});

test('a file in the place of the one that a page names is not kept under its version (OP-2, V3.6.1)', async (t) => {
  if (!needsNginx(t)) return;
  const file = join(edge.publicDir, 'js/replaced.js');
  const keeps = async (path: string, headers = {}) =>
    (await ask(edge, { path, headers })).headers['cache-control'] === forEver;
  writeFileSync(file, 'old();\n');
  const older = newAssets(edge.publicDir).asset('js/replaced.js');
  for (const headers of [{}, { 'Accept-Encoding': 'gzip' }, { Range: 'bytes=0-1' }]) {
    assert.ok(await keeps(older, headers), JSON.stringify(headers));
  }
  writeFileSync(file, 'newer();\n');
  const newer = newAssets(edge.publicDir).asset('js/replaced.js');
  assert.ok(await keeps(newer));
  utimesSync(file, 1, 1);
  for (const other of [older, newer, '/js/replaced.js?v=3f0c', `/js/replaced.js?v=${'0'.repeat(12)}-1-`])
    assert.ok(!(await keeps(other)), other);
  assert.ok(await keeps(newAssets(edge.publicDir).asset('js/replaced.js')));
});

test('files are compressed for who can read that, pages with secrets are not (CR-3)', async (t) => {
  if (!needsNginx(t)) return;
  const headers = { 'Accept-Encoding': 'gzip' };
  for (const path of ['/css/app.css', '/icons/sprite.svg']) {
    const small = await ask(edge, { path, headers });
    const large = await ask(edge, { path });
    assert.deepEqual([small.headers['content-encoding'], small.headers.vary], ['gzip', 'Accept-Encoding']);
    assert.equal(large.headers['content-encoding'], undefined);
    assert.ok(small.body.length * 3 < large.body.length);
  }
  const page = await ask(edge, { path: `/page?${'x'.repeat(2000)}`, headers });
  assert.equal(page.headers['content-encoding'], undefined);
});

test('nothing outside the public folder is served, no folder is listed, no form is taken (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  for (const path of [
    '/css/',
    '/css',
    '/css/../../secret.txt',
    '/css/..%2f..%2fsecret.txt',
    '/css/linked.css',
    '/js//../../secret.txt',
  ]) {
    const { body, status } = await ask(edge, { path });
    assert.doesNotMatch(body, /canary|<a href/, path);
    assert.ok(status >= 400 || path === '/css', `${path} gave ${status}`);
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    assert.equal((await ask(edge, { path: '/css/app.css', method })).status, 405, method);
  }
});
