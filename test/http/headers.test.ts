import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { TooManyRequests } from '../../src/errors.js';
import { eventStream } from '../../src/http/event-stream.js';
import { hideAddress } from '../../src/http/headers.js';
import { feature } from '../../src/http/route.js';
import { startServer } from '../../src/http/server-lifecycle.js';
import { assertKept, assertStrict } from '../support/strict-headers.js';
import { newClient, origin, serving, testApp } from './harness.js';
import { signInFeature } from './sign-in.js';

const things = feature('/things');
things.get('/broken', 'public', () => {
  throw new Error('a canary that stays inside');
});
things.get('/stream', 'public', (request, response) => eventStream(request, response).close());
things.get('/download', 'public', (_request, response) => {
  response.attachment('export.csv').type('text/csv').send('a,b');
});
things.get('/json', 'public', (_request, response) => void response.json({ a: 1 }));
things.get('/often', 'public', () => {
  throw new TooManyRequests('Wait.', 7);
});
things.get('/secret/:token', 'public', hideAddress, (_request, response) => void response.send('x'));
things.post('/form', 'public', (_request, response) => response.redirect(303, '/'));

interface Kind {
  readonly status: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const form = { origin, 'content-type': 'application/x-www-form-urlencoded' };
const kinds: Readonly<Record<string, Kind>> = {
  'a page': { path: '/', status: 200 },
  'the head of a page': { path: '/', status: 200, method: 'HEAD' },
  'a file': { path: '/css/app.css', status: 200 },
  'a part of a file': { path: '/css/app.css', status: 206, headers: { range: 'bytes=0-0' } },
  'a part that is not there': { path: '/css/app.css', status: 416, headers: { range: 'bytes=9999-' } },
  'a file that did not change': { path: '/css/app.css', status: 304, headers: { 'if-none-match': '*' } },
  'a file that is not there': { path: '/css/none.css', status: 404 },
  'a folder': { path: '/css/', status: 404 },
  'a download': { path: '/things/download', status: 200 },
  'an answer for machines': { path: '/things/json', status: 200 },
  'a stream of events': { path: '/things/stream', status: 200 },
  'a page whose address is a secret': { path: '/things/secret/x', status: 200 },
  'a redirect': { path: '/me', status: 303 },
  'nothing there': { path: '/nothing', status: 404 },
  'nothing there, for machines': { path: '/nothing', status: 404, headers: { accept: 'application/json' } },
  'a failure of ours': { path: '/things/broken', status: 500 },
  'too often': { path: '/things/often', status: 429 },
  'a method that is not used': { path: '/', status: 405, method: 'TRACE' },
  'a form from elsewhere': { path: '/', status: 403, method: 'POST', headers: { origin: 'https://evil.test' } },
  'a form without its token': { path: '/things/form', status: 403, method: 'POST', headers: form, body: 'a=1' },
  'a form that is too large': {
    ...{ path: '/things/form', status: 413, method: 'POST', headers: form },
    body: `a=${'x'.repeat(1024 * 1024)}`,
  },
  'a body that is no form': {
    ...{ path: '/things/form', status: 415, method: 'POST' },
    ...{ headers: { origin, 'content-type': 'text/plain' }, body: '{}' },
  },
  'an address that cannot be read': { path: '/%zz', status: 404 },
  'another name for this server': { path: '/', status: 421, headers: { host: 'evil.test' } },
};

for (const [name, { path, status, ...question }] of Object.entries(kinds)) {
  test(`${name}: ${status} with every header (CR-3, V3.4.2 to V3.4.6, V3.7.1, V13.4.4, V14.3.2)`, async () => {
    await serving(testApp({ features: [signInFeature(), things] }), async (port) => {
      const answer = await newClient(port).ask(path, question);
      assert.equal(answer.status, status);
      const header = (name: string) => answer.headers[name] && String(answer.headers[name]);
      assertStrict((each) => header(each) || undefined, name);
      assertKept((each) => header(each) || undefined, path);
      assert.equal(answer.headers['strict-transport-security'], undefined);
      assert.equal(answer.headers['referrer-policy'], path.includes('secret') ? 'strict-origin' : 'same-origin');
    });
  });
}

const unread: Readonly<Record<string, { text: string; status: RegExp }>> = {
  'what is not HTTP': { text: 'GET / HTTP/1.1\r\nbroken header\r\n\r\n', status: /^HTTP\/1\.1 400 Bad Request\r\n/ },
  'a request for nobody': { text: 'GET / HTTP/1.1\r\n\r\n', status: /^HTTP\/1\.1 400 Bad Request\r\n/ },
  'too many headers': {
    text: `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    status: /^HTTP\/1\.1 431 /,
  },
  'an expectation that is not met': {
    text: 'POST / HTTP/1.1\r\nhost: localhost\r\nexpect: miracles\r\ncontent-length: 1\r\n\r\n',
    status: /^HTTP\/1\.1 417 /,
  },
};

for (const [name, { text, status }] of Object.entries(unread)) {
  for (const https of [false, true]) {
    test(`${name} is refused with headers too, over ${https ? 'https' : 'http'} (CR-3, V3.4.1)`, async () => {
      const home = https ? 'https://bailiwick.test' : origin;
      const server = await startServer(testApp({ features: [] }), { host: '127.0.0.1', port: 0, origin: home });
      try {
        const answer = await say(server.port, text);
        assert.match(answer, status);
        const header = (each: string) => new RegExp(`^${each}: (.*)\r$`, 'im').exec(answer)?.[1];
        assertStrict(header, name, { bare: true, https });
        assert.equal(header('cache-control'), 'no-store');
        assert.equal(header('strict-transport-security') !== undefined, https);
      } finally {
        await server.stop();
      }
    });
  }
}

function say(port: number, text: string): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

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

test('over https the browser is told to stay there, errors included, and where to report (CR-3, V3.4.1, V3.4.7)', async () => {
  const home = 'https://bailiwick.test';
  await serving(testApp({ features: [signInFeature(home)], origin: home }), async (port) => {
    const { get } = newClient(port);
    for (const path of ['/', '/nothing', '/css/app.css']) {
      const answer = await get(path, { headers: { host: 'bailiwick.test' } });
      assertStrict((each) => String(answer.headers[each] ?? '') || undefined, path, { https: true });
      assert.equal(answer.headers['reporting-endpoints'], 'csp="/csp-reports"');
      assert.match(String(answer.headers['content-security-policy']), /;report-uri \/csp-reports;report-to csp$/);
    }
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
