import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { busIsLive, publish, shared } from '../../src/database/shared.js';
import { type EventStream, endStreamsWithSessions, eventStream } from '../../src/http/event-stream.js';
import { notice } from '../../src/http/page.js';
import { feature } from '../../src/http/route.js';
import { endSessions } from '../../src/http/session.js';
import { sessionStores } from '../../src/http/session-store.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { alice, bob, type Client, newClient, serving, testApp, tokenIn } from './harness.js';
import { replicaApp, startReplica } from './replica.js';
import { signInAs, signInFeature } from './sign-in.js';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase({ tenants: 0 });
  await until('the bus is live', busIsLive);
});
after(() => database.close());

const minute = 60_000;
const cookieOf = (client: Client) => client.cookies.get('session') ?? '';
const idOf = (client: Client) => decodeURIComponent(cookieOf(client)).slice(2).split('.')[0] ?? '';
const keyOf = (client: Client) => createHash('sha256').update(idOf(client)).digest('hex');

async function rowOf(client: Client) {
  const statement = 'select sid, sess, expire, account_id, xmin::text from shared.sessions where sid = $1';
  return (await database.admin.query(statement, [keyOf(client)])).rows[0];
}

function copyOf(client: Client, port: number): Client {
  const copy = newClient(port);
  copy.cookies.set('session', cookieOf(client));
  return copy;
}

test('the table holds a hash of the id, whose it is and from where, and no id (AC-10)', async () => {
  await serving(replicaApp(), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    const row = await rowOf(client);
    assert.equal(row.account_id, alice.id);
    assert.equal(row.sess.address, '127.0.0.1');
    const all = await database.admin.query('select sid, sess::text from shared.sessions');
    assert.ok(!JSON.stringify(all.rows).includes(idOf(client)));
  });
});

test('signed-in reading writes nothing, and the idle time moves once a minute (AC-10)', async (context) => {
  await serving(replicaApp(), async (port) => {
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const client = newClient(port);
    await signInAs(client, 'alice');
    const first = await rowOf(client);
    for (let count = 0; count < 20; count += 1) assert.equal((await client.get('/me')).status, 200);
    assert.equal((await rowOf(client)).xmin, first.xmin);
    context.mock.timers.tick(minute);
    await client.get('/me');
    await until('the touch is written', async () => (await rowOf(client)).xmin !== first.xmin);
    const touched = await rowOf(client);
    // To the second: a second write at sign-in would have moved the first.
    assert.equal((touched.expire - first.expire) / 1000, 60);
    for (let count = 0; count < 20; count += 1) await client.get('/me');
    assert.equal((await rowOf(client)).xmin, touched.xmin);
  });
});

test('half an hour without a request ends a session; with requests it lives on (AC-10, V7.3.1)', async (context) => {
  await serving(replicaApp(), async (port) => {
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const client = newClient(port);
    await signInAs(client, 'alice');
    for (let round = 0; round < 4; round += 1) {
      const known = await rowOf(client);
      context.mock.timers.tick(25 * minute);
      assert.equal((await client.get('/me')).status, 200);
      await until('the touch is written', async () => (await rowOf(client)).xmin !== known.xmin);
    }
    context.mock.timers.tick(30 * minute + 1000);
    assert.equal((await client.get('/me')).status, 303);
    const token = tokenIn((await newClient(port).get('/sign-in')).text);
    assert.equal((await client.post('/me/name', { _csrf: token })).status, 401);
  });
});

test('a session opened on one replica is known on the other, and dead there once it is ended (AC-10)', async () => {
  const other = await startReplica();
  try {
    await serving(replicaApp(), async (port) => {
      for (let round = 0; round < 5; round += 1) {
        const client = newClient(port);
        await signInAs(client, 'alice');
        const there = copyOf(client, other.port);
        assert.equal((await there.get('/me')).status, 200);
        const token = tokenIn((await there.get('/me/form')).text);
        assert.equal((await there.post('/me/name', { _csrf: token })).status, 303);
        assert.ok((await endSessions(alice.id)) >= 1);
        assert.equal((await there.post('/me/name', { _csrf: token })).status, 401);
        const ended = Date.now();
        await until('dead over there', async () => (await copyOf(client, other.port).get('/me')).status === 303);
        assert.ok(
          Date.now() - ended < 9_000,
          'it ended of age: what the other replica read may be kept for 10 seconds',
        );
        assert.equal((await copyOf(client, port).get('/me')).status, 303);
      }
    });
  } finally {
    await other.stop();
  }
});

test('ending the others leaves this one and other people alone (AC-9, AC-10)', async () => {
  await serving(replicaApp(), async (port) => {
    const [mine, lost, bobs] = [newClient(port), newClient(port), newClient(port)];
    await signInAs(mine, 'alice');
    await signInAs(lost, 'alice');
    await signInAs(bobs, 'bob');
    for (const client of [mine, lost, bobs]) assert.equal((await client.get('/me')).status, 200);
    assert.equal(await endSessions(alice.id, { keep: { sessionID: idOf(mine), session: {} } }), 1);
    assert.deepEqual(
      [(await mine.get('/me')).status, (await lost.get('/me')).status, (await bobs.get('/me')).status],
      [200, 303, 200],
    );
    assert.equal(await endSessions(bob.id), 1);
    assert.equal((await bobs.get('/me')).status, 303);
  });
});

test('an answer on its way does not bring an ended session back (AC-10)', async () => {
  const gate = { entered: false, open: () => {} };
  const slow = feature('/slow');
  slow.get('/', 'account', async (request, response) => {
    gate.entered = true;
    await new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    notice(request, 'Saved.');
    response.send('late');
  });
  await serving(testApp({ features: [signInFeature(), slow], stores: sessionStores() }), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    const late = client.get('/slow');
    await until('the slow request is in', () => gate.entered);
    await endSessions(alice.id);
    gate.open();
    assert.equal((await late).status, 200);
    assert.equal(await rowOf(client), undefined);
    assert.equal((await client.get('/me')).status, 303);
  });
});

test('what writes asks the database every time, even where a page may be seconds old (AC-10)', async () => {
  await serving(replicaApp(), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    const token = tokenIn((await client.get('/me/form')).text);
    await database.admin.query('delete from shared.sessions where sid = $1', [keyOf(client)]);
    assert.equal((await client.post('/me/name', { _csrf: token })).status, 401);
  });
});

test('while notices cannot arrive, every request asks the database (AC-10)', async () => {
  await serving(replicaApp(), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    assert.equal((await client.get('/me')).status, 200);
    await database.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`,
    );
    await until('the bus is gone', () => !busIsLive());
    await database.admin.query('delete from shared.sessions where sid = $1', [keyOf(client)]);
    assert.equal((await client.get('/me')).status, 303);
    await until('the bus is back', busIsLive);
  });
});

test('a page without a form makes no row, for visitors and bots alike (AC-10)', async () => {
  const count = async () =>
    (await database.admin.query('select count(*)::int as rows from shared.sessions')).rows[0].rows;
  await serving(replicaApp(), async (port) => {
    const before = await count();
    for (const path of ['/', '/me', '/nothing', '/limited/address']) await newClient(port).get(path);
    await newClient(port).post('/sign-in', { name: 'alice', _csrf: 'guess' });
    assert.equal(await count(), before);
  });
});

test('live streams end with the session or the membership that opened them (AC-10, MB-5)', async () => {
  endStreamsWithSessions();
  const opened = new Map<string, EventStream>();
  const live = feature('/w/:workspace/live');
  live.get('/:name', 'member', (request, response) => {
    opened.set(String(request.params.name), eventStream(request, response));
  });
  await serving(testApp({ features: [signInFeature(), live], stores: sessionStores() }), async (port) => {
    const open = async (client: Client, name: string) => {
      const headers = { cookie: `session=${cookieOf(client)}` };
      const response = await fetch(`http://127.0.0.1:${port}/w/acme/live/${name}`, { headers });
      assert.equal(response.status, 200);
    };
    const over = (name: string) => opened.get(name)?.closed.aborted === true;
    const [laptop, phone, bobs] = [newClient(port), newClient(port), newClient(port)];
    await signInAs(laptop, 'alice');
    await signInAs(phone, 'alice');
    await signInAs(bobs, 'bob');
    await Promise.all([open(laptop, 'laptop'), open(phone, 'phone'), open(bobs, 'bobs')]);
    await laptop.post('/me/name', { _csrf: tokenIn((await laptop.get('/me/form')).text) });
    assert.deepEqual([over('laptop'), over('phone'), over('bobs')], [false, false, false]);
    await endSessions(alice.id, { keep: { sessionID: idOf(laptop), session: {} } });
    await until('the ended session loses its stream', () => over('phone'));
    assert.deepEqual([over('laptop'), over('bobs')], [false, false]);
    // Nobody is a member of acme in the database, so judging again says no.
    await publish(shared(), 'membership', bob.id);
    await until('the removed member loses the stream', () => over('bobs'));
    assert.equal(over('laptop'), false);
  });
});
