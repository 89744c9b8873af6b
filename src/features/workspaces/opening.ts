import type { Database } from '../../database/database.js';
import { brokenConstraint } from '../../database/failure.js';
import { publish, shared } from '../../database/shared.js';
import { enqueueJob } from '../../jobs/job.js';
import { log } from '../../log.js';
import type { Tenant, TenantContext } from '../../tenancy/context.js';
import { forgetMemberships, memberActor } from '../../tenancy/directory.js';
import { permissionsOf } from '../../tenancy/permissions.js';
import { claimTenant } from '../../tenancy/provisioning.js';
import { insertMembership } from '../../tenancy/queries.js';
import { seedWorkspace } from './seed.js';
import { slugOf, withSuffix } from './slug.js';

export interface Opening {
  readonly name: string;
  readonly owner: { readonly id: string; readonly name: string };
  readonly origin: { readonly requestId: string; readonly address: string };
  /** On shared tables, in the same transaction, before the membership is written. */
  before?(shared: Database): Promise<void>;
}

const slugTries = 5;

/**
 * Opens a workspace for its owner: claims a ready schema and writes all that it starts with, in one transaction.
 * Throws UpstreamFailed when no schema stands by; one is asked for.
 */
export async function openWorkspace(opening: Opening): Promise<Tenant> {
  const wished = slugOf(opening.name);
  try {
    for (let attempt = 1; attempt < slugTries; attempt += 1) {
      const tenant = await claimAt(attempt === 1 ? wished : withSuffix(wished), opening).catch(unlessSlugTaken);
      if (tenant) return tenant;
    }
    return await claimAt(withSuffix(wished), opening);
  } finally {
    await askForMore();
  }
}

async function claimAt(slug: string, { name, owner, origin, before }: Opening): Promise<Tenant> {
  const { tenant } = await claimTenant({
    name,
    slug,
    async sharedWork(db, claimed) {
      await before?.(db);
      await insertMembership(db, claimed.id, owner.id, 'owner');
      await publish(db, 'membership', owner.id);
    },
    tenantWork: (db, claimed) => seedWorkspace(db, contextOf(claimed, owner, origin)),
  });
  forgetMemberships(owner.id);
  return tenant;
}

function contextOf(tenant: Tenant, owner: Opening['owner'], origin: Opening['origin']): TenantContext {
  const actor = memberActor(owner, { role: 'owner', permissions: permissionsOf('owner') });
  return { tenant, actor, trigger: 'page', ...origin };
}

function unlessSlugTaken(error: unknown): undefined {
  if (brokenConstraint(error) !== 'tenants_slug_key') throw error;
}

/** The workspace is open whatever becomes of this; the next one asks again. */
async function askForMore(): Promise<void> {
  await enqueueJob(shared(), 'workspaces.refill', {}, { key: 'standby' }).catch((error: unknown) => {
    log().warn({ err: error }, 'the standby pool could not be asked to refill');
  });
}
