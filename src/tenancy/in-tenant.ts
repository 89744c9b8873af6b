import type { Database, TenantDatabase } from '../database/database.js';
import { eachInItsOwnFlight, inMixedTransaction, inOneTransaction, type TenantScope } from '../database/scope.js';
import { shared, tenantPool } from '../database/shared.js';
import { Failure, Forbidden, NotFound } from '../errors.js';
import { blind, type Keyring, open, seal } from '../vault/keyring.js';
import { may, type Tenant, type TenantContext } from './context.js';
import { hasEnded } from './directory.js';
import { recordEvent } from './events.js';
import { keyringOf } from './keys.js';
import type { Permission } from './permissions.js';
import { findTenant } from './queries.js';

/**
 * The one door to a tenant's data (IS-2): a transaction under the tenant's own role, which sees its own schema only.
 * Throws Forbidden, and writes the refusal down, when the actor lacks the permission.
 */
export async function inTenant<T>(
  context: TenantContext,
  permission: Permission,
  work: (db: TenantDatabase) => Promise<T>,
): Promise<T> {
  await demand(context, permission);
  return unlessGone(context, async () => {
    const keyring = await keyringOf(context.tenant.id);
    return inOneTransaction(scopeOf(context.tenant), (db) => work(withVault(db, keyring)));
  });
}

/** The same door for reading: every statement is a flight of its own, without a transaction around them. */
export async function readTenant<T>(
  context: TenantContext,
  permission: Permission,
  work: (db: TenantDatabase) => Promise<T>,
): Promise<T> {
  await demand(context, permission);
  return unlessGone(context, async () => {
    const keyring = await keyringOf(context.tenant.id);
    return work(withVault(eachInItsOwnFlight(scopeOf(context.tenant)), keyring));
  });
}

/** For an act that is a single statement, its audit event inside it (`eventOf`): one flight, which is its transaction. */
export function inOneStatement<T>(
  context: TenantContext,
  permission: Permission,
  work: (db: TenantDatabase) => Promise<T>,
): Promise<T> {
  return readTenant(context, permission, work);
}

/** One transaction that first changes shared tables (a membership), then writes the tenant's own (its audit). */
export async function inTenantWithShared<S, T>(
  context: TenantContext,
  permission: Permission,
  sharedWork: (shared: Database) => Promise<S>,
  work: (db: TenantDatabase, shared: S) => Promise<T>,
): Promise<T> {
  await demand(context, permission);
  return unlessGone(context, async () => {
    const keyring = await keyringOf(context.tenant.id);
    return inMixedTransaction(scopeOf(context.tenant), sharedWork, (db, done) => work(withVault(db, keyring), done));
  });
}

/** A workspace may be deleted while a request is in it: no keys, no role, no tables are then a NotFound, not our fault. */
async function unlessGone<T>({ tenant }: TenantContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure || (await findTenant(shared(), tenant.id).catch(() => tenant))) throw error;
    throw new NotFound('This workspace was deleted.', { cause: error });
  }
}

/** Writes down that somebody tried what they may not. */
export async function recordRefusal(context: TenantContext, permission: Permission): Promise<void> {
  await unlessGone(context, async () => {
    const keyring = await keyringOf(context.tenant.id);
    await inOneTransaction(scopeOf(context.tenant), (db) =>
      recordEvent(withVault(db, keyring), context, {
        category: 'security',
        event: 'permission.refused',
        outcome: 'refused',
        subject: { kind: 'permission', id: permission },
      }),
    );
  });
}

async function demand(context: TenantContext, permission: Permission): Promise<void> {
  if (may(context.actor, permission)) return;
  await recordRefusal(context, permission);
  throw refusalIn(context.tenant);
}

/** What somebody is told who lacks a permission here. */
export function refusalIn(tenant: Tenant): Forbidden {
  if (hasEnded(tenant)) {
    return new Forbidden('The trial of this workspace has ended: it can be read and exported, but not changed.');
  }
  return new Forbidden('Your role in this workspace does not include this. Ask an owner or admin.');
}

export function scopeOf(tenant: Pick<Tenant, 'id' | 'loginShard'>): TenantScope {
  return { pool: tenantPool(), shard: tenant.loginShard, tenantId: tenant.id };
}

export function withVault(db: Database, keyring: Keyring): TenantDatabase {
  return {
    many: db.many,
    one: db.one,
    run: db.run,
    tenantId: keyring.tenantId,
    seal: (place, rowId, content) => seal(keyring, place, rowId, content),
    openText: (place, rowId, sealed) => open(keyring, place, rowId, sealed).toString('utf8'),
    openBytes: (place, rowId, sealed) => open(keyring, place, rowId, sealed),
    blind: (lexeme) => blind(keyring, lexeme),
  };
}
