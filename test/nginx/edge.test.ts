import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, sendRaw } from './ask.js';
import { type Echo, startEcho } from './echo.js';
import { type Edge, hasNginx, host, needsNginx, startEdge } from './edge.js';

let echo: Echo;
let edge: Edge;
before(async () => {
  if (!hasNginx) return;
  echo = await startEcho();
  edge = await startEdge({ upstream: echo.port });
});
after(async () => {
  await edge?.stop();
  await echo?.stop();
});

const strict = 'max-age=63072000; includeSubDomains';

test('plain HTTP leads pages to HTTPS by the configured name, and refuses everything else (CR-2, V4.1.2)', async (t) => {
  if (!needsNginx(t)) return;
  const page = await ask(edge, { plain: true, path: '/w/acme?tab=1' });
  assert.deepEqual([page.status, page.headers.location], [301, `${edge.origin}/w/acme?tab=1`]);
  const twoSlashes = await ask(edge, { plain: true, path: '//evil.example/x' });
  assert.equal(twoSlashes.headers.location, `${edge.origin}//evil.example/x`);
  assert.equal((await ask(edge, { plain: true, path: '/sign-in', method: 'POST', body: 'password=x' })).status, 403);
  assert.equal((await ask(edge, { plain: true, path: '/api/v1/agents' })).status, 403);
  assert.deepEqual(echo.seen, []);
});

test('Certbot’s challenge is answered over plain HTTP (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  const folder = join(edge.folder, 'acme/.well-known/acme-challenge');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'token-1'), 'token-1.thumbprint');
  const { status, body } = await ask(edge, { plain: true, path: '/.well-known/acme-challenge/token-1' });
  assert.deepEqual([status, body], [200, 'token-1.thumbprint']);
  assert.equal((await ask(edge, { plain: true, path: '/.well-known/acme-challenge/../../../nginx.conf' })).status, 400);
});

test('a request for another host reaches nothing (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  for (const other of ['evil.example', `evil.example:${edge.https}`, '127.0.0.1', `${host}.evil.example`, `x${host}`]) {
    assert.equal((await ask(edge, { headers: { Host: other } })).status, 421, other);
    assert.equal(await sendRaw(edge, `GET / HTTP/1.1\r\nHost: ${other}\r\n\r\n`, { plain: true }), '', other);
  }
  for (const bytes of [
    'GET / HTTP/1.0\r\n\r\n',
    `GET https://evil.example/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  ]) {
    assert.match(await sendRaw(edge, bytes), /^HTTP\/1\.1 421/);
  }
  assert.deepEqual(echo.seen, []);
});

test('what a caller claims about its address, host, user or method has no effect (CR-2, CR-5, V4.1.3)', async (t) => {
  if (!needsNginx(t)) return;
  const claims = [
    ...[
      'X-Forwarded-For',
      'X-Real-IP',
      'X-Client-IP',
      'X-Cluster-Client-IP',
      'X-Originating-IP',
      'X-Remote-IP',
      'X-Remote-Addr',
    ],
    ...[
      'True-Client-IP',
      'CF-Connecting-IP',
      'Fastly-Client-IP',
      'Client-IP',
      'Forwarded',
      'X-Forwarded',
      'X-Forwarded-By',
    ],
    ...[
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Forwarded-Port',
      'X-Forwarded-Prefix',
      'X-Forwarded-Scheme',
      'X-Forwarded-Server',
    ],
    ...[
      'X-Forwarded-Ssl',
      'X-Forwarded-User',
      'X-Remote-User',
      'X-User-Id',
      'X-Host',
      'X-Original-Host',
      'X-Original-URL',
    ],
    ...[
      'X-Rewrite-URL',
      'X-HTTP-Method',
      'X-HTTP-Method-Override',
      'X-Method-Override',
      'Via',
      'Proxy',
      'X-Request-Id',
    ],
    ...['X_Forwarded_For', 'X-FORWARDED-FOR', 'x-forwarded-for'],
  ];
  for (const name of claims) {
    await ask(edge, { path: '/claims', headers: { [name]: '203.0.113.66, 198.51.100.1' } });
    const got = echo.seen.at(-1);
    assert.ok(got);
    assert.equal(got.headers['x-forwarded-for'], '127.0.0.1', name);
    assert.equal(got.headers['x-forwarded-proto'], 'https', name);
    assert.equal(got.headers['x-forwarded-host'], host, name);
    assert.equal(got.headers.host, host, name);
    assert.ok(!got.rawHeaders.join('\n').includes('203.0.113.66'), `${name} got through`);
  }
});

test('one socket for both families: who comes by IPv4 is known by the IPv4 address (CR-2, OP-2)', async (t) => {
  if (!needsNginx(t)) return;
  const both = await startEdge({ upstream: echo.port, listens: '[::]' });
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.address === '::1');
  for (const from of hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    assert.equal((await ask(both, { path: '/families', from })).status, 200, from);
    assert.equal(echo.seen.at(-1)?.headers['x-forwarded-for'], from);
    assert.match(both.log('access'), new RegExp(`"address":"${from}"`));
    assert.equal((await ask(both, { path: '/families', from, plain: true })).status, 301, from);
  }
  await both.stop();
});

test('the application’s answer passes unchanged, with HSTS once (CR-3)', async (t) => {
  if (!needsNginx(t)) return;
  for (const status of [200, 404, 422, 500, 503]) {
    const answer = await ask(edge, { path: `/page?status=${status}` });
    assert.equal(answer.status, status);
    assert.match(answer.headers['content-type'] ?? '', /json/);
    assert.equal(answer.headers['content-security-policy'], "default-src 'self'");
    const said = answer.rawHeaders.filter(
      (_, i) => answer.rawHeaders[i - 1]?.toLowerCase() === 'strict-transport-security',
    );
    assert.deepEqual(said, [strict]);
  }
});

test('what nginx answers itself has the headers too, says no version, and is a page for people (CR-3)', async (t) => {
  if (!needsNginx(t)) return;
  const refusals = [
    { path: '/css/none.css', expected: 404 },
    { path: '/.git/config', expected: 404 },
    { path: '/w/acme', method: 'POST', body: Buffer.alloc(2_100_000), expected: 413 },
    { path: '/', method: 'TRACE', expected: 405 },
    { path: '/', method: 'TRACK', expected: 405 },
    { path: '/_edge/away.html', expected: 404 },
    { path: `/${'x'.repeat(9000)}`, expected: 414 },
  ];
  for (const { expected, ...question } of refusals) {
    const { status, headers, body } = await ask(edge, question);
    assert.equal(status, expected, String(question.path).slice(0, 40));
    assert.equal(headers['strict-transport-security'], strict);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
    assert.deepEqual(
      [headers['x-content-type-options'], headers['x-frame-options'], headers['cache-control']],
      ['nosniff', 'DENY', 'no-store'],
    );
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.match(body, /<h1>/);
    assert.doesNotMatch(body + String(headers.server), /nginx\/\d/);
  }
});

test('what is said over plain HTTP has the headers as well, without the one that means nothing there (CR-3)', async (t) => {
  if (!needsNginx(t)) return;
  const plain = { plain: true };
  const answers = [
    await ask(edge, { ...plain, path: '/w/acme' }),
    await ask(edge, { ...plain, path: '/sign-in', method: 'POST', body: 'x' }),
    await ask(edge, { ...plain, path: '/api/v1' }),
    await ask(edge, { ...plain, path: '/.well-known/acme-challenge/none' }),
    await ask(edge, { ...plain, path: `/${'x'.repeat(9000)}` }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [301, 403, 403, 404, 414],
  );
  for (const { headers, status } of answers) {
    assert.match(String(headers['content-security-policy']), /^default-src 'none'.*frame-ancestors 'none'/);
    assert.deepEqual(
      ['x-content-type-options', 'referrer-policy', 'cross-origin-opener-policy', 'cache-control'].map(
        (name) => headers[name],
      ),
      ['nosniff', 'same-origin', 'same-origin', 'no-store'],
    );
    assert.match(String(headers['permissions-policy']), /camera=\(\)/);
    assert.equal(headers['strict-transport-security'], undefined, String(status));
  }
});

test('dotfiles are hidden wherever they lie, and security.txt is not (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  mkdirSync(join(edge.publicDir, 'css'), { recursive: true });
  writeFileSync(join(edge.publicDir, 'css/.hidden.css'), 'a {}');
  const earlier = echo.seen.length;
  for (const path of [
    '/.env',
    '/.git/HEAD',
    '/css/.hidden.css',
    '/%2egit/HEAD',
    '/x/../.env',
    '/a/.svn/entries',
    '/css/..%2f..%2fnginx.conf',
  ]) {
    const { status } = await ask(edge, { path });
    assert.ok(status === 404 || status === 400, `${path} gave ${status}`);
  }
  assert.equal(echo.seen.length, earlier);
  assert.equal((await ask(edge, { path: '/.well-known/security.txt' })).status, 200);
});

test('when the application is away, a page says so and when to come back (OP-2)', async (t) => {
  if (!needsNginx(t)) return;
  const gone = await startEcho();
  await gone.stop();
  const alone = await startEdge({ upstream: gone.port });
  try {
    const { status, headers, body } = await ask(alone, { path: '/verification?token=canary-in-a-query' });
    assert.equal(status, 502);
    assert.match(body, /not answering/);
    assert.deepEqual([headers['retry-after'], headers['strict-transport-security']], ['5', strict]);
    const style = await ask(alone, { path: '/_edge/edge.css' });
    assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8']);
    assert.match(alone.log('access'), /"path":"\/verification".*"status":502/);
    assert.doesNotMatch(alone.log('access') + alone.log('error'), /canary/);
  } finally {
    await alone.stop();
  }
});

test('the log is one JSON object a line and holds no query, no token, no forged line (CR-6)', async (t) => {
  if (!needsNginx(t)) return;
  const token = 'canaryCANARY_0123456789-abcdefghijklmnopqrs';
  await ask(edge, { path: `/invitations/${token}?code=canary-query`, headers: { 'User-Agent': 'a"}\\n{"x' } });
  await ask(edge, { path: '/a%0a%22forged%22', headers: { Cookie: 'session=canary-cookie' } });
  const lines = edge
    .log('access')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string; id: string });
  assert.ok(
    lines.some((line) => line.path === '/invitations/[token]' && line.id === echo.seen.at(-2)?.headers['x-request-id']),
  );
  assert.doesNotMatch(edge.log('access') + edge.log('error'), /canary/i);
});
