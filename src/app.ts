import type { Express } from 'express';
import { countPendingShared } from './database/migrate.js';
import { shared, webPool } from './database/shared.js';
import { home, workspaces } from './features/accounts/home-routes.js';
import { findAccount } from './features/accounts/queries.js';
import { ownAccount } from './features/accounts/sessions/routes.js';
import { signIn, signingOut } from './features/accounts/sign-in/routes.js';
import { confirmation } from './features/accounts/sign-up/confirm-routes.js';
import { signUp } from './features/accounts/sign-up/routes.js';
import { agents } from './features/agents/routes.js';
import { audit } from './features/audit/routes.js';
import { conversations, leaving } from './features/conversations/routes.js';
import { dashboard } from './features/dashboard/routes.js';
import { reports } from './features/disclosure/routes.js';
import { knowledge } from './features/knowledge/routes.js';
import { invitations } from './features/members/invitations/routes.js';
import { members } from './features/members/routes.js';
import { security, wellKnown } from './features/security/routes.js';
import { status, statusJson } from './features/status/routes.js';
import { deletions, settings } from './features/workspaces/routes.js';
import { newApplication } from './http/application.js';
import { endStreamsWithSessions } from './http/event-stream.js';
import { failure, notFound } from './http/failure.js';
import { securityHeaders } from './http/headers.js';
import { health } from './http/health.js';
import { knownHosts, sameOriginWrites, usedMethods } from './http/origin.js';
import { assets } from './http/page.js';
import { requestIds } from './http/request-id.js';
import { requestLog } from './http/request-log.js';
import { mount } from './http/route.js';
import { sessions } from './http/session.js';
import { signedIn } from './http/signed-in.js';
import { capturedMailPage, mailIsCaptured } from './mail/captured-page.js';

/** The map: every middleware and every mount, in order. */
export function createApp(): Express {
  const app = newApplication();
  app.use(requestIds(), requestLog(), securityHeaders(), usedMethods());
  app.use(assets().serve);
  mount(
    app,
    health({
      database: () => webPool().query('select 1'),
      migrated: async () => (await countPendingShared(webPool())) === 0,
    }),
  );
  app.use(knownHosts(), sameOriginWrites(), sessions(), signedIn({ findAccount: (id) => findAccount(shared(), id) }));

  const outside = [
    home,
    signUp,
    confirmation,
    signIn,
    signingOut,
    ownAccount,
    workspaces,
    invitations,
    deletions,
    leaving,
    security,
    wellKnown,
    reports,
    status,
    statusJson,
  ];
  const inside = [dashboard, conversations, agents, knowledge, members, audit, settings];
  for (const feature of [...outside, ...inside]) mount(app, feature);
  if (mailIsCaptured()) app.use('/captured-mail', capturedMailPage());

  app.use(notFound, failure);
  endStreamsWithSessions();
  return app;
}
