import { type Config, config, varPath } from './config.js';
import { parseAddress } from './database/address.js';
import { startEmbeddedPostgres } from './database/embedded.js';
import { prepareDatabase } from './database/prepare.js';
import { checkServerVersion } from './database/server-version.js';
import { closeDatabases, type DatabaseSettings, openDatabases } from './database/shared.js';
import { log } from './log.js';
import { checkMailSettings } from './mail/deliver.js';
import { checkMasterKey } from './tenancy/master-key.js';
import { deploymentKey, sessionSecrets } from './vault/deployment.js';

export interface Installation {
  readonly settings: DatabaseSettings;
  close(): Promise<void>;
}

export interface Opening {
  /** Otherwise as DATABASE_MIGRATE says. */
  readonly migrate?: boolean;
  /** A command beside a server: a database that was running already keeps running afterwards. */
  readonly visiting?: boolean;
  onProgress?(done: number, total: number): void;
}

/**
 * Finds or starts the database, brings it to the present and opens this process's pools. With nothing configured that
 * is an embedded Postgres below `var/`; production names its own. Throws with the variable to set.
 */
export async function openInstallation(opening: Opening = {}): Promise<Installation> {
  const settings = config();
  checkProduction(settings);
  const secret = deploymentKey('database');
  sessionSecrets();
  checkMailSettings();
  const embedded = settings.DATABASE_URL ? undefined : await startEmbeddedPostgres(varPath('postgres'));
  const address = parseAddress(settings.DATABASE_URL ?? embedded?.url ?? '');
  const shards = settings.DATABASE_LOGIN_SHARDS;
  const database = { address, secret, shards, perShard: settings.DATABASE_CONNECTIONS_PER_SHARD };
  if (opening.migrate ?? settings.DATABASE_MIGRATE === 'on') {
    const { onProgress } = opening;
    await checkServerVersion(address);
    await checkMasterKey(address);
    const { missingGuards } = await prepareDatabase({ ...database, standby: settings.STANDBY_TENANTS, onProgress });
    if (missingGuards.length > 0) {
      log().warn({ functions: missingGuards }, 'this Postgres did not allow to revoke these functions from PUBLIC');
    }
  }
  openDatabases(database);
  return {
    settings: database,
    async close() {
      await closeDatabases();
      if (!(opening.visiting && embedded?.wasRunning)) await embedded?.stop();
    },
  };
}

function checkProduction({ production, DATABASE_URL, BASE_URL }: Config): void {
  if (!production) return;
  if (!DATABASE_URL) throw new Error('DATABASE_URL is missing. In production, name your Postgres 16 or newer.');
  if (!BASE_URL) throw new Error('BASE_URL is missing. Set it to the address that people open, such as https://...');
}
