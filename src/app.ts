import type { Express } from 'express';
import { countPendingShared } from './database/migrate.js';
import { shared, webPool } from './database/shared.js';
import { addressChange } from './features/accounts/address-change/routes.js';
import { authenticator } from './features/accounts/authenticator/routes.js';
import { codeSignIn } from './features/accounts/codes/routes.js';
import { home, workspaces } from './features/accounts/home-routes.js';
import { outsideLogins } from './features/accounts/outside/features.js';
import { ownDataPages } from './features/accounts/own-data/routes.js';
import { passkeys } from './features/accounts/passkeys/routes.js';
import { passkeySignIn } from './features/accounts/passkeys/sign-in-routes.js';
import { passwordChange } from './features/accounts/password-change/routes.js';
import { formerProfile, profile } from './features/accounts/profile/routes.js';
import { proof } from './features/accounts/proof/routes.js';
import { findAccount } from './features/accounts/queries.js';
import { recovery } from './features/accounts/recovery/routes.js';
import { recoveryCodes } from './features/accounts/recovery-codes/routes.js';
import { secondStep } from './features/accounts/second-step/routes.js';
import { ownSessions } from './features/accounts/sessions/routes.js';
import { signIn, signingOut } from './features/accounts/sign-in/routes.js';
import { confirmation } from './features/accounts/sign-up/confirm-routes.js';
import { signUp } from './features/accounts/sign-up/routes.js';
import { agents } from './features/agents/routes.js';
import { agentTrials } from './features/agents/trial/routes.js';
import { assurance } from './features/assurance/routes.js';
import { audit } from './features/audit/routes.js';
import { privateAccess, privateAccessOf } from './features/break-glass/routes.js';
import { calendar } from './features/calendar/routes.js';
import { files } from './features/conversations/files/routes.js';
import { conversations, leaving } from './features/conversations/routes.js';
import { sharing } from './features/conversations/sharing/routes.js';
import { dashboard } from './features/dashboard/routes.js';
import { countWaiting } from './features/decisions/inbox/live.js';
import { approvalPolicy } from './features/decisions/policy/routes.js';
import { inbox } from './features/decisions/routes.js';
import { credits } from './features/disclosure/credits/routes.js';
import { disclosurePolicy } from './features/disclosure/policy/routes.js';
import { reports } from './features/disclosure/routes.js';
import { docs } from './features/docs/routes.js';
import { workspaceExports } from './features/exports/routes.js';
import { knowledgeGaps } from './features/knowledge/gaps/routes.js';
import { knowledge } from './features/knowledge/routes.js';
import { documentVersions } from './features/knowledge/versions/routes.js';
import { invitations } from './features/members/invitations/routes.js';
import { leavings } from './features/members/leaving/routes.js';
import { members } from './features/members/routes.js';
import { countOwnUnread } from './features/notifications/live.js';
import { memberNames } from './features/notifications/names-routes.js';
import { notificationPreferences } from './features/notifications/preferences/routes.js';
import { live, notifications } from './features/notifications/routes.js';
import { unsubscribing } from './features/notifications/unsubscribing/routes.js';
import { pageEditing } from './features/pages/editing/routes.js';
import { pages } from './features/pages/routes.js';
import { pageVersions } from './features/pages/versions/routes.js';
import { platformAccounts } from './features/platform/accounts/routes.js';
import { platformDoor } from './features/platform/entry-routes.js';
import { platformEvents } from './features/platform/events/routes.js';
import { platformIncidents } from './features/platform/incidents/routes.js';
import { installation } from './features/platform/installation/routes.js';
import { platformReport } from './features/platform/reports/act-routes.js';
import { platformReportAnswers } from './features/platform/reports/answers/routes.js';
import { platformReportPolicy } from './features/platform/reports/policy/routes.js';
import { platformReports } from './features/platform/reports/routes.js';
import { platformReportSeverity } from './features/platform/reports/severity-routes.js';
import { platformTenant } from './features/platform/tenants/act-routes.js';
import { platform } from './features/platform/tenants/routes.js';
import { groups } from './features/roles/groups/routes.js';
import { roles } from './features/roles/routes.js';
import { security, wellKnown } from './features/security/routes.js';
import { spaces } from './features/spaces/routes.js';
import { incidentBanners } from './features/status/incidents/banners.js';
import { status, statusJson } from './features/status/routes.js';
import { taskComments } from './features/tasks/entries/routes.js';
import { taskLabels } from './features/tasks/labels/routes.js';
import { tasks } from './features/tasks/routes.js';
import { taskWork } from './features/tasks/work/routes.js';
import { usage } from './features/usage/routes.js';
import { deletions, settings } from './features/workspaces/routes.js';
import { signInSettings } from './features/workspaces/sign-in/routes.js';
import { newApplication } from './http/application.js';
import { endStreamsWithSessions } from './http/event-stream.js';
import { failure, notFound } from './http/failure.js';
import { reportPath, securityHeaders } from './http/headers.js';
import { health } from './http/health.js';
import { knownHosts, sameOriginWrites, usedMethods } from './http/origin.js';
import { announceInWorkspaces, assets, countInRail } from './http/page.js';
import { policyReports } from './http/policy-reports.js';
import { requestIds } from './http/request-id.js';
import { requestLog } from './http/request-log.js';
import { type Feature, mount } from './http/route.js';
import { sessions } from './http/session.js';
import { signedIn } from './http/signed-in.js';
import { capturedMailPage, mailIsCaptured } from './mail/captured-page.js';

// Which providers there are is known when the settings are read, not before.
const outside = (): Feature[] => [
  home,
  signUp,
  confirmation,
  signIn,
  signingOut,
  passkeySignIn,
  ...outsideLogins(),
  passkeys,
  codeSignIn,
  secondStep,
  proof,
  authenticator,
  recoveryCodes,
  recovery,
  profile,
  formerProfile,
  addressChange,
  passwordChange,
  ownDataPages,
  ownSessions,
  workspaces,
  invitations,
  deletions,
  leaving,
  unsubscribing,
  security,
  wellKnown,
  reports,
  credits,
  disclosurePolicy,
  status,
  statusJson,
  docs,
];

/** In a workspace. Its deletion, among the settings, comes last. */
const inside: readonly Feature[] = [
  dashboard,
  sharing,
  files,
  conversations,
  inbox,
  taskLabels,
  taskComments,
  taskWork,
  tasks,
  notificationPreferences,
  notifications,
  live,
  agentTrials,
  pageEditing,
  pageVersions,
  pages,
  spaces,
  agents,
  knowledgeGaps,
  documentVersions,
  calendar,
  knowledge,
  memberNames,
  leavings,
  privateAccess,
  privateAccessOf,
  members,
  roles,
  groups,
  audit,
  assurance,
  usage,
  signInSettings,
  approvalPolicy,
  workspaceExports,
  settings,
];

const operators: readonly Feature[] = [
  platformDoor,
  platform,
  platformTenant,
  platformEvents,
  platformAccounts,
  platformIncidents,
  installation,
  platformReportAnswers,
  platformReportPolicy,
  platformReports,
  platformReport,
  platformReportSeverity,
];

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
  app.use(knownHosts());
  app.use(reportPath, policyReports());
  app.use(sameOriginWrites(), sessions(), signedIn({ findAccount: (id) => findAccount(shared(), id) }));

  for (const feature of [...outside(), ...operators, ...inside]) mount(app, feature);
  countInRail('inbox', countWaiting);
  countInRail('notifications', countOwnUnread);
  announceInWorkspaces(incidentBanners);
  if (mailIsCaptured()) app.use('/captured-mail', capturedMailPage());

  app.use(notFound, failure);
  endStreamsWithSessions();
  return app;
}
