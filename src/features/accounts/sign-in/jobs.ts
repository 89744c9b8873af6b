import { z } from 'zod';
import { config } from '../../../config.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { countHit, deleteExpiredLimits, deleteExpiredSessions } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { defineJob } from '../../../jobs/job.js';
import { sendMail } from '../../../mail/outbox.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { listMemberships } from '../../../tenancy/queries.js';
import { deleteOldCodes } from '../codes/queries.js';
import { deleteExpiredPasskeyChallenges } from '../passkeys/queries.js';
import {
  deleteOldAccountEvents,
  findAccount,
  findPlatformEvent,
  insertAccountEvent,
  type PlatformEvent,
} from '../queries.js';
import { deleteOldChallenges } from '../second-step/queries.js';
import { deleteExpiredSignups } from '../sign-up/queries.js';
import { deleteOldDevices, deleteOldTries, hasRefusal } from './queries.js';
import { manyRefusals } from './tries.js';

const daySeconds = 24 * 3600;

/** Carries a refused sign-in into the workspaces of the account, if there is one, and tells its owner when it is many. */
export const signInRefused = defineJob({
  name: 'accounts.sign-in-refused',
  payload: z.object({ eventId: z.uuid() }),
  async run({ eventId }) {
    const refusal = await findPlatformEvent(shared(), eventId);
    if (!refusal?.accountId) return;
    for (const { role: _, ...tenant } of await listMemberships(shared(), refusal.accountId)) {
      await record(tenant, refusal);
    }
    await showOwner(refusal.accountId, refusal);
    await warnOwner(refusal.accountId, refusal);
  },
});

async function record(tenant: TenantContext['tenant'], { accountId, requestId, address }: PlatformEvent) {
  const context: TenantContext = {
    tenant,
    // Nobody has proven to be the member, so the installation says it.
    actor: { kind: 'system', name: 'sign-in', may: ['workspace.read'] },
    trigger: 'page',
    requestId: requestId ?? '',
    address: address ?? undefined,
  };
  const id = accountId ?? '';
  await inTenant(context, 'workspace.read', async (db) => {
    if (await hasRefusal(db, id, context.requestId)) return;
    const subject = { kind: 'account', id };
    await recordEvent(db, context, {
      category: 'sign-in',
      event: 'account.sign-in-refused',
      outcome: 'refused',
      subject,
    });
  });
}

/** Among the events on their own page. */
async function showOwner(accountId: string, { id, address, requestId }: PlatformEvent): Promise<void> {
  const event = { event: 'account.sign-in-refused', outcome: 'refused', address, device: null, requestId } as const;
  await insertAccountEvent(shared(), { id, accountId, ...event, details: '{}' });
}

/** Once a day at most (AC-13). */
async function warnOwner(accountId: string, { at, address }: PlatformEvent): Promise<void> {
  await sharedTransaction(async (db) => {
    const recent = await countHit(db, limitKey('sign-in refused', accountId), manyRefusals.withinSeconds);
    if (recent.hits < manyRefusals.failures) return;
    const told = await countHit(db, limitKey('sign-in refused mail', accountId), daySeconds);
    const account = told.hits === 1 ? await findAccount(db, accountId) : undefined;
    if (!account) return;
    const locals = { when: at, address: address ?? 'unknown', link: `${config().origin}/profile/activity` };
    await sendMail(db, { to: account.email, template: 'many-failed-sign-ins', locals });
  });
}

/** Removes what has run out: pending sign-ups, codes, second steps, forgotten tries and browsers. */
export const sweep = defineJob({
  name: 'accounts.sweep',
  payload: z.looseObject({}),
  schedule: '7 * * * *',
  async run() {
    await deleteExpiredSignups(shared());
    await deleteOldCodes(shared());
    await deleteOldChallenges(shared());
    await deleteOldTries(shared());
    await deleteOldAccountEvents(shared());
    await deleteOldDevices(shared());
    await deleteExpiredPasskeyChallenges(shared());
    await deleteExpiredSessions(shared());
    await deleteExpiredLimits(shared());
  },
});
