import { shared, sharedTransaction } from '../../../database/shared.js';
import { Conflict, NotFound } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { findAccountByEmail } from '../queries.js';
import { tellOwner } from '../tell-owner.js';
import { waysIn } from '../ways-in.js';
import type { Identity } from './identity.js';
import { labelOf, type ProviderName } from './provider.js';
import { deleteLogin, findAccountByIdentity, insertLogin, listLogins, touchLogin } from './queries.js';

const daySeconds = 24 * 3600;

export type Recognised =
  | { readonly kind: 'known'; readonly account: Account }
  /** The address has an account, which this login does not open yet. */
  | { readonly kind: 'unlinked'; readonly account: Account }
  | { readonly kind: 'new' };

/**
 * Whose account a login opens. That the address is the same is no reason to open one: whoever has it must show that the
 * account is theirs, too, or an account could be taken over by way of a provider (AC-12).
 */
export async function recognise(identity: Identity, origin: Origin): Promise<Recognised> {
  const known = await findAccountByIdentity(shared(), identity);
  if (known) {
    await touchLogin(shared(), identity);
    return { kind: 'known', account: known };
  }
  const account = await findAccountByEmail(shared(), identity.email);
  if (!account) return { kind: 'new' };
  await noteUnlinked(account, identity, origin);
  return { kind: 'unlinked', account };
}

/** One mail a day, however often it is tried. */
async function noteUnlinked(account: Account, { provider }: Identity, origin: Origin): Promise<void> {
  const details = { provider, reason: 'not connected' };
  await announce(account, origin, { event: 'account.sign-in-refused', outcome: 'refused', details });
  await sharedTransaction(async (db) => {
    const { hits } = await countHit(db, limitKey('unlinked login mail', account.id), daySeconds);
    if (hits > 1) return;
    const what = `Somebody came with your address by ${labelOf(provider)}`;
    const detail = `Your account was not opened, because ${labelOf(provider)} is not connected to it. You can connect it in your profile.`;
    await tellOwner(db, account, origin, { what, detail });
  });
}

/** Connects a login to the account of somebody who has just proven that it is theirs. Throws Conflict. */
export async function linkLogin(account: Account, identity: Identity, origin: Origin): Promise<void> {
  const label = labelOf(identity.provider);
  const owner = await findAccountByIdentity(shared(), identity);
  if (owner?.id === account.id) return;
  if (owner) throw new Conflict(`This ${label} account opens another account here. Remove it there first.`);
  const linked = await listLogins(shared(), account.id);
  if (linked.some(({ provider }) => provider === identity.provider)) {
    throw new Conflict(`Another ${label} account is connected already. Remove it first.`);
  }
  await announce(account, origin, { event: 'account.login-linked', details: { provider: identity.provider } });
  await sharedTransaction(async (db) => {
    await insertLogin(db, account.id, identity);
    const detail = `From now on, ${identity.label} at ${label} opens your account.`;
    await tellOwner(db, account, origin, { what: `${label} was connected to your account`, detail });
  });
}

/** Throws Conflict when it is the last way into the account, NotFound when there is no such login. */
export async function unlinkLogin(account: Account, provider: ProviderName, origin: Origin): Promise<void> {
  const label = labelOf(provider);
  const event = { event: 'account.login-removed', details: { provider } };
  const linked = await listLogins(shared(), account.id);
  if (!linked.some((login) => login.provider === provider)) throw new NotFound(`${label} is not connected.`);
  if ((await waysIn(shared(), account.id)).total <= 1) {
    await announce(account, origin, { ...event, outcome: 'refused' });
    throw lastWay(label);
  }
  await announce(account, origin, event);
  await sharedTransaction(async (db) => {
    await waysIn(db, account.id);
    await deleteLogin(db, account.id, provider);
    // Another way may have been removed since we looked.
    if ((await waysIn(db, account.id)).total === 0) throw lastWay(label);
    const detail = `${label} does not open your account any more.`;
    await tellOwner(db, account, origin, { what: `${label} was removed from your account`, detail });
  });
}

function lastWay(label: string): Conflict {
  return new Conflict(`${label} is your only way in. Set a password or add a passkey first.`);
}
