import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { publish, shared } from '../../src/database/shared.js';
import { noticeFor, notificationTopic } from '../../src/features/notifications/topic.js';
import type { RunningServer } from '../../src/http/server-lifecycle.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { ask, follow } from './ask.js';
import { type Edge, freePort, hasNginx, host, needsNginx, startEdge } from './edge.js';
import { enterAsOwner, load } from './load.js';
import { startReplica } from './replica.js';

let database: TestDatabase;
let server: RunningServer;
let edge: Edge;
/** Of this process, and of another one that is started when it is needed. */
let ports: [number, number];

// The application learns its address from the environment once, so nginx comes first.
before(async () => {
  if (!hasNginx) return;
  ports = [await freePort(), await freePort()];
  edge = await startEdge({ upstream: ports });
  Object.assign(process.env, { BASE_URL: edge.origin, TRUST_PROXY: '127.0.0.1' });
  database = await openTestDatabase({ tenants: 1 });
  await openHere();
});
after(async () => {
  await server?.stop();
  await database?.close();
  await edge?.stop();
});

async function openHere(): Promise<void> {
  const { createApp } = await import('../../src/app.js');
  const { startServer } = await import('../../src/http/server-lifecycle.js');
  server = await startServer(createApp(), { host: '127.0.0.1', port: ports[0], lingerMs: 6000 });
}

/** The sign-in form as a browser gets it: its token and its cookie. */
async function openForm(from: string) {
  const page = await ask(edge, { path: '/sign-in', headers: { accept: 'text/html' }, from });
  const [cookie = ''] = page.headers['set-cookie'] ?? [];
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(page.body) ?? [];
  return { page, cookie, token };
}

test('a page of the application comes over HTTPS with its own headers and a cookie bound to this host (CR-2, AC-10)', async (t) => {
  if (!needsNginx(t)) return;
  const { page, cookie, token } = await openForm('127.0.0.1');
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-security-policy']), /nonce-/);
  assert.equal(page.rawHeaders.filter((name) => name.toLowerCase() === 'strict-transport-security').length, 1);
  assert.match(cookie, /^__Host-session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax/i);
  assert.ok(token);
});

test('the application counts and records the true address, whatever the caller claims (CR-5, AC-13)', async (t) => {
  if (!needsNginx(t)) return;
  const { cookie, token } = await openForm('127.0.0.9');
  const body = new URLSearchParams({ _csrf: token, login: 'nobody', password: 'plum gate ovens' }).toString();
  const answer = await ask(edge, {
    path: '/sign-in',
    method: 'POST',
    from: '127.0.0.9',
    body,
    headers: {
      accept: 'text/html',
      origin: edge.origin,
      cookie: cookie.split(';')[0] ?? '',
      'content-type': 'application/x-www-form-urlencoded',
      'x-forwarded-for': '203.0.113.66',
      'x-real-ip': '203.0.113.66',
      forwarded: 'for=203.0.113.66;host=evil.example',
      'x-request-id': 'forged-request-id',
    },
  });
  assert.equal(answer.status, 401);
  const { rows } = await database.admin.query<{ address: string; request_id: string }>(
    'select address, request_id from shared.platform_events',
  );
  assert.deepEqual(
    rows.map((row) => row.address),
    ['127.0.0.9'],
  );
  // The edge's own id is in its log and in the event: one thread to follow.
  assert.notEqual(rows[0]?.request_id, 'forged-request-id');
  await until('nginx has logged it', () => edge.log('access').includes(`"id":"${rows[0]?.request_id}"`));
});

test('a form from elsewhere is refused behind the edge too (CR-4)', async (t) => {
  if (!needsNginx(t)) return;
  const { cookie, token } = await openForm('127.0.0.1');
  const headers = { cookie: cookie.split(';')[0] ?? '', 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ _csrf: token, login: 'a', password: 'b' }).toString();
  for (const origin of ['https://evil.example', `https://${host}.evil.example`, `http://${host}`, 'null']) {
    const { status } = await ask(edge, { path: '/sign-in', method: 'POST', body, headers: { ...headers, origin } });
    assert.equal(status, 403, origin);
  }
});

test('the captured mails are not shown through the edge (OP-1)', async (t) => {
  if (!needsNginx(t)) return;
  assert.equal((await ask(edge, { path: '/captured-mail', headers: { accept: 'text/html' } })).status, 404);
});

test('both replicas are replaced under load, and no request is lost, done twice or left without its stream (OP-2)', async (t) => {
  if (!needsNginx(t)) return;
  const second = await startReplica(ports[1], edge.origin);
  t.after(() => second.stop());
  const first = {
    port: ports[0],
    async replace() {
      await server.stop();
      await openHere();
    },
  };
  const session = await enterAsOwner(edge, database);
  const { headers, home, tenantId, accountId } = session;
  const stream = follow(edge, { path: `${home}/live`, headers: { ...headers, accept: 'text/event-stream' } });
  const busy = load(session);
  const answersFrom = (port: number) => edge.log('access').split(`"server":"127.0.0.1:${port}"`).length;
  try {
    await until('the stream speaks', () => stream.events.length > 0);
    for (const replica of [first, second]) {
      await replica.replace();
      const known = answersFrom(replica.port);
      await until('the new one is asked', () => answersFrom(replica.port) > known + 3);
    }
  } finally {
    await busy.stop();
  }
  const told = stream.events.length;
  assert.ok(stream.openings() >= 2, 'its replica went away at least once');
  await publish(shared(), notificationTopic, noticeFor(tenantId, accountId));
  await until('news arrive on the stream', () => stream.events.length > told);
  stream.stop();
  assert.deepEqual(
    stream.events.filter((event) => event.startsWith('refused')),
    [],
  );
  assert.deepEqual(busy.wrong, []);
  const { asked, written } = busy.counts;
  t.diagnostic(`${asked} requests, ${written} of them forms, over ${stream.openings()} streams`);
  assert.ok(written > 10 && asked > 40, `${asked} requests are no load`);
  const { rows } = await database.admin.query(`select count(*)::integer as tasks from ${tenantId}.tasks`);
  assert.deepEqual(rows, [{ tasks: written }]);
});
