import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeStreams, type EventStream, eventStream, lastEventId } from '../../src/http/event-stream.js';
import { newHeartbeat } from '../../src/http/heartbeat.js';
import { feature } from '../../src/http/route.js';
import { account } from '../../src/http/signed-in.js';
import { until } from '../support/until.js';
import { alice, newClient, serving, testApp } from './harness.js';
import { signInAs, signInFeature } from './sign-in.js';

const opened: EventStream[] = [];
const live = feature('/live');
live.get('/', 'account', (request, response) => {
  account(response);
  opened.push(eventStream(request, response));
});
live.get('/three', 'public', async (request, response) => {
  const stream = eventStream(request, response);
  await stream.send('token', { text: 'a\nb\r\n\nevent: forged\u2028' }, '7');
  await stream.send('resumed', lastEventId(request) ?? null);
  await stream.send('done', undefined);
  stream.close();
});
live.get('/flood', 'public', (request, response) => {
  const stream = eventStream(request, response);
  opened.push(stream);
  for (let count = 0; count < 400; count += 1) void stream.send('flood', 'x'.repeat(10_000));
});
live.get('/waiting', 'public', async (request, response) => {
  const stream = eventStream(request, response);
  opened.push(stream);
  let sent = 0;
  while (!stream.closed.aborted && sent < 5000) {
    await stream.send('part', 'x'.repeat(10_000));
    sent += 1;
    counts.sent = sent;
  }
});
const counts = { sent: 0 };
const app = () => testApp({ features: [signInFeature(), live] });

test('events arrive as they were sent, and text cannot forge another (AG-2)', async () => {
  await serving(app(), async (port) => {
    const { headers, text } = await newClient(port).get('/live/three', { headers: { 'last-event-id': '6' } });
    assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(headers['x-accel-buffering'], 'no');
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual(text.split('\n\n').slice(0, -1), [
      'retry: 2000',
      `id: 7\nevent: token\ndata: ${JSON.stringify({ text: 'a\nb\r\n\nevent: forged\u2028' })}`,
      'event: resumed\ndata: "6"',
      'event: done\ndata: null',
    ]);
  });
});

test('the ninth stream of a person is refused, and a closed one makes room (CR-5)', async () => {
  await serving(app(), async (port) => {
    const alices = newClient(port);
    await signInAs(alices, 'alice');
    const bobs = newClient(port);
    await signInAs(bobs, 'bob');
    const open = (client: typeof alices) => {
      const aborted = new AbortController();
      const cookie = `session=${client.cookies.get('session')}`;
      return fetch(`http://127.0.0.1:${port}/live`, { headers: { cookie }, signal: aborted.signal }).then(
        (response) => ({
          status: response.status,
          retryAfter: response.headers.get('retry-after'),
          close: () => aborted.abort(),
        }),
      );
    };
    opened.length = 0;
    const streams = await Promise.all(Array.from({ length: 8 }, () => open(alices)));
    assert.deepEqual(new Set(streams.map(({ status }) => status)), new Set([200]));
    const ninth = await open(alices);
    assert.deepEqual([ninth.status, ninth.retryAfter], [429, '30']);
    assert.equal((await open(bobs)).status, 200);
    streams[0]?.close();
    await until('the server hears of it', () => opened.some(({ closed }) => closed.aborted));
    assert.equal((await open(alices)).status, 200);
    closeStreams(alice.id);
    await until('hers are closed', () => opened.filter(({ closed }) => closed.aborted).length === 9);
    closeStreams();
    await until('all are closed', () => opened.every(({ closed }) => closed.aborted));
  });
});

test('whoever does not read is let go, not kept in memory (CR-5)', async () => {
  await serving(app(), async (port) => {
    opened.length = 0;
    const response = await fetch(`http://127.0.0.1:${port}/live/flood`);
    await until('the flood is cut', () => opened.every(({ closed }) => closed.aborted));
    await response.text().catch(() => {});
  });
});

test('a sender that waits is held back by a reader that does not read (CR-5)', async () => {
  await serving(app(), async (port) => {
    opened.length = 0;
    const response = await fetch(`http://127.0.0.1:${port}/live/waiting`);
    let last = -1;
    await until('the sender stands still', () => {
      const still = counts.sent > 0 && counts.sent === last;
      last = counts.sent;
      return still;
    });
    assert.ok(counts.sent < 5000);
    await response.body?.cancel();
    await until('the sender hears of the end', () => opened.every(({ closed }) => closed.aborted));
  });
});

test('one timer beats for every stream once in 20 seconds, spread out, and stops with the last', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const heartbeat = newHeartbeat();
  const beats = Array.from({ length: 40 }, () => 0);
  const leaves = beats.map((_, index) =>
    heartbeat.join(() => {
      beats[index] = (beats[index] ?? 0) + 1;
    }),
  );
  context.mock.timers.tick(1000);
  assert.equal(
    beats.reduce((sum, count) => sum + count, 0),
    2,
  );
  context.mock.timers.tick(19_000);
  assert.deepEqual(new Set(beats), new Set([1]));
  for (const leave of leaves) leave();
  context.mock.timers.tick(60_000);
  assert.deepEqual(new Set(beats), new Set([1]));
});
