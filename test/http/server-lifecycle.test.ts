import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { eventStream } from '../../src/http/event-stream.js';
import { health } from '../../src/http/health.js';
import { feature } from '../../src/http/route.js';
import { startServer } from '../../src/http/server-lifecycle.js';
import { until } from '../support/until.js';
import { newClient, origin, serving, testApp } from './harness.js';

const listening = { host: '127.0.0.1', port: 0, origin };

function slowThings() {
  const gates = { open: () => {}, entered: false };
  const things = feature('/slow');
  things.get('/', 'public', async (_request, response) => {
    gates.entered = true;
    await new Promise<void>((resolve) => {
      gates.open = resolve;
    });
    response.send('finished');
  });
  things.get('/stream', 'public', (request, response) => void eventStream(request, response));
  return { gates, things };
}

test('a port that is taken is an error that says so (OP-2)', async () => {
  await serving(testApp({ features: [] }), async (port) => {
    await assert.rejects(startServer(testApp({ features: [] }), { ...listening, port }), { code: 'EADDRINUSE' });
  });
});

test('stopping finishes what runs, takes nothing new and leaves no connection (OP-2)', async () => {
  const { gates, things } = slowThings();
  const ready = health({ database: async () => true, migrated: () => true });
  const server = await startServer(testApp({ features: [ready, things] }), listening);
  const client = newClient(server.port);
  assert.deepEqual(JSON.parse((await client.get('/ready')).text), { status: 'ready' });

  const running = client.get('/slow');
  await until('the slow request is in', () => gates.entered);
  const stream = await fetch(`http://127.0.0.1:${server.port}/slow/stream`);
  const silent = connect(server.port, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));

  const stopped = server.stop();
  assert.equal(server.stop(), stopped);
  await until('new connections are refused', () =>
    client.get('/health').then(
      () => false,
      () => true,
    ),
  );
  assert.match(await stream.text(), /^retry: 2000/);
  gates.open();
  const answer = await running;
  assert.deepEqual([answer.status, answer.text], [200, 'finished']);
  const started = performance.now();
  await stopped;
  assert.ok(performance.now() - started < 12_000);
});

test('a connection kept alive ends with the answer that it waits for (OP-2)', async () => {
  const { gates, things } = slowThings();
  const app = testApp({ features: [things] });
  const server = await startServer(app, listening);
  let text = '';
  const socket = connect(server.port, '127.0.0.1', () => socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n'));
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await until('the slow request is in', () => gates.entered);
  const stopped = server.stop();
  gates.open();
  await stopped;
  await until('the connection ends', () => socket.destroyed || socket.readableEnded);
  assert.match(text, /finished$/);
});

test('health says that the process runs, ready whether it may be sent requests (OP-2)', async () => {
  const state = { answers: true, migrated: true, asked: 0 };
  const checks = {
    async database() {
      state.asked += 1;
      if (!state.answers) throw new Error('ECONNREFUSED 10.0.0.1 canary');
      return true;
    },
    migrated: () => state.migrated,
  };
  const outcomes: [boolean, boolean, number, unknown][] = [
    [true, true, 200, { status: 'ready' }],
    [false, true, 503, { status: 'not ready', reason: 'database' }],
    [true, false, 503, { status: 'not ready', reason: 'migrations' }],
  ];
  for (const [answers, migrated, status, body] of outcomes) {
    Object.assign(state, { answers, migrated, asked: 0 });
    await serving(testApp({ features: [health(checks)] }), async (port) => {
      const { get } = newClient(port);
      const answer = await get('/ready');
      assert.equal(answer.status, status);
      assert.deepEqual(JSON.parse(answer.text), body);
      assert.equal(answer.headers['retry-after'], status === 503 ? '5' : undefined);
      assert.deepEqual(JSON.parse((await get('/health')).text), { status: 'up' });
      await Promise.all(Array.from({ length: 20 }, () => get('/ready')));
      assert.ok(state.asked <= 5, `asked ${state.asked} times`);
    });
  }
});

test('a database that does not answer at all is not ready within seconds (OP-2)', async () => {
  const hanging = health({ database: () => new Promise(() => {}), migrated: () => true });
  await serving(testApp({ features: [hanging] }), async (port) => {
    assert.deepEqual(JSON.parse((await newClient(port).get('/ready')).text), {
      status: 'not ready',
      reason: 'database',
    });
  });
});

test('a client that sends its request drop by drop is cut off (OP-2)', async () => {
  const patience = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 };
  const server = await startServer(testApp({ features: [] }), { ...listening, patience });
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: loc'));
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('close', () => resolve(text));
  });
  assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\nContent-Security-Policy: default-src 'none'/);
  await server.stop();
});
