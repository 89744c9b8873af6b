import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gradeOf } from '../../../src/features/status/component.js';
import { histories } from '../../../src/features/status/history.js';
import { probeAll } from '../../../src/features/status/probing.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { Visitor } from '../../support/visitor.js';

let server: TestServer;
before(async () => {
  server = await startTestServer({ tenants: 0 });
});
after(() => server?.close());

const shownAs = async (component: string) =>
  new RegExp(`data-component="${component}" data-state="(\\w+)"`).exec(
    (await new Visitor(server.origin).get('/status')).text,
  )?.[1];

test('before anybody looked, background work is not said to run; after a probe it is (GV-4)', async () => {
  assert.equal(await shownAs('jobs'), 'down');
  await probeAll();
  assert.equal(await shownAs('jobs'), 'up');
  const { rows } = await server.database.admin.query(
    'select component, state from shared.status_probes order by component',
  );
  assert.deepEqual(
    rows.map(({ component, state }) => `${component} ${state}`),
    ['database up', 'jobs up', 'mail up', 'web up'],
  );
});

test('a worker that fell silent is shown within eleven minutes, to people and to machines (GV-4)', async () => {
  await server.database.admin.query("update shared.status_probes set at = at - interval '11 minutes'");
  assert.equal(await shownAs('jobs'), 'down');
  const { text } = await new Visitor(server.origin).get('/status.json', { accept: 'application/json' });
  const { state, components } = JSON.parse(text);
  assert.equal(state, 'down');
  assert.deepEqual(components[0], { component: 'web', name: 'Pages', state: 'up', percent90Days: '100.00' });
});

test('probes older than 90 days are forgotten (GV-4)', async () => {
  await server.database.admin.query("update shared.status_probes set at = now() - interval '91 days'");
  await probeAll();
  const { rows } = await server.database.admin.query('select count(*)::int as kept from shared.status_probes');
  assert.deepEqual(rows, [{ kept: 4 }]);
});

test('a day is as good as its probes, and never rounded up (GV-4)', () => {
  assert.deepEqual([undefined, { all: 288, up: 288 }, { all: 288, up: 287 }, { all: 288, up: 100 }].map(gradeOf), [
    'none',
    'good',
    'fair',
    'bad',
  ]);
  const now = new Date('2026-03-04T12:00:00Z');
  const day = new Date('2026-03-04T00:00:00Z');
  const [web] = histories([{ component: 'web', day, all: 100_000, up: 99_999 }], now);
  assert.equal(web?.days.length, 90);
  assert.equal(web?.percent, '99.99');
  assert.deepEqual(web?.days.at(-1), { day, grade: 'good', percent: '99.99' });
});
