import type { Database, TenantDatabase } from '../database/database.js';
import { eachInItsOwnFlight, inMixedTransaction, inOneTransaction, type TenantScope } from '../database/scope.js';
import { tenantPool } from '../database/shared.js';
import { Forbidden } from '../errors.js';
import { blind, type Keyring, open, seal } from '../vault/keyring.js';
import { may, type Tenant, type TenantContext } from './context.js';
import { recordEvent } from './events.js';
import { keyringOf } from './keys.js';
import type { Permission } from './permissions.js';

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
  const keyring = await keyringOf(context.tenant.id);
  return inOneTransaction(scopeOf(context.tenant), (db) => work(withVault(db, keyring)));
}

/** The same door for reading: every statement is a flight of its own, without a transaction around them. */
export async function readTenant<T>(
  context: TenantContext,
  permission: Permission,
  work: (db: TenantDatabase) => Promise<T>,
): Promise<T> {
  await demand(context, permission);
  const keyring = await keyringOf(context.tenant.id);
  return work(withVault(eachInItsOwnFlight(scopeOf(context.tenant)), keyring));
}

/** One transaction that first changes shared tables (a membership), then writes the tenant's own (its audit). */
export async function inTenantWithShared<S, T>(
  context: TenantContext,
  permission: Permission,
  sharedWork: (shared: Database) => Promise<S>,
  work: (db: TenantDatabase, shared: S) => Promise<T>,
): Promise<T> {
  await demand(context, permission);
  const keyring = await keyringOf(context.tenant.id);
  return inMixedTransaction(scopeOf(context.tenant), sharedWork, (db, shared) => work(withVault(db, keyring), shared));
}

/** Writes down that somebody tried what they may not. */
export async function recordRefusal(context: TenantContext, permission: Permission): Promise<void> {
  const keyring = await keyringOf(context.tenant.id);
  await inOneTransaction(scopeOf(context.tenant), (db) =>
    recordEvent(withVault(db, keyring), context, {
      category: 'security',
      event: 'permission.refused',
      outcome: 'refused',
      subject: { kind: 'permission', id: permission },
    }),
  );
}

async function demand(context: TenantContext, permission: Permission): Promise<void> {
  if (may(context.actor, permission)) return;
  await recordRefusal(context, permission);
  throw new Forbidden('Your role in this workspace does not include this. Ask an owner or admin.');
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
