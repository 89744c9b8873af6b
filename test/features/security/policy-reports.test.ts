import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkClaims } from '../../../src/features/security/checks.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { newPerson } from '../accounts/people.js';

let server: TestServer;

before(async () => {
  server = await startTestServer({ tenants: 1 });
});
after(() => server?.close());

interface Blocked {
  readonly path?: string;
  readonly host?: string;
  readonly directive?: string;
  readonly blocked?: string;
}

const address = ({ path = '/sign-in', host }: Blocked) => `${host ?? server.origin}${path}`;

function single(report: Blocked): string {
  const { directive = 'script-src-elem', blocked = 'inline' } = report;
  const sample = { 'script-sample': 'canary', referrer: 'https://canary.test/', 'source-file': 'canary' };
  return JSON.stringify({
    'csp-report': {
      'document-uri': address(report),
      'effective-directive': directive,
      'blocked-uri': blocked,
      ...sample,
    },
  });
}

function several(...reports: Blocked[]): string {
  return JSON.stringify(
    reports.map((report) => ({
      type: 'csp-violation',
      url: address(report),
      body: { documentURL: address(report), effectiveDirective: report.directive ?? 'img-src', blockedURL: 'x' },
    })),
  );
}

/** As a browser sends it: without a form's token, from an address of its own. */
async function send(body: string, type = 'application/csp-report'): Promise<number> {
  const headers = { 'content-type': type, accept: 'text/html' };
  return (await newPerson(server).send('/csp-reports', { method: 'POST', headers, body })).status;
}

async function kept(): Promise<string[]> {
  const { rows } = await server.database.admin.query(
    'select directive, path, reports from shared.policy_reports order by directive, path',
  );
  return rows.map(({ directive, path, reports }) => `${directive} ${path} ${reports}`);
}

const forget = () => server.database.admin.query('delete from shared.policy_reports');

test('a report is counted by rule, route and day, and nothing else of it is kept (CR-3, V3.4.7, V14.2.1)', async () => {
  const token = 'a'.repeat(43);
  assert.equal(await send(single({ path: `/recover/${token}?secret=canary` })), 204);
  assert.equal(await send(single({ path: `/recover/${token}x` })), 204);
  assert.equal(await send(several({}, { path: '/docs/canary' }), 'application/reports+json'), 204);
  assert.deepEqual(await kept(), ['img-src /docs/:guide 1', 'img-src /sign-in 1', 'script-src-elem /recover/:token 2']);
  const { rows } = await server.database.admin.query('select * from shared.policy_reports');
  assert.doesNotMatch(JSON.stringify(rows), /canary|aaaa/);
  assert.deepEqual(Object.keys(rows[0]).sort(), ['day', 'directive', 'path', 'reports']);
  await forget();
});

test('a sender chooses neither names nor how much is kept (CR-3, V2.2.1)', async () => {
  assert.equal(await send(single({ directive: 'canary-src', path: '/canary' })), 204);
  assert.deepEqual(await kept(), ['other (none) 1']);
  await forget();
  // Of other sites, by extensions, of other kinds: none of ours.
  assert.equal(await send(single({ host: 'https://elsewhere.test' })), 204);
  assert.equal(await send(single({ blocked: 'chrome-extension://abc/x.js' })), 204);
  assert.equal(await send('[{"type":"deprecation","body":{}}]', 'application/reports+json'), 204);
  const refused: [string, string, number][] = [
    ['{"a":1}', 'application/csp-report', 400],
    ['[', 'application/reports+json', 400],
    ['[1]', 'application/reports+json', 400],
    [several(...Array.from({ length: 21 }, () => ({}))), 'application/reports+json', 400],
    [single({ path: `/${'x'.repeat(20_000)}` }), 'application/csp-report', 413],
    [single({}), 'application/json', 415],
    [single({}), 'text/plain', 415],
  ];
  for (const [body, type, status] of refused) assert.equal(await send(body, type), status, body.slice(0, 40));
  assert.deepEqual(await kept(), []);
  assert.equal((await newPerson(server).get('/csp-reports')).status, 404);
});

test('one address can send sixty in ten minutes (CR-5)', async () => {
  const person = newPerson(server);
  const headers = { 'content-type': 'application/reports+json', accept: 'text/html' };
  const ask = () => person.send('/csp-reports', { method: 'POST', headers, body: '[]' });
  for (let sent = 0; sent < 60; sent += 1) assert.equal((await ask()).status, 204);
  const late = await ask();
  assert.equal(late.status, 429);
  assert.ok(Number(late.headers.get('retry-after')) > 0);
  assert.equal(await send('[]', 'application/reports+json'), 204, 'others still can');
});

test('what is older than thirty days goes with the next report (V14.2.4)', async () => {
  await server.database.admin.query(
    `insert into shared.policy_reports (day, directive, path) values (current_date - 40, 'img-src', '/')`,
  );
  await send(single({}));
  assert.deepEqual(await kept(), ['script-src-elem /sign-in 1']);
});

test('the security page says that reports are taken, and how many there were (GV-4)', async () => {
  await forget();
  await send(single({}));
  const finding = (await checkClaims()).get('policy-reports');
  assert.deepEqual(finding, {
    state: 'enforced',
    evidence: 'Reports are taken. In the last 7 days there were: 1.',
  });
  assert.equal((await checkClaims({ origin: 'http://localhost:1' })).get('policy-reports')?.state, 'off');
});
