import { after, before } from 'node:test';
import { startTestServer, type TestServer } from '../../../support/server.js';

export let server: TestServer;

before(async () => {
  server = await startTestServer({ tenants: 8 });
});

after(() => server?.close());
