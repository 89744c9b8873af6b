import { config } from '../config.js';
import type { Database, TenantDatabase } from '../database/database.js';
import { inMixedTransaction } from '../database/scope.js';
import { shared } from '../database/shared.js';
import { Conflict, UpstreamFailed } from '../errors.js';
import { newWrappedKeys, unwrapKeys } from '../vault/keyring.js';
import type { Tenant } from './context.js';
import { scopeOf, withVault } from './in-tenant.js';
import { claimStandby, findStandby, insertWrappedKey } from './queries.js';

export interface Claim<S, T> {
  readonly name: string;
  readonly slug: string;
  /** In the same transaction, on shared tables, after the claim: the owner's account and membership. */
  sharedWork(shared: Database, tenant: Tenant): Promise<S>;
  /** In the same transaction, in the new tenant: its first agent, its first audit event. */
  tenantWork(db: TenantDatabase, tenant: Tenant, shared: S): Promise<T>;
}

const tries = 8;

/**
 * Gives a ready schema to a new workspace: one row is claimed, keys are made, and everything the new workspace starts
 * with is written, all or nothing. Throws UpstreamFailed when no schema stands by, Conflict when the slug is taken.
 */
export async function claimTenant<S, T>(claim: Claim<S, T>): Promise<{ tenant: Tenant; result: T }> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const ready = await findStandby(shared());
    if (!ready) break;
    const tenant: Tenant = { ...ready, slug: claim.slug, name: claim.name, trialEndsAt: endOfTrial() };
    const claimed = await claimOne(tenant, claim);
    if (claimed) return { tenant, result: claimed.result };
  }
  throw new UpstreamFailed('Your workspace is still being made ready. Try again in a minute; nothing was lost.');
}

/** MB-8: off unless the operator sets it. */
function endOfTrial(): Date | null {
  const { TRIAL_DAYS } = config();
  return TRIAL_DAYS === undefined ? null : new Date(Date.now() + TRIAL_DAYS * 86_400_000);
}

class AlreadyClaimed extends Conflict {}

async function claimOne<S, T>(tenant: Tenant, claim: Claim<S, T>): Promise<{ result: T } | undefined> {
  const keys = newWrappedKeys(tenant.id);
  const keyring = unwrapKeys(tenant.id, keys);
  try {
    const result = await inMixedTransaction(
      scopeOf(tenant),
      async (db) => {
        if ((await claimStandby(db, tenant)) === 0) throw new AlreadyClaimed('Somebody was faster');
        for (const key of keys) await insertWrappedKey(db, tenant.id, key);
        return claim.sharedWork(db, tenant);
      },
      (db, sharedResult) => claim.tenantWork(withVault(db, keyring), tenant, sharedResult),
    );
    return { result };
  } catch (error) {
    if (error instanceof AlreadyClaimed) return undefined;
    throw error;
  }
}
