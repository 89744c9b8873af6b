import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { eventStream } from '../../src/http/event-stream.js';
import { feature } from '../../src/http/route.js';
import { type Answer, newClient, serving, testApp } from './harness.js';
import { signInFeature } from './sign-in.js';

const things = feature('/things');
things.get('/broken', 'public', () => {
  throw new Error('a canary that stays inside');
});
things.get('/stream', 'public', (request, response) => eventStream(request, response).close());

const required: Record<string, RegExp> = {
  'content-security-policy': /default-src 'none'.*object-src 'none';frame-ancestors 'none'/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^same-origin$/,
  'permissions-policy': /camera=\(\).*usb=\(\)/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'x-request-id': /^[0-9a-f-]{36}$/,
};

function assertHeaders(answer: Answer): void {
  for (const [name, shape] of Object.entries(required)) assert.match(String(answer.headers[name]), shape, name);
  assert.doesNotMatch(String(answer.headers['content-security-policy']), /unsafe|\*/);
  assert.equal(answer.headers['x-powered-by'], undefined);
}

test('every kind of answer carries the security headers (CR-3)', async () => {
  await serving(testApp({ features: [signInFeature(), things] }), async (port) => {
    const { get, ask } = newClient(port);
    const kinds: [string, number, string][] = [
      ['/', 200, 'GET'],
      ['/', 200, 'HEAD'],
      ['/css/app.css', 200, 'GET'],
      ['/me', 303, 'GET'],
      ['/nothing', 404, 'GET'],
      ['/things/broken', 500, 'GET'],
      ['/things/stream', 200, 'GET'],
      ['/', 405, 'TRACE'],
      ['/', 403, 'POST'],
      ['/%zz', 404, 'GET'],
    ];
    for (const [path, status, method] of kinds) {
      const answer = await ask(path, { method, headers: method === 'POST' ? { origin: 'https://evil.test' } : {} });
      assert.equal(answer.status, status, `${method} ${path}`);
      assertHeaders(answer);
      const kept = path.startsWith('/css/') ? 'no-cache' : 'no-store';
      assert.equal(answer.headers['cache-control'], kept, path);
    }
    assert.equal((await get('/')).headers['strict-transport-security'], undefined);
  });
});

test('the nonce in the header is the one in the page, and new each time (CR-3)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const { get } = newClient(port);
    const seen = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const { headers, text } = await get('/');
      const nonce = /script-src 'self' 'nonce-([^']{24})'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
      assert.ok(nonce && text.replaceAll('&#43;', '+').includes(nonce));
      seen.add(nonce);
    }
    assert.equal(seen.size, 3);
  });
});

test('over https the browser is told to stay there, errors included (CR-3)', async () => {
  const origin = 'https://bailiwick.test';
  await serving(testApp({ features: [signInFeature(origin)], origin }), async (port) => {
    const { get } = newClient(port);
    for (const path of ['/', '/nothing', '/css/app.css']) {
      const answer = await get(path, { headers: { host: 'bailiwick.test' } });
      assert.match(String(answer.headers['strict-transport-security']), /^max-age=63072000; includeSubDomains$/);
    }
  });
});

test('a request that is not HTTP is refused with headers too (CR-3)', async () => {
  await serving(testApp({ features: [] }), async (port) => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nbroken header\r\n\r\n'));
      socket.on('data', (part) => {
        text += part;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(answer, /X-Content-Type-Options: nosniff\r\n/);
    assert.match(answer, /Content-Security-Policy: default-src 'none'/);
  });
});

test('another name for this server is refused (CR-4)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const { get } = newClient(port);
    for (const host of [
      'evil.test',
      'evil.test:8080',
      'localhost.evil.test',
      'localhost@evil.test',
      'evil@localhost',
      'localhost/x',
    ]) {
      assert.equal((await get('/', { headers: { host } })).status, 421, host);
    }
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:9', '[::1]:8080']) {
      assert.equal((await get('/', { headers: { host } })).status, 200, host);
    }
  });
});
