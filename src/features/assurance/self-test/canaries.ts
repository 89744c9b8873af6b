import { randomInt, randomUUID } from 'node:crypto';
import { newId } from '../../../database/id.js';
import { makeTenants } from '../../../database/provision.js';
import { removeTenant } from '../../../database/removal.js';
import { role } from '../../../database/roles.js';
import { publish, settingsOf, shared, tellHere } from '../../../database/shared.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { memberActor } from '../../../tenancy/directory.js';
import { permissionsOf } from '../../../tenancy/permissions.js';
import { insertAccount } from '../../accounts/queries.js';
import { openWorkspace } from '../../workspaces/opening.js';
import { countLogins, deleteCanaryAccount, insertCanary, listCanaries } from './queries.js';

/** A workspace made for a test, with its only member. */
export interface Canary {
  readonly accountId: string;
  readonly context: TenantContext;
}

const letters = 'bcdfghklmnprstvz';
/** Longer than any test takes: what is older was left by a process that was killed. */
const leftOverMinutes = 30;

/** Letters alone, so that every search takes it for one word, and none that a language's stemmer cuts. */
export function newWord(): string {
  return Array.from({ length: 20 }, () => letters[randomInt(letters.length)]).join('');
}

/**
 * Opens two workspaces of their own, hands them to `work` and removes them whatever comes of it. Their schemas are made
 * for this, so that a test takes none from the pool that sign-ups wait for.
 */
export async function withCanaries<T>(work: (one: Canary, other: Canary) => Promise<T>): Promise<T> {
  await removeCanaries(leftOverMinutes);
  const made: Canary[] = [];
  try {
    await makeTenants(settingsOf(role.provisioner), 2, await countLogins(shared()));
    const one = await openCanary();
    made.push(one);
    const other = await openCanary();
    made.push(other);
    return await work(one, other);
  } finally {
    for (const { accountId, context } of made) await removeCanary(accountId, [context.tenant.id]);
  }
}

async function openCanary(): Promise<Canary> {
  const [accountId, name] = [newId(), `canary-${newWord()}`];
  const origin = { requestId: randomUUID(), address: '127.0.0.1' };
  const owner = { id: accountId, name };
  const tenant = await openWorkspace({
    ...{ name, owner, origin },
    async before(db) {
      // No password, and a domain that cannot exist (RFC 2606): nobody signs in to it.
      await insertAccount(db, { ...owner, username: name, email: `${name}@canary.invalid`, passwordHash: null });
      await insertCanary(db, accountId);
    },
  });
  const actor = memberActor(owner, { role: 'owner', permissions: permissionsOf('owner') });
  return { accountId, context: { tenant, actor, trigger: 'job', requestId: origin.requestId } };
}

/** What an earlier test left because its process was killed. */
async function removeCanaries(olderThanMinutes: number): Promise<void> {
  for (const { accountId, tenantIds } of await listCanaries(shared(), olderThanMinutes)) {
    log().warn({ tenants: tenantIds.length }, 'a canary that was left behind is removed');
    await removeCanary(accountId, tenantIds);
  }
}

async function removeCanary(accountId: string, tenantIds: readonly string[]): Promise<void> {
  const logins = { provisioner: settingsOf(role.provisioner), worker: settingsOf(role.worker) };
  for (const tenantId of tenantIds) {
    await removeTenant(logins, tenantId, [accountId]);
    await publish(shared(), 'tenant-keys', tenantId);
    tellHere('tenant-keys', tenantId);
  }
  await deleteCanaryAccount(shared(), accountId);
  await publish(shared(), 'membership', accountId);
  await publish(shared(), 'account', accountId);
  for (const topic of ['membership', 'account']) tellHere(topic, accountId);
}
