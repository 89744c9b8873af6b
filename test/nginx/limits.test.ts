import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:https';
import { connect as plainConnect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { ask, closes } from './ask.js';
import { type Echo, startEcho } from './echo.js';
import { type Edge, hasNginx, host, needsNginx, startEdge } from './edge.js';

let echo: Echo;
let edge: Edge;
let dripped: Promise<number>;
before(async () => {
  if (!hasNginx) return;
  echo = await startEcho();
  edge = await startEdge({ upstream: echo.port });
  dripped = secondsUntilClosed();
});
after(async () => {
  await edge?.stop();
  await echo?.stop();
});

/** Begins a request head, never ends it, and answers how long nginx puts up with that. */
async function secondsUntilClosed(): Promise<number> {
  const start = Date.now();
  const socket = connect({ host: '127.0.0.1', port: edge.https, ca: edge.ca, servername: host });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nX-Slow: ');
  socket.resume();
  assert.ok(await closes(socket, 30_000));
  return (Date.now() - start) / 1000;
}

interface Begun {
  readonly status: number;
  readonly body: () => string;
  readonly ended: Promise<void>;
  until(text: string): Promise<void>;
}

/** Sends a head and `first` bytes of a body that is not ended yet; `answered` resolves with the answer's head. */
function begin(path: string, headers: Record<string, string>, first?: Buffer) {
  const asked = request({
    ...{ host: '127.0.0.1', port: edge.https, ca: edge.ca, servername: host, agent: false },
    ...{ path, method: first ? 'POST' : 'GET', headers: { Host: host, ...headers } },
  });
  asked.on('error', () => {});
  const answered = once(asked, 'response', { signal: AbortSignal.timeout(8000) }).then(([response]): Begun => {
    let body = '';
    response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
    response.on('error', () => {});
    const until = async (text: string) => {
      while (!body.includes(text)) await once(response, 'data', { signal: AbortSignal.timeout(8000) });
    };
    const ended = new Promise<void>((resolve) => response.once('end', resolve));
    return { status: response.statusCode ?? 0, body: () => body, ended, until };
  });
  if (first) asked.write(first);
  else asked.end();
  return { asked, answered };
}

test('a body over the limit is refused from its announced length, before it is sent (KB-5, V5.2.1)', async (t) => {
  if (!needsNginx(t)) return;
  const cases: [string, number][] = [
    ['/w/acme/conversations', 2 * 1024 * 1024 + 1],
    ['/w/acme/knowledge', 4 * 1024 * 1024 + 1],
    ['/sign-in', 64 * 1024 + 1],
  ];
  for (const [path, length] of cases) {
    const { asked, answered } = begin(path, { 'Content-Length': String(length) }, Buffer.alloc(1024));
    assert.equal((await answered).status, 413, path);
    asked.destroy();
  }
  assert.deepEqual(echo.seen, []);
});

test('a body over the limit that hides its length is cut off (KB-5)', async (t) => {
  if (!needsNginx(t)) return;
  const { asked, answered } = begin(
    '/w/acme/conversations',
    { 'Transfer-Encoding': 'chunked' },
    Buffer.alloc(2_200_000),
  );
  assert.equal((await answered).status, 413);
  asked.destroy();
  assert.deepEqual(echo.seen, []);
});

test('a body within the limit passes, uploads may be larger than the rest (KB-1)', async (t) => {
  if (!needsNginx(t)) return;
  for (const [path, size] of [
    ['/w/acme/conversations', 2_000_000],
    ['/w/acme/knowledge', 4_000_000],
    ['/security/reports', 10_000_000],
    ['/w/acme/knowledge/documents', 3_000_000],
  ] as const) {
    const answer = await ask(edge, { path, method: 'POST', body: Buffer.alloc(size, 'x') });
    assert.deepEqual([answer.status, JSON.parse(answer.body).bytes], [200, size], path);
  }
});

test('an upload is passed on while it arrives, and lies in no file of nginx (KB-3)', async (t) => {
  if (!needsNginx(t)) return;
  const arrived = echo.arrived('/w/acme/knowledge/slow');
  const { asked, answered } = begin(
    '/w/acme/knowledge/slow',
    { 'Content-Length': '3000000' },
    Buffer.alloc(2_000_000, 'a'),
  );
  await arrived;
  const files = readdirSync(join(edge.folder, 'temp'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  assert.deepEqual(files, []);
  asked.write(Buffer.alloc(1_000_000, 'b'));
  asked.end();
  const answer = await answered;
  await answer.ended;
  assert.equal(JSON.parse(answer.body()).bytes, 3_000_000);
});

test('an event stream arrives event by event (AG-2)', async (t) => {
  if (!needsNginx(t)) return;
  const { answered } = begin('/stream', { 'Accept-Encoding': 'gzip' });
  const stream = await answered;
  // The second event is said only after the first has arrived: a buffering proxy would hold both.
  await stream.until('event: first');
  assert.doesNotMatch(stream.body(), /second/);
  echo.release();
  await stream.until('event: second');
  await stream.ended;
});

test('sign-in attempts of an address run out, whatever it claims to be; looking does not, others do not (AC-13)', async (t) => {
  if (!needsNginx(t)) return;
  const attempt = (path: string, i: number) =>
    ask(edge, { path, method: 'POST', body: 'x', from: '127.0.0.2', headers: { 'X-Forwarded-For': `203.0.113.${i}` } });
  const paths = ['/sign-in', '/sign-up', '/Sign-In', '/recover', '/sign-in/code', '/sign%2din'];
  const statuses: number[] = [];
  const begun = Date.now();
  for (let i = 0; i < 20; i += 1) statuses.push((await attempt(paths[i % paths.length] ?? '', i)).status);
  assert.deepEqual(statuses.slice(0, 10), Array(10).fill(200));
  // One more every three seconds, should this machine be slow.
  const passed = statuses.filter((status) => status !== 429).length;
  assert.ok(passed <= 12 + (Date.now() - begun) / 3000, statuses.join(' '));
  for (let i = 20; (await attempt('/sign-in', i)).status !== 429; i += 1) assert.ok(i < 40, 'they never run out');
  const refused = await attempt('/sign-in', 99);
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '30']);
  assert.match(refused.body, /Too many attempts/);
  assert.equal((await ask(edge, { path: '/sign-in', from: '127.0.0.2' })).status, 200);
  assert.equal((await ask(edge, { path: '/w/acme', method: 'POST', body: 'x', from: '127.0.0.2' })).status, 200);
  assert.equal((await ask(edge, { path: '/sign-in', method: 'POST', body: 'x', from: '127.0.0.3' })).status, 200);
});

test('one address may hold 200 requests open, and the others are still served (CR-5)', async (t) => {
  if (!needsNginx(t)) return;
  const open = Array.from({ length: 201 }, () => ask(edge, { path: '/stream', from: '127.0.0.4' }));
  const first = await Promise.race(open);
  assert.equal(first.status, 429);
  assert.equal((await ask(edge, { path: '/', from: '127.0.0.5' })).status, 200);
  const deadline = Date.now() + 20_000;
  const settled = Promise.all(open);
  let done = false;
  void settled.then(() => (done = true));
  // Streams may still be on their way to the application when those that are there are released.
  while (!done && Date.now() < deadline) {
    echo.release();
    await ask(edge, { path: '/', from: '127.0.0.5' });
  }
  const statuses = (await settled).map((answer) => answer.status);
  assert.deepEqual(
    [statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length],
    [200, 1],
  );
});

test('200 who send or read as slowly as they can leave the others served at once (CR-5)', async (t) => {
  if (!needsNginx(t)) return;
  const ways = [
    `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `,
    `POST /w/acme/knowledge/slow HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\nthree`,
    `POST /w/acme HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthr`,
    // Nobody reads what comes of this one.
    `GET /large HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  ];
  const place = { host: '127.0.0.1', port: edge.https, ca: edge.ca, servername: host, localAddress: '127.0.0.6' };
  const slow = Array.from({ length: 200 }, () => connect(place).on('error', () => {}));
  try {
    await Promise.all(slow.map((socket) => once(socket, 'secureConnect')));
    for (const [at, socket] of slow.entries()) socket.write(ways[at % ways.length] ?? '');
    const others = Array.from({ length: 20 }, () => ask(edge, { path: '/served', from: '127.0.0.7' }));
    assert.deepEqual(
      (await Promise.all(others)).map(({ status }) => status),
      Array(20).fill(200),
    );
    assert.equal((await ask(edge, { path: '/served', from: '127.0.0.6' })).status, 200, 'their neighbour, too');
    const held = slow.filter((socket) => !socket.closed).length;
    assert.ok(held > 90, `only ${held} of those who read or send a body held on`);
  } finally {
    for (const socket of slow) socket.destroy();
  }
});

test('whoever drips a request is let go after ten seconds (CR-5)', async (t) => {
  if (!needsNginx(t)) return;
  const seconds = await dripped;
  assert.ok(seconds > 5 && seconds < 20, `${seconds} s`);
});

test('plain bytes on the TLS port get no farther (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  const socket = plainConnect({ host: '127.0.0.1', port: edge.https });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  assert.ok(await closes(socket, 8000));
  assert.match(text, /^HTTP\/1\.1 4\d\d/);
});
