import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../../src/http/route.js';
import { postForm } from '../asking.js';
import { forms } from '../forms.js';
import { addressOf } from '../places.js';
import { accountWays } from './account-ways.js';
import { operatorWays } from './operator-ways.js';
import { one, type Ways, world } from './stage.js';
import { talkWays } from './talk-ways.js';
import { workspaceWays } from './workspace-ways.js';

/**
 * Whoever signs up is nobody yet, and in no workspace whose audit could say so. What is asked for an account that was
 * forgotten is written by a job, so that the answer takes as long for a name that nobody has.
 */
const withoutAudit = new Set([
  ...['/security/reports', '/security/reports/:token/messages'],
  ...['', '/withdrawal'].map((act) => `/security/reports/:token/acknowledgement${act}`),
  ...['/sign-up', '/sign-up/resend', '/recover', '/login/verify/:challenge/passkey'],
  // They lead to a provider; what is an event is the coming back.
  ...['/sign-in/google', '/sign-in/github', '/profile/logins/google', '/profile/logins/github', '/sign-up/finish'],
  // What somebody reads, and when, is nobody else's business.
  ...['opening', 'read-mark'].map((act) => `/w/:workspace/notifications/:id/${act}`),
  '/w/:workspace/notifications/read-marks',
  '/profile/activity/seen',
  // What is shown or kept for its writer alone, before it is an act upon a page.
  ...['/w/:workspace/pages/preview', '/w/:workspace/pages/:id/draft', '/w/:workspace/pages/:id/draft/deletion'],
  ...['/w/:workspace/spaces/:id/pages/draft', '/w/:workspace/spaces/:id/pages/draft/deletion'],
  ...['/sign-in/passkey/challenge', '/profile/passkeys/challenge', '/profile/passkeys/proof-challenge'],
]);

/** Nothing outside is reached in a test; that it was tried is an event all the same. */
const refusedHere = new Set(['/w/:workspace/knowledge/fetched']);

/** Acts that take more than their form and what the world holds: each makes ready, then answers how to do it. */
const ways: Ways = { ...accountWays, ...operatorWays, ...talkWays, ...workspaceWays };

async function countEvents(): Promise<number> {
  const { admin } = world.server.database;
  const { rows } = await admin.query(`select id from shared.tenants where status <> 'standby'`);
  const tables = ['shared.platform_events', ...rows.map(({ id }) => `${id}.audit_events`)].map(
    (table) => `(select count(*) from ${table})`,
  );
  return Number(await one(`select ${tables.join(' + ')}`));
}

test('no act goes through any door without an event in the audit (AU-1)', async () => {
  const { acme, ours } = world;
  const acts = routes().filter(({ method, path }) => method === 'POST' && !withoutAudit.has(path));
  assert.ok(acts.length > 30);
  for (const { path } of acts) {
    const form = forms[path] ?? {};
    const carryOut = (await ways[path]?.()) ?? (() => postForm(acme.owner.person, addressOf(path, ours), form));
    const before = await countEvents();
    const { status } = await carryOut();
    assert.ok(status < 400 || refusedHere.has(path), `${path} answered ${status}`);
    assert.ok((await countEvents()) > before, `${path} left no event`);
  }
});
