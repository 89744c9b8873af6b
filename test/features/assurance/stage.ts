import { createServer } from 'node:http';
import { createApp } from '../../../src/app.js';
import { shared } from '../../../src/database/shared.js';
import { findAccount } from '../../../src/features/accounts/queries.js';
import { newApplication } from '../../../src/http/application.js';
import { requestIds } from '../../../src/http/request-id.js';
import { feature, mount } from '../../../src/http/route.js';
import { sessions } from '../../../src/http/session.js';
import { signedIn } from '../../../src/http/signed-in.js';
import { permissionsOf } from '../../../src/tenancy/permissions.js';
import { openPolicy } from '../../../src/tenancy/sign-in-policy.js';
import type { TestServer } from '../../support/server.js';

/** The application with two routes before it that lack a guard: one lets anybody in who is signed in, one looks up anything. */
export async function openLeakyServer() {
  const shown = { text: '' };
  const leaky = feature('/w/:workspace/leaky');
  leaky.get('/', 'member', (_request, response) => {
    response.send('Come in');
  });
  leaky.get('/tasks/:id', 'member', (_request, response) => {
    response.send(shown.text);
  });
  const app = newApplication();
  app.use(requestIds(), sessions(), signedIn({ findAccount: (id) => findAccount(shared(), id), remember: false }));
  mount(app, leaky, {
    async enterWorkspace(slug) {
      // Whoever invented the name is still told that there is nothing: the hole is in who may enter.
      const tenant = { id: 'tenant_0000000000000000', slug, name: slug, loginShard: 0 };
      const held = {
        role: 'member',
        permissions: permissionsOf('member'),
        suspended: false,
        policy: openPolicy,
      } as const;
      return slug.startsWith('canary-') ? { tenant, ...held } : undefined;
    },
    async recordRefusal() {},
  });
  app.use(createApp());
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://localhost:${typeof address === 'object' ? address?.port : ''}`,
    shown,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Everything that exists of workspaces and people; schemas that stand by do not count. */
export async function everythingIn({ database }: TestServer, tenantId: string): Promise<unknown> {
  const { rows } = await database.admin.query(`
    select (select array_agg(id order by id) from shared.tenants where status <> 'standby') as tenants,
      (select count(*) from shared.accounts) as accounts, (select count(*) from shared.canaries) as canaries,
      (select count(*) from shared.sessions where account_id not in (select id from shared.accounts)) as sessions,
      (select count(*) from ${tenantId}.audit_events) as events`);
  return rows;
}
