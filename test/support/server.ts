import './settings.js';
import { config } from '../../src/config.js';
import { startServer } from '../../src/http/server-lifecycle.js';
import { openTestDatabase, type TestDatabase } from './database.js';

export interface TestServer {
  readonly origin: string;
  readonly database: TestDatabase;
  close(): Promise<void>;
}

/**
 * The whole application on this process's port, over a database of this test file's own. Jobs run when `jobs` is set;
 * whoever deletes a workspace wants schemas of its `own`.
 */
export async function startTestServer({ tenants = 6, jobs = false, own = false } = {}): Promise<TestServer> {
  const database = await openTestDatabase({ tenants, own });
  // Loaded only now: the modules read the settings of the lines above.
  const { createApp } = await import('../../src/app.js');
  const { collectJobs } = await import('../../src/background.js');
  const { startJobs } = await import('../../src/jobs/runner.js');
  collectJobs();
  const runner = jobs ? await startJobs() : undefined;
  const server = await startServer(createApp(), { host: '127.0.0.1', port: config().PORT });
  return {
    origin: config().origin,
    database,
    async close() {
      await server.stop();
      await runner?.stop();
      await database.close();
    },
  };
}
