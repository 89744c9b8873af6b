import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { startTestServer, type TestServer } from '../../support/server.js';
import { openTeam, type Team } from '../members/team.js';
import { plantEvents } from './log.js';

let server: TestServer;
let acme: Team;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Audit & Co', 'alice');
});
after(() => server?.close());

async function download(query = '') {
  const answer = await acme.owner.person.get(`${acme.home}/audit/export.csv${query}`);
  assert.equal(answer.status, 200);
  const rows: Record<string, string>[] = parse(answer.text, { columns: true, record_delimiter: '\r\n' });
  return { answer, rows };
}

test('the download is a file of CSV with every field of every event, times in UTC (AU-4)', async () => {
  const { answer, rows } = await download();
  assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
  assert.equal(answer.headers.get('content-disposition'), `attachment; filename=${acme.slug}-audit.csv`);
  assert.match(answer.headers.get('cache-control') ?? '', /no-store/);
  const created = rows.find(({ event }) => event === 'workspace.created');
  assert.equal(created?.actor_name, 'alice');
  assert.equal(created?.account_id, acme.owner.id);
  assert.match(created?.at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(rows.length, (await acme.events()).length);
});

test('the page’s link downloads what the page shows, wherever the workspace’s name puts it', async () => {
  const { text } = await acme.owner.person.get(`${acme.home}/audit?category=workspace&before=${acme.owner.id}`);
  const link = /href="([^"]*export\.csv[^"]*)"/.exec(text)?.[1];
  assert.equal(link, `${acme.home}/audit/export.csv?category=workspace`);
});

test('a download is itself an event, with its request (AU-1)', async () => {
  const { answer, rows } = await download();
  const last = (await acme.events()).at(-1);
  assert.deepEqual([last?.event, last?.requestId], ['audit.exported', answer.headers.get('x-request-id')]);
  assert.equal(rows[0]?.event, 'audit.exported');
});

test('cells that a spreadsheet would run are shown instead, and quotes and lines stay whole (CSV injection)', async () => {
  const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =cmd', '＝1+1', '\n=1'];
  const harmless = ['a "quoted" name', 'two\nlines', 'comma, semicolon;', 'يوسف', 'a=b'];
  await plantEvents(
    server,
    acme,
    [...formulas, ...harmless].map((actorName) => ({ event: 'odd.name', actorName })),
  );
  const { answer, rows } = await download('?q=odd.name');
  const names = rows.map((row) => row.actor_name).reverse();
  assert.deepEqual(names, [...formulas.map((name) => `'${name}`), ...harmless]);
  assert.ok(answer.text.includes('"a ""quoted"" name"'));
});

test('more than one batch arrives complete, in order and without twins, and a filter holds for all (AU-4)', async () => {
  const planted = Array.from({ length: 2345 }, (_, index) => ({
    event: `batch.${String(index).padStart(4, '0')}`,
    outcome: index % 2 ? 'done' : 'failed',
  }));
  await plantEvents(server, acme, planted);
  const { rows } = await download('?q=batch.');
  assert.deepEqual(
    rows.map(({ event }) => event),
    planted.map(({ event }) => event).reverse(),
  );
  const failed = await download('?q=batch.&outcome=failed');
  assert.equal(failed.rows.length, 1173);
});

test('who hangs up in the middle costs nothing further, and the server goes on', async () => {
  const { person } = acme.owner;
  const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const controller = new AbortController();
  const response = await fetch(`${server.origin}${acme.home}/audit/export.csv`, {
    headers: { cookie, 'x-forwarded-for': person.address },
    signal: controller.signal,
  });
  await response.body?.getReader().read();
  controller.abort();
  assert.equal((await person.get(`${acme.home}/audit`)).status, 200);
});
