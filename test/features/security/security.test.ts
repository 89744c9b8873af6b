import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { varPath } from '../../../src/config.js';
import { evidenceNamed } from '../../../src/features/assurance/evidence/gather.js';
import { checkClaims, claims, listClaims } from '../../../src/features/security/checks.js';
import type { Finding } from '../../../src/features/security/claim.js';
import { neverStored, storedByWorkspace, tablesIn } from '../../../src/features/security/storage.js';
import { newCertificate } from '../../support/certificate.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { Visitor } from '../../support/visitor.js';
import { openTeam, type Team } from '../members/team.js';
import { testGuards } from './guards.js';

process.env.SECURITY_CONTACT = 'security@bailiwick.test';
let server: TestServer;
let acme: Team;
const closing: (() => void)[] = [];

before(async () => {
  server = await startTestServer({ tenants: 3, own: true });
  acme = await openTeam(server, 'Acme', 'alice');
});
after(async () => {
  for (const close of closing) close();
  await server?.close();
});

async function found(id: string, origin = server.origin): Promise<Finding> {
  const finding = (await checkClaims({ origin })).get(id);
  assert.ok(finding, id);
  return finding;
}

/** Something stands before the installation that changes what it answers. */
async function behind(change: (name: string, value: string) => string | undefined): Promise<string> {
  const { port } = new URL(server.origin);
  const proxy = createPlainServer((asked, answered) => {
    const onward = request({ port, method: asked.method, path: asked.url, headers: asked.headers }, (answer) => {
      answered.statusCode = answer.statusCode ?? 500;
      for (const [name, value] of Object.entries(answer.headers)) {
        const values = [value].flat().flatMap((each) => (each === undefined ? [] : (change(name, each) ?? [])));
        if (values.length > 0) answered.setHeader(name, values);
      }
      answer.pipe(answered);
    });
    asked.pipe(onward);
  });
  return listen(proxy, 'http');
}

async function listen(proxy: Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = proxy.address();
  return `${scheme}://localhost:${typeof address === 'object' ? address?.port : ''}`;
}

test('on a healthy installation every claim is enforced but those that it says it does not use (GV-4)', async () => {
  const states = [...(await checkClaims())].map(([id, { state, evidence }]) => ({ id, state, evidence }));
  const not = states.filter(({ state }) => state !== 'enforced').map(({ id }) => id);
  // Plain HTTP and captured mail here; the hashes of the tests are cheap on purpose.
  assert.deepEqual(not, ['passwords', 'mail-transport', 'tls', 'https-only'], JSON.stringify(states, null, 1));
});

const undone: Record<string, { claim: string; break: string; mend: string }> = {
  'a login that may make roles': {
    claim: 'logins-own-nothing',
    break: 'alter role bailiwick_app_1 createrole',
    mend: 'alter role bailiwick_app_1 nocreaterole',
  },
  'a login that owns a table': {
    claim: 'logins-own-nothing',
    break: 'create table shared.owned (); alter table shared.owned owner to bailiwick_web',
    mend: 'drop table shared.owned',
  },
  'a revoke that was taken back': {
    claim: 'no-way-around',
    break: 'grant execute on function pg_catalog.query_to_xml(text, boolean, boolean, text) to public',
    mend: 'revoke execute on function pg_catalog.query_to_xml(text, boolean, boolean, text) from public',
  },
  'a login whose errors are logged with their row': {
    claim: 'database-log',
    // One that writes no rows of people: the logins are those of all databases of this run.
    break: 'alter role bailiwick_provisioner reset log_error_verbosity',
    mend: "alter role bailiwick_provisioner set log_error_verbosity = 'terse'",
  },
};

for (const [name, { claim, ...sql }] of Object.entries(undone)) {
  test(`${name} is on the page within one check, and gone when it is mended (GV-4)`, async () => {
    assert.equal((await found(claim)).state, 'enforced');
    await server.database.admin.query(sql.break);
    try {
      assert.notEqual((await found(claim)).state, 'enforced');
      const page = await new Visitor(server.origin).get('/security');
      assert.match(page.text, new RegExp(`data-claim="${claim}" data-state="(off|partial)"`));
    } finally {
      await server.database.admin.query(sql.mend);
    }
    assert.equal((await found(claim)).state, 'enforced');
  });
}

test('a workspace’s role that may change its audit is found (AU-2, GV-4)', async () => {
  const change = (verb: string) =>
    `${verb} update on ${acme.tenantId}.audit_events ${verb === 'grant' ? 'to' : 'from'} ${acme.tenantId}`;
  await server.database.admin.query(change('grant'));
  assert.deepEqual(await found('audit-append-only'), {
    state: 'off',
    evidence: 'The audit of 1 workspaces could be changed by the application.',
  });
  await server.database.admin.query(change('revoke'));
  assert.equal((await found('audit-append-only')).state, 'enforced');
});

test('a table that is open to its neighbour is found (IS-2, GV-4)', async () => {
  const { rows } = await server.database.admin.query("select id from shared.tenants where status <> 'deleting'");
  const everyone = rows.map(({ id }) => id);
  const open = (verb: string, word: string) =>
    everyone
      .map((id) => `${verb} usage on schema ${id} ${word} public; ${verb} select on ${id}.settings ${word} public`)
      .join(';');
  await server.database.admin.query(open('grant', 'to'));
  assert.deepEqual(await found('workspaces-apart'), { state: 'off', evidence: 'settings was not refused.' });
  await server.database.admin.query(open('revoke', 'from'));
  assert.equal((await found('workspaces-apart')).state, 'enforced');
});

test('what there is nothing to try with is called so, on the page, in JSON and in the evidence, and is no risk (GV-4)', async () => {
  const { rows } = await server.database.admin.query('select id, status, slug, name from shared.tenants');
  await server.database.admin.query(
    "update shared.tenants set status = 'deleting', slug = coalesce(slug, id), name = coalesce(name, id)",
  );
  try {
    const evidence = 'There are not two workspaces yet, so there is nothing to try it with.';
    assert.deepEqual(await found('workspaces-apart'), { state: 'untried', evidence });
    const page = await new Visitor(server.origin).get('/security');
    assert.match(page.text, /data-claim="workspaces-apart" data-state="untried">[\s\S]*?Not tried yet/);
    assert.match(page.text, /\d+ waits? for something to try (it|them) with/);
    const { claims: told } = JSON.parse((await new Visitor(server.origin).get('/security/claims.json')).text);
    const claim = told.find(({ id }: { id: string }) => id === 'workspaces-apart');
    assert.deepEqual([claim.state, claim.evidence], ['untried', evidence]);
    const known = { claims: await listClaims() } as unknown as Parameters<typeof evidenceNamed>[1];
    const { standing, text } = evidenceNamed('c:workspaces-apart', known);
    assert.equal(standing, 'unsure');
    assert.ok(text.endsWith(evidence), text);
  } finally {
    const restored = 'update shared.tenants set status = $2, slug = $3, name = $4 where id = $1';
    for (const { id, status, slug, name } of rows)
      await server.database.admin.query(restored, [id, status, slug, name]);
  }
  assert.equal((await found('workspaces-apart')).state, 'enforced');
});

const headers: Record<string, (name: string, value: string) => string | undefined> = {
  'a missing policy': (name, value) => (name === 'content-security-policy' ? undefined : value),
  'an unsafe policy': (name, value) =>
    name === 'content-security-policy' ? `${value}; script-src 'unsafe-inline'` : value,
  'a nonce that is always the same': (_name, value) => value.replace(/'nonce-[^']+'/g, "'nonce-same'"),
  'a missing nosniff': (name, value) => (name === 'x-content-type-options' ? undefined : value),
  'pages that may be kept by others': (name, value) => (name === 'cache-control' ? 'public' : value),
};

for (const [name, change] of Object.entries(headers)) {
  test(`${name} is found (CR-3, GV-4)`, async () => {
    assert.equal((await found('headers', await behind(change))).state, 'partial');
  });
}

test('a cookie that scripts can read is found (AC-10, GV-4)', async () => {
  const open = await behind((name, value) => (name === 'set-cookie' ? value.replace('; HttpOnly', '') : value));
  assert.deepEqual(await found('session-cookie', open), { state: 'off', evidence: 'HttpOnly is missing.' });
});

test('a certificate that nobody trusts, and answers that do not come, are found (CR-2, GV-4)', async () => {
  const certificate = newCertificate(['DNS:localhost']);
  closing.push(() => certificate.remove());
  const tls = createTlsServer({ key: certificate.key, cert: certificate.certificate }, (_asked, answer) =>
    answer.end(),
  );
  const finding = await found('tls', await listen(tls, 'https'));
  assert.equal(finding.state, 'partial');
  assert.match(finding.evidence, /not trusted/);
  const nobody = await found('headers', 'http://localhost:1');
  assert.deepEqual(nobody, { state: 'off', evidence: 'The check could not be carried out. The log says why.' });
});

test('an upload that was left behind is found (KB-3, GV-4)', async () => {
  const path = join(varPath('uploads'), 'left');
  mkdirSync(varPath('uploads'), { recursive: true });
  writeFileSync(path, 'left');
  const yesterday = new Date(Date.now() - 86_400_000);
  utimesSync(path, yesterday, yesterday);
  assert.match((await found('uploads-leave')).evidence, /^1 files were left behind/);
});

test('what was not checked for two hours is not claimed (GV-4)', async () => {
  await checkClaims();
  await server.database.admin.query("update shared.claim_checks set checked_at = now() - interval '3 hours'");
  assert.ok((await listClaims()).every(({ state }) => state === 'unknown'));
  const page = await new Visitor(server.origin).get('/security');
  assert.match(page.text, new RegExp(`<strong>0 of ${claims.length}</strong>`));
});

test('somebody signed in may have everything checked now; a stranger may only read (GV-4)', async () => {
  const { person } = acme.owner;
  assert.equal((await person.submit('/security', {}, '/security/checks')).location, '/security');
  assert.match((await person.get('/security')).text, /Checked now: \d+ of \d+ claims are enforced/);
  const stranger = new Visitor(server.origin);
  assert.doesNotMatch((await stranger.get('/security')).text, /Check all of them now/);
});

test('what is stored is read from the schema, and has no place for what is never stored (GV-4, V6.4.2)', () => {
  const tables = storedByWorkspace();
  const of = (name: string) => tables.find((table) => table.name === name);
  assert.deepEqual(of('messages')?.sealed, ['body']);
  assert.ok(of('postings')?.hashed.includes('tag'));
  assert.ok(!of('chunks')?.clear.includes('body'));
  assert.ok(neverStored.length > 0);
  for (const { name, clear } of tables) {
    for (const column of clear)
      assert.doesNotMatch(column, /password|hint|question$|secret|token$|api_key|file_bytes/, `${name}.${column}`);
  }
  assert.deepEqual(
    tablesIn(
      'create table a (\n  id uuid not null,\n  body bytea,\n  arguments_digest bytea,\n  constraint a_pkey x\n);',
    ),
    [{ name: 'a', sealed: ['body'], hashed: ['arguments_digest'], clear: ['id'] }],
  );
});

test('security.txt names where to report, and expires ahead and within a year (RFC 9116, GV-4)', async () => {
  const { text, headers: answered } = await new Visitor(server.origin).get('/.well-known/security.txt');
  assert.match(answered.get('content-type') ?? '', /^text\/plain/);
  assert.match(text, /^Contact: mailto:security@bailiwick\.test$/m);
  const expires = new Date(/^Expires: (.*)$/m.exec(text)?.[1] ?? '').getTime();
  assert.ok(expires > Date.now() + 100 * 86_400_000 && expires < Date.now() + 365 * 86_400_000);
});

testGuards(() => ({ server, tenantId: acme.tenantId }));
