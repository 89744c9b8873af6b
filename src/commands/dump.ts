import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPath } from '../config.js';
import { parseAddress } from '../database/address.js';
import { startEmbeddedPostgres } from '../database/embedded.js';
import { install } from '../database/install.js';
import { migrateShared } from '../database/migrate.js';
import { presentSchemas } from '../database/present.js';
import { role } from '../database/roles.js';
import { loginSettings } from '../database/shared.js';

/** `npm run db:dump`: writes sql/*.schema.sql from the migrations, in a throw-away database. */
const server = await startEmbeddedPostgres(mkdtempSync(join(tmpdir(), 'bailiwick-dump-')), ['-c', 'fsync=off']);
try {
  const address = parseAddress(server.url);
  const secret = Buffer.alloc(32, 1);
  await install(address, secret, 1);
  const provisioner = loginSettings({ address, secret }, role.provisioner);
  await migrateShared(provisioner);
  const { shared, tenant } = await presentSchemas(provisioner);
  writeFileSync(projectPath('sql', 'shared.schema.sql'), shared);
  writeFileSync(projectPath('sql', 'tenant.schema.sql'), tenant);
} finally {
  await server.stop();
  await server.remove();
}
