import type { Database } from '../../../database/database.js';
import { publish, shared, tellHere } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { sendMail } from '../../../mail/outbox.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenantWithShared } from '../../../tenancy/in-tenant.js';
import { findAccount } from '../../accounts/queries.js';
import { listMemberAccounts, listOwners } from '../../workspaces/queries.js';
import type { Details } from '../events/event.js';
import { insertPlatformAct } from '../events/queries.js';
import { contextAt, type Operator } from '../operator.js';
import { getPlatformTenant, setSuspended, setTrial } from './queries.js';
import type { PlatformTenant } from './tenant.js';
import type { TrialDraft } from './trial.js';

interface Act {
  /** As it stands in the workspace's audit: `workspace.suspended`; here it is `platform.workspace-suspended`. */
  readonly event: string;
  readonly details?: Details;
  /** On shared tables, in the same transaction as both events. */
  change(db: Database): Promise<void>;
}

/**
 * What an operator does to a workspace, in one transaction with its event here and the one in the workspace's own audit.
 * Its members are judged anew from their next request on, their streams too. Throws Conflict when it is being deleted.
 */
export async function actOn(operator: Operator, tenant: PlatformTenant, act: Act): Promise<void> {
  if (tenant.status === 'deleting')
    throw new Conflict('This workspace is being deleted. Nothing else can be done to it.');
  const { event, details = {} } = act;
  const context = contextAt(tenant, operator);
  const members = await inTenantWithShared(
    context,
    'workspace.read',
    async (db) => {
      await act.change(db);
      await insertPlatformAct(db, operator, {
        event: `platform.${event.replace('.', '-')}`,
        tenantId: tenant.id,
        details: { ...details, slug: tenant.slug },
      });
      const accounts = await listMemberAccounts(db, tenant.id);
      for (const account of accounts) await publish(db, 'membership', account);
      return accounts;
    },
    async (db, accounts) => {
      await recordEvent(db, context, {
        category: 'workspace',
        event,
        subject: { kind: 'workspace', id: tenant.id },
        details,
      });
      return accounts;
    },
  );
  for (const account of members) tellHere('membership', account);
}

/** Closes a workspace for everybody until it is resumed; nothing in it is changed. Its owners are told why. */
export async function suspendTenant(operator: Operator, id: string, reason: string): Promise<void> {
  const tenant = await getPlatformTenant(shared(), id);
  await actOn(operator, tenant, {
    event: 'workspace.suspended',
    details: { reason },
    async change(db) {
      if ((await setSuspended(db, id, true)) === 0) throw new Conflict('This workspace is suspended already.');
      const detail = 'Nobody can enter it for now. Nothing in it was changed or removed.';
      await tellOwners(db, tenant, { what: 'was suspended', detail, reason });
    },
  });
}

export async function resumeTenant(operator: Operator, id: string, reason: string): Promise<void> {
  const tenant = await getPlatformTenant(shared(), id);
  await actOn(operator, tenant, {
    event: 'workspace.resumed',
    details: { reason },
    async change(db) {
      if ((await setSuspended(db, id, false)) === 0) throw new Conflict('This workspace is not suspended.');
      const detail = 'Its members can enter it again. Everything is as it was.';
      await tellOwners(db, tenant, { what: 'was opened again', detail, reason });
    },
  });
}

/** MB-8: when its trial ends, or that it is none, and how much it may hold. */
export async function changeTrial(operator: Operator, id: string, { endsAt, quotas }: TrialDraft): Promise<void> {
  const tenant = await getPlatformTenant(shared(), id);
  const day = endsAt?.toISOString().slice(0, 10) ?? null;
  await actOn(operator, tenant, {
    event: 'workspace.trial-changed',
    details: { ends: day, ...quotas },
    async change(db) {
      if ((await setTrial(db, id, { endsAt, quotas })) === 0) throw new Conflict('This workspace is being deleted.');
      const what = day ? 'was put on a trial' : 'was taken off its trial';
      const detail = day ? `The trial ends on ${day}. Afterwards it can be read and exported.` : 'It has no end date.';
      await tellOwners(db, tenant, { what, detail, reason: '' });
    },
  });
}

interface News {
  readonly what: string;
  readonly detail: string;
  readonly reason: string;
}

async function tellOwners(db: Database, { id, name }: PlatformTenant, news: News): Promise<void> {
  for (const owner of await listOwners(db, id)) {
    const account = await findAccount(db, owner);
    if (!account) continue;
    const locals = { workspaceName: name, when: new Date(), ...news };
    await sendMail(db, { to: account.email, template: 'workspace-notice', locals });
  }
}
