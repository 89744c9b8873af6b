import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { parseAddress } from '../../src/database/address.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded.js';
import { keepRowsOutOfLog, loginsThatLogRows } from '../../src/database/guards.js';
import { prepareDatabase } from '../../src/database/prepare.js';
import { role } from '../../src/database/roles.js';

let folder: string;
let postgres: EmbeddedPostgres;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-managed-'));
  postgres = await startEmbeddedPostgres(folder, ['-c', 'fsync=off']);
  const admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query(`create role operator login createrole createdb password 'of this test only'`);
  await admin.query('create database managed owner operator');
  await admin.end();
});
after(async () => {
  await postgres?.stop();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('on a Postgres whose owner is no superuser it installs, and says which functions stay open (IS-2)', async () => {
  const address = {
    ...parseAddress(postgres.url),
    database: 'managed',
    user: 'operator',
    password: 'of this test only',
  };
  const options = { address, secret: Buffer.alloc(32, 5), shards: 2, standby: 2 };
  const { missingGuards } = await prepareDatabase(options);
  assert.ok(
    missingGuards.some((name) => name.startsWith('set_config')),
    missingGuards.join(', '),
  );
  const again = await prepareDatabase({ ...options, standby: 3 });
  assert.deepEqual(again.missingGuards, missingGuards);
});

test('it installs where it may not keep rows out of the log of Postgres, and finds which logins those are (CR-6)', async () => {
  const admin = new pg.Client({ ...parseAddress(postgres.url), database: 'managed' });
  await admin.connect();
  try {
    const telling = await loginsThatLogRows(admin);
    assert.deepEqual(telling, ['bailiwick_app_0', 'bailiwick_app_1', role.provisioner, role.web, role.worker]);
    await keepRowsOutOfLog(admin);
    assert.deepEqual(await loginsThatLogRows(admin), [], 'a superuser may');
    for (const name of telling) await admin.query(`alter role ${name} reset log_error_verbosity`);
    await admin.query("alter database managed set log_error_verbosity = 'terse'");
    const fresh = new pg.Client({ ...parseAddress(postgres.url), database: 'managed' });
    await fresh.connect();
    assert.deepEqual(await loginsThatLogRows(fresh), [], 'and so may whoever sets it for the whole database');
    await fresh.end();
  } finally {
    await admin.end();
  }
});
