import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkServerVersion, refuseOlder } from '../../src/database/server-version.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase({ tenants: 0 });
});
after(() => database?.close());

test('an older Postgres is refused by its name, before anything is installed (OP-2)', async () => {
  assert.throws(() => refuseOlder(150_018), /This is Postgres 15\. Postgres 16 or newer is needed\./);
  refuseOlder(160_000);
  await checkServerVersion(database.address);
});
