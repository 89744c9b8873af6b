import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { projectPath } from '../../src/config.js';
import { checkMasterKey } from '../../src/tenancy/master-key.js';
import { newWrappedKeys } from '../../src/vault/keyring.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase({ tenants: 1 });
});
after(() => database?.close());

const query = (text: string, values: unknown[] = []) => database.admin.query(text, values);

test('a database without a workspace takes any master key, one with workspaces only its own (CR-1, OP-2)', async () => {
  await checkMasterKey(database.address);
  const { rows } = await query('select id from shared.tenants');
  const id: string = rows[0].id;
  for (const { purpose, generation, wrapped } of newWrappedKeys(id)) {
    await query('insert into shared.tenant_keys (tenant_id, purpose, generation, wrapped) values ($1, $2, $3, $4)', [
      id,
      purpose,
      generation,
      wrapped,
    ]);
  }
  await checkMasterKey(database.address);
});

test('with another master key nothing is installed or migrated, and it is said which one is wanted (CR-1, OP-2)', async () => {
  const passwords = async () =>
    (await query(`select rolname, rolpassword from pg_authid where rolname like 'bailiwick%' order by 1`)).rows;
  const before = await passwords();
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    STANDBY_TENANTS: '0',
    MASTER_KEY: randomBytes(32).toString('base64'),
    SESSION_SECRET: randomBytes(32).toString('base64'),
  };
  const main = projectPath('dist', 'src', 'commands', 'main.js');
  const { status, stderr } = spawnSync(process.execPath, [main, 'migrate'], { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^MASTER_KEY is not the one that this database was made with\. Take the one/);
  assert.deepEqual(await passwords(), before);
});
