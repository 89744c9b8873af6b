import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type Client, newClient, serving, tokenIn } from './harness.js';
import { replicaApp, startReplica } from './replica.js';
import { signInAs } from './sign-in.js';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase({ tenants: 0 });
});
after(() => database.close());

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

test('replicas count together, and say when to come back (CR-5)', async () => {
  const other = await startReplica();
  try {
    await serving(replicaApp(), async (port) => {
      const clients = [newClient(port), newClient(other.port)] as const;
      const statuses: number[] = [];
      for (let count = 0; count < 8; count += 1) {
        const answer = await (count % 2 ? clients[1] : clients[0]).get('/limited/address', from('198.51.100.7'));
        statuses.push(answer.status);
        assert.match(String(answer.headers['ratelimit-policy']), /^"by-address"; q=5; w=60; pk=/);
        assert.match(
          String(answer.headers.ratelimit),
          new RegExp(`^"by-address"; r=${Math.max(0, 4 - count)}; t=[0-9]+$`),
        );
        if (answer.status !== 429) continue;
        const seconds = Number(answer.headers['retry-after']);
        assert.ok(seconds > 0 && seconds <= 60);
        assert.match(answer.text, /That was too often\. Try again in \d+ seconds\./);
      }
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
      assert.equal((await clients[0].get('/limited/address', from('198.51.100.8'))).status, 200);
    });
  } finally {
    await other.stop();
  }
});

test('of 50 at once exactly as many pass as may (CR-5, V2.3.2)', async () => {
  await serving(replicaApp(), async (port) => {
    const { get } = newClient(port);
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('/limited/address', from('198.51.100.9'))));
    assert.equal(answers.filter(({ status }) => status === 200).length, 5);
  });
});

test('an IPv6 network is one caller, and IPv4 in IPv6 clothes is IPv4 (CR-5)', async () => {
  await serving(replicaApp(), async (port) => {
    const { get } = newClient(port);
    const status = async (address: string) => (await get('/limited/address', from(address))).status;
    for (let host = 1; host <= 5; host += 1) assert.equal(await status(`2001:db8:1:2::${host}`), 200);
    assert.equal(await status('2001:db8:1:2:ffff::1'), 429);
    assert.equal(await status('2001:db8:1:3::1'), 200);
    for (let count = 0; count < 5; count += 1)
      assert.equal(await status(count % 2 ? '192.0.2.5' : '::ffff:192.0.2.5'), 200);
    assert.equal(await status('::ffff:192.0.2.5'), 429);
    assert.equal(await status('192.0.2.5'), 429);
  });
});

test('only what a trusted proxy adds is believed (ASVS 15.3.4)', async () => {
  await serving(replicaApp(), async (port) => {
    const { get } = newClient(port);
    // The proxy appends the peer that it saw; whatever the caller wrote before that does not count.
    const status = async (forged: string) => (await get('/limited/address', from(`${forged}, 198.51.100.20`))).status;
    for (let count = 0; count < 5; count += 1) assert.equal(await status(`203.0.113.${count}`), 200);
    assert.equal(await status('203.0.113.99'), 429);
    const headers = {
      'x-real-ip': '203.0.113.1',
      'x-client-ip': '203.0.113.2',
      forwarded: 'for=203.0.113.3',
      'x-forwarded-for': '198.51.100.20',
    };
    assert.equal((await get('/limited/address', { headers })).status, 429);
  });
});

test('an account is limited wherever it comes from, and others are not (CR-5)', async () => {
  await serving(replicaApp(), async (port) => {
    const signedIn = async (name: string): Promise<Client> => {
      const client = newClient(port);
      await signInAs(client, name);
      return client;
    };
    const [here, there, bobs] = [await signedIn('alice'), await signedIn('alice'), await signedIn('bob')];
    assert.equal((await here.get('/limited/account', from('198.51.100.31'))).status, 200);
    assert.equal((await there.get('/limited/account', from('198.51.100.32'))).status, 200);
    assert.equal((await here.get('/limited/account', from('198.51.100.33'))).status, 429);
    assert.equal((await bobs.get('/limited/account')).status, 200);
  });
});

test('a key of the form is limited, hidden in the table, and free again by the clock of the database (CR-5)', async () => {
  await serving(replicaApp(), async (port) => {
    const client = newClient(port);
    const _csrf = tokenIn((await client.get('/sign-in')).text);
    const tries = async (name: string) => client.post('/limited/name', { _csrf, name });
    assert.deepEqual([(await tries('carol@acme.test')).status, (await tries('carol@acme.test')).status], [200, 200]);
    const refused = await tries('carol@acme.test');
    assert.equal(refused.status, 429);
    assert.match(refused.text, /Wait\./);
    assert.equal((await tries('dave@acme.test')).status, 200);
    const { rows } = await database.admin.query('select key, hits, resets_at from shared.rate_limits');
    assert.doesNotMatch(JSON.stringify(rows), /acme\.test|198\.51|2001:db8/);
    await database.admin.query(
      `update shared.rate_limits set resets_at = now() - interval '1 second' where key like 'by-name:%'`,
    );
    assert.equal((await tries('carol@acme.test')).status, 200);
  });
});

test('a limit that cannot be counted refuses (ASVS 16.5.3)', async () => {
  await database.admin.query('alter table shared.rate_limits rename to rate_limits_away');
  await serving(replicaApp(), async (port) => {
    assert.equal((await newClient(port).get('/limited/address', from('198.51.100.40'))).status, 500);
  });
  await database.admin.query('alter table shared.rate_limits_away rename to rate_limits');
});
