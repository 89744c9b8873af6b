import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { sql } from '../../src/database/sql.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { inTenant, readTenant } from '../../src/tenancy/in-tenant.js';
import { claimTenant } from '../../src/tenancy/provisioning.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let acme: TenantContext;
let globex: TenantContext;

async function workspace(slug: string): Promise<TenantContext> {
  const { tenant } = await claimTenant({ name: slug, slug, sharedWork: async () => {}, tenantWork: async () => {} });
  const actor = { kind: 'member', accountId: '00000000-0000-7000-8000-000000000001', name: slug, role: 'owner' } as const;
  return { tenant, actor, trigger: 'page', requestId: 'test-request' };
}

before(async () => {
  database = await openTestDatabase();
  acme = await workspace('acme');
  globex = await workspace('globex');
  for (const context of [acme, globex]) {
    await inTenant(context, 'settings.update', async (db) => {
      await db.run(sql`insert into settings (id, instructions) values ('workspace', ${db.seal('settings.instructions', 'workspace', `canary of ${context.tenant.slug}`)})`);
    });
  }
});
after(() => database.close());

test('each workspace reads its own rows and no other (IS-1, IS-2)', async () => {
  for (const context of [acme, globex]) {
    const rows = await readTenant(context, 'settings.read', (db) =>
      db.many(z.object({ instructions: z.instanceof(Buffer) }), sql`select instructions from settings`).then((found) => found.map((row) => db.openText('settings.instructions', 'workspace', row.instructions))),
    );
    assert.deepEqual(rows, [`canary of ${context.tenant.slug}`]);
  }
});
