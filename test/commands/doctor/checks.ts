import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { version } from '../../../src/commands/doctor/checks/database.js';
import { fits } from '../../../src/commands/doctor/checks/program.js';
import { deploymentOf, examineAll } from '../../../src/commands/doctor/doctor.js';
import type { Deployment, Finding, Grade } from '../../../src/commands/doctor/finding.js';
import { type Config, config, varPath } from '../../../src/config.js';
import { keepReview } from '../../../src/features/assurance/components/kept.js';
import { certificate, closing, folder, mail, sql } from './stage.js';

interface Broken extends Partial<Omit<Deployment, 'settings'>> {
  readonly settings?: Partial<Config>;
}

/** What the doctor says of this installation with one thing about it changed; all of it, or one subject. */
async function examine({ settings, ...rest }: Broken = {}, only?: string): Promise<Finding[]> {
  const deployment = { ...deploymentOf({ ...config(), ...settings }), ...rest };
  return (await examineAll(deployment, only === undefined ? {} : { only })).flatMap(({ findings }) => findings);
}

/** The finding of a subject that says this. It must have a grade that fits, and say what to do unless all is well. */
async function finding(id: string, says: RegExp, grade: Grade, broken: Broken = {}): Promise<void> {
  const findings = await examine(broken, id);
  const found = findings.find((each) => says.test(each.says));
  assert.ok(found, `${id} says: ${findings.map((each) => each.says).join(' | ')}`);
  assert.equal(found.grade, grade, found.says);
  if (grade === 'warning' || grade === 'failure') assert.ok((found.todo ?? '').length > 10, found.says);
}

const production = (more: Partial<Config> = {}): Broken => ({ settings: { production: true, ...more } });

async function listen(listener: Server): Promise<number> {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  closing.push(() => listener.close());
  const address = listener.address();
  return typeof address === 'object' && address ? address.port : 0;
}

test('a healthy installation of one’s own has no failure: what is only right here is a note (OP-3, OP-1)', async () => {
  // No job has ever run here, and hashes are cheap in tests.
  const all = await examine();
  const bad = all.filter(
    ({ grade, says }) => (grade === 'failure' || grade === 'warning') && !says.startsWith('Passwords'),
  );
  assert.deepEqual(bad, []);
  for (const says of [/plain HTTP is fine/, /captured/, /NODE_ENV is not production/, /Nothing is known of backups/]) {
    assert.equal(all.find((each) => says.test(each.says))?.grade, 'note', String(says));
  }
});

describe('each check finds what is broken (OP-3)', () => {
  test('the program: Node, and NODE_ENV where others can reach it', async () => {
    await finding('program', /Node 18\.0\.0 is not/, 'failure', { node: '18.0.0' });
    const elsewhere = { origin: 'https://ai.example.org', TRUST_PROXY: ['127.0.0.1'] };
    await finding('program', /Nobody has looked yet whether weaknesses/, 'warning', { settings: elsewhere });
    keepReview({ reviewedAt: new Date(), weak: [], behind: [] });
    await finding('program', /0 components with known weaknesses.*None is overdue/, 'ok');
    const weeks = 22 * 24 * 3600_000;
    await finding('program', /That is 22 days ago; 7 are promised/, 'warning', { now: () => Date.now() + weeks });
    const weak = [{ name: 'left-pad', severity: 'critical' as const, firstSeen: new Date(Date.now() - weeks) }];
    keepReview({ reviewedAt: new Date(), weak, behind: [] });
    await finding('program', /left-pad: a critical weakness is known for 22 days, 3 are allowed/, 'failure');
    rmSync(varPath('components-review.json'));
    await finding('program', /NODE_ENV is not production/, 'failure', { settings: elsewhere });
    const range = '>=20.19 <21 || >=22.13';
    const good = ['20.19.0', '20.20.2', '22.13.0', '24.0.0'];
    for (const node of good) assert.ok(fits(node, range), node);
    for (const node of ['20.18.9', '21.0.0', '22.12.9', '18.20.0']) assert.ok(!fits(node, range), node);
    assert.ok(!fits('22.13.0', '^22'), 'what is not understood does not fit');
    assert.equal(version('15.8 (Debian)').grade, 'failure');
  });

  test('the address: nobody there, plain HTTP, a proxy that nobody or everybody is', async () => {
    await finding('address', /Nobody answers at http:\/\/localhost:1 \(ECONNREFUSED\)/, 'failure', {
      ...production({ origin: 'http://localhost:1' }),
    });
    await finding('address', /over plain HTTP/, 'failure', production());
    const https = { origin: 'https://localhost:1', TRUST_PROXY: [] };
    await finding('address', /nobody can sign in/, 'failure', { settings: https });
    await finding('address', /callers choose the address/, 'failure', { settings: { TRUST_PROXY: ['0.0.0.0/0'] } });
    const closed = createPlainServer((_request, response) => response.writeHead(503).end());
    const origin = `http://localhost:${await listen(closed)}`;
    await finding('address', /\/ready answers 503/, 'failure', { settings: { origin } });
  });

  test('TLS and headers, by the promises of the security page (CR-2, CR-3)', async () => {
    const bare = createTlsServer({ key: certificate.key, cert: certificate.certificate }, (_request, response) =>
      response.end(),
    );
    const origin = `https://localhost:${await listen(bare)}`;
    await finding('claims', /not trusted/, 'warning', { settings: { origin } });
    const plain = createPlainServer((_request, response) => response.setHeader('content-type', 'text/html').end());
    const without = `http://localhost:${await listen(plain)}`;
    await finding('claims', /content-security-policy is wrong or missing/, 'warning', {
      settings: { origin: without },
    });
  });

  test('rights of roles, revokes, and migrations that are pending (IS-2)', async () => {
    await sql('alter role bailiwick_app_1 createrole');
    await finding('claims', /bailiwick_app_1 may make roles/, 'failure');
    await sql('alter role bailiwick_app_1 nocreaterole');
    const xml = 'function pg_catalog.query_to_xml(text, boolean, boolean, text)';
    await sql(`grant execute on ${xml} to public`);
    await finding('claims', /query_to_xml.* is open to everybody/, 'warning');
    await sql(`revoke execute on ${xml} from public`);
    await sql(
      `update shared.migrations set schema_name = 'gone' where schema_name = 'shared' and version like '0013%'`,
    );
    await finding('database', /Pending: 1 migration of the shared schema/, 'failure');
    await sql(`update shared.migrations set schema_name = 'shared' where schema_name = 'gone'`);
    await finding('database', /All migrations are applied/, 'ok');
    await finding('database', /a process uses up to 4110/, 'warning', {
      settings: { DATABASE_LOGIN_SHARDS: 64, DATABASE_CONNECTIONS_PER_SHARD: 64 },
    });
  });

  test('a clock that is wrong', async () => {
    await finding('clock', /1\d s behind/, 'warning', { now: () => Date.now() + 14_000 });
    await finding('clock', /60\d s ahead/, 'failure', { now: () => Date.now() - 604_000 });
    await finding('address', /clock of what answers there is 60\d s ahead/, 'warning', {
      now: () => Date.now() - 604_000,
    });
  });

  test('a worker that is silent, a queue that waits, jobs and mails that nobody takes', async () => {
    await sql(`insert into shared.status_probes (component, at, state, milliseconds)
      values ('jobs', now() - interval '40 minutes', 'up', 0)`);
    await finding('work', /No worker was heard for 40 minutes/, 'failure');
    await sql(`select graphile_worker.add_job('canary', run_at => now() - interval '10 minutes')`);
    await finding('work', /waits for 10 minutes/, 'warning');
    await sql(`update graphile_worker._private_jobs set run_at = now() - interval '2 hours'`);
    await finding('work', /waits for 120 minutes/, 'failure');
    await sql('update graphile_worker._private_jobs set attempts = max_attempts');
    await finding('work', /jobs? failed until no more tries were left/, 'warning');
    await sql('delete from graphile_worker._private_jobs; delete from shared.status_probes');
    await sql(
      `insert into shared.mails (id, sealed, created_at) values (gen_random_uuid(), '\\x00', now() - interval '1 hour')`,
    );
    await finding('work', /A mail waits for 60 minutes/, 'failure', { settings: { SMTP_URL: 'smtp://localhost:1' } });
    await sql('delete from shared.mails');
  });

  test('secrets that others can read, and ones that should be gone', async () => {
    const VAR_DIR = join(folder, 'var');
    mkdirSync(VAR_DIR);
    chmodSync(VAR_DIR, 0o755);
    await finding('secrets', /Others on this machine can look into/, 'warning', { settings: { VAR_DIR } });
    chmodSync(VAR_DIR, 0o700);
    const file = join(VAR_DIR, 'secrets.json');
    writeFileSync(file, '{}', { mode: 0o644 });
    await finding('secrets', /Others on this machine can read .*secrets\.json/, 'failure', { settings: { VAR_DIR } });
    await finding('secrets', /left from a time before production/, 'warning', production({ VAR_DIR }));
    chmodSync(file, 0o600);
    utimesSync(file, new Date(0), new Date(0));
    await finding('secrets', /The session secret is .* days old/, 'note', { settings: { VAR_DIR } });
    const key = join(folder, 'key.pem');
    writeFileSync(key, '', { mode: 0o640 });
    await finding('secrets', /can read .*key\.pem/, 'warning', { settings: { DISCLOSURE_TLS_KEY: key } });
    await finding('secrets', /none is not there/, 'failure', { settings: { DISCLOSURE_TLS_KEY: 'none' } });
  });

  test('mail: no server, nobody there, a wrong password, no encryption, a certificate of nobody', async () => {
    const at = (SMTP_URL: string): Broken => ({ settings: { SMTP_URL } });
    const ca = `?ca=${encodeURIComponent(certificate.certificateFile)}`;
    const port = await mail.start({ authOptional: false });
    await finding('mail', /No mail server is set/, 'failure', production());
    await finding('mail', /did not let us in: ESOCKET|ECONNECTION/, 'failure', at('smtp://127.0.0.1:1'));
    await finding('mail', /EAUTH 535/, 'failure', at(`smtp://user:canary@127.0.0.1:${port}${ca}`));
    await finding('mail', /did not let us in/, 'failure', at(`smtp://user:p%40ss%3Aword%2F@127.0.0.1:${port}`));
    await finding('mail', /lets us in/, 'ok', at(`smtp://user:p%40ss%3Aword%2F@127.0.0.1:${port}${ca}`));
    const plain = await mail.start({ disabledCommands: ['STARTTLS'] });
    await finding('mail', /did not let us in: ETLS/, 'failure', at(`smtp://127.0.0.1:${plain}${ca}`));
    assert.equal(mail.received.length, 0, 'nothing was sent');
  });

  test('a disk that is full, or will be', async () => {
    const gigabyte = 1024 ** 3;
    const room = (free: number): Broken => ({ room: async () => ({ free, size: 100 * gigabyte }) });
    await finding('disk', /100 MB of 100 GB are free/, 'failure', room(100 * 1024 ** 2));
    await finding('disk', /2 GB of 100 GB are free/, 'warning', room(2 * gigabyte));
    await finding('disk', /50 GB of 100 GB are free/, 'ok', room(50 * gigabyte));
  });

  test('backups that are not there, never ran, or are too old', async () => {
    const marker = join(folder, 'backups');
    const told = (more: Partial<Config> = {}): Broken => ({ settings: { BACKUP_MARKER: marker, ...more } });
    await finding('backups', /Nothing is known of backups/, 'warning', production());
    await finding('backups', /There is nothing at/, 'failure', told());
    mkdirSync(marker);
    await finding('backups', /There is nothing at/, 'failure', told());
    const newest = join(marker, 'newest.dump');
    writeFileSync(newest, '');
    await finding('backups', /0 hours old/, 'ok', told());
    const old = new Date(Date.now() - 27 * 3_600_000);
    utimesSync(newest, old, old);
    await finding('backups', /27 hours old/, 'failure', told());
    await finding('backups', /27 hours old/, 'ok', told({ BACKUP_MAX_HOURS: 30 }));
    await finding('backups', /27 hours old/, 'failure', told({ BACKUP_MARKER: newest }));
  });

  test('providers that are off, refuse the key, fail, or are not there', async () => {
    const statuses: Record<string, number> = { 'Bearer good': 200, 'Bearer slow': 500 };
    const models = createPlainServer((request, response) =>
      response
        .writeHead(request.url === '/v1/models' ? (statuses[request.headers.authorization ?? ''] ?? 401) : 404)
        .end(),
    );
    const OPENAI_COMPATIBLE_BASE_URL = `http://127.0.0.1:${await listen(models)}/v1`;
    const withKey = (OPENAI_COMPATIBLE_API_KEY: string): Broken => ({
      settings: { OPENAI_COMPATIBLE_BASE_URL, OPENAI_COMPATIBLE_API_KEY },
    });
    await finding('providers', /No language model is set/, 'note');
    await finding('providers', /OpenAI-compatible server answers\./, 'ok', withKey('good'));
    await finding('providers', /answers 401: the key is refused/, 'failure', withKey('canary'));
    await finding('providers', /answers 500/, 'warning', withKey('slow'));
    const nobody = { OPENAI_COMPATIBLE_BASE_URL: 'http://127.0.0.1:1/v1' };
    await finding('providers', /cannot be reached \(ECONNREFUSED\)/, 'failure', { settings: nobody });
  });

  test('and a check that fails itself is a failure that names no secret (CR-6)', async () => {
    const room = () => Promise.reject(new Error('postgres://web:canary@db/x is away'));
    const [found] = await examine({ room }, 'disk');
    assert.equal(found?.grade, 'failure');
    assert.doesNotMatch(JSON.stringify(found), /canary/);
  });
});
