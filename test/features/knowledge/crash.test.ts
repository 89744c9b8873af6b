import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { config, projectPath, varPath } from '../../../src/config.js';
import { openWorkspace } from '../../../src/features/workspaces/opening.js';
import { openTestDatabase, shards, type TestDatabase } from '../../support/database.js';
import { makeTextPdf } from '../../support/documents/pdf.js';
import { until } from '../../support/until.js';
import { insertPerson, Person, signIn } from '../accounts/people.js';
import { added, type Reader, settled, statusOf, untilNothingIsLeft, upload, uploadsLeft } from './library.js';

let database: TestDatabase;
let running: ChildProcess | undefined;
let alice: Reader;
let home: string;
let tenantId: string;
let port: number;

before(async () => {
  port = await freePort();
  database = await openTestDatabase({ tenants: 2 });
  const origin = `http://localhost:${port}`;
  const { id } = await insertPerson({ origin, database, close: async () => {} }, 'alice');
  const from = { requestId: 'opening', address: '203.0.113.9' };
  const tenant = await openWorkspace({ name: 'Acme', owner: { id, name: 'alice' }, origin: from });
  [home, tenantId] = [`/w/${tenant.slug}/knowledge`, tenant.id];
  alice = { id, name: 'alice', person: new Person(origin, '203.0.113.9') };
  await start();
  await signIn(alice.person, 'alice');
});
after(async () => {
  await kill('SIGTERM');
  await database?.close();
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The real server, as `npm start` runs it, on this test's database and folder. */
async function start(): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    PORT: String(port),
    BASE_URL: `http://localhost:${port}`,
    DATABASE_URL: database.url,
    DATABASE_MIGRATE: 'off',
    DATABASE_LOGIN_SHARDS: String(shards),
    MASTER_KEY: process.env.MASTER_KEY,
    SESSION_SECRET: process.env.SESSION_SECRET,
    VAR_DIR: config().VAR_DIR,
    EMBEDDER: 'off',
    LOG_LEVEL: 'error',
  };
  const child = spawn(process.execPath, [projectPath('dist', 'src', 'server.js')], {
    env,
    stdio: ['ignore', 'pipe', 2],
  });
  running = child;
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (said) => String(said).includes('is open at') && resolve());
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function kill(signal: NodeJS.Signals): Promise<void> {
  const child = running;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

test('a server killed while it reads leaves no upload, and the document says what happened (KB-3)', async () => {
  const answer = await upload(alice, home, [{ name: 'long.pdf', content: makeTextPdf(2500) }]);
  const { statusUrl } = added(answer);
  await until('pages are being read', async () => (await statusOf(alice, statusUrl)).progress > 0);
  assert.equal(uploadsLeft().length, 1);

  await kill('SIGKILL');
  assert.equal(uploadsLeft().length, 1, 'nobody was there to delete it');
  await start();
  await untilNothingIsLeft();

  const { stage, failure } = await statusOf(alice, statusUrl);
  assert.equal(stage, 'failed');
  assert.match(failure ?? '', /interrupted by a restart.*Upload it again/);
});

test('a server told to stop while it reads cleans up by itself and says so (KB-3)', async () => {
  const { statusUrl } = added(await upload(alice, home, [{ name: 'long.pdf', content: makeTextPdf(4500) }]));
  await until('pages are being read', async () => (await statusOf(alice, statusUrl)).progress > 0);
  await kill('SIGTERM');
  assert.deepEqual(uploadsLeft(), []);
  await start();
  const { stage } = await statusOf(alice, statusUrl);
  assert.ok(stage !== 'reading', stage);
  assert.ok(varPath('uploads').startsWith(config().VAR_DIR));
});

test('an indexing that was killed in the middle is taken up by the next server and finished (KB-3)', async () => {
  const { admin } = database;
  const locked = async () =>
    (await admin.query('select from graphile_worker._private_jobs where locked_by is not null')).rowCount ?? 0;
  // Holding the table makes the job wait just before its work would be written.
  await admin.query('begin');
  await admin.query(`lock table ${tenantId}.chunks in exclusive mode`);
  const { id, statusUrl } = added(await upload(alice, home, [{ name: 'short.txt', content: 'The quay is closed.' }]));
  await until('the job runs', async () => (await locked()) > 0);
  assert.equal((await statusOf(alice, statusUrl)).stage, 'chunking');
  await kill('SIGKILL');
  await admin.query('rollback');
  await start();
  const { stage } = await settled(alice, statusUrl);
  assert.equal(stage, 'done');
  await until('the queue knows that it is done', async () => (await locked()) === 0);
  const { rowCount } = await admin.query(`select from ${tenantId}.chunks where document_id = $1`, [id]);
  assert.equal(rowCount, 1);
});
