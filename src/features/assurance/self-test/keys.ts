import { inTenant } from '../../../tenancy/in-tenant.js';
import { keyringOf } from '../../../tenancy/keys.js';
import { blind, type Keyring, open } from '../../../vault/keyring.js';
import type { Canary } from './canaries.js';
import { findSealedTitle } from './queries.js';
import type { Part } from './self-test.js';

/** CR-1: what the other canary sealed must open with its own key, and with no other, whoever it says that it is. */
export async function tryKeys(one: Canary, other: Canary): Promise<Part> {
  const { tenant } = other.context;
  const sealed = await inTenant(other.context, 'tasks.read', findSealedTitle);
  if (!sealed) throw new Error('The canary has sealed nothing');
  const [foreign, own] = [await keyringOf(one.context.tenant.id), await keyringOf(tenant.id)];
  const opens = (keyring: Keyring): boolean => {
    try {
      open(keyring, 'tasks.title', sealed.id, sealed.title);
      return true;
    } catch {
      return false;
    }
  };
  if (!opens(own)) throw new Error('What the canary sealed does not open with its own key');
  const held: Readonly<Record<string, boolean>> = {
    'a title with the key of another workspace': opens(foreign),
    'a title with that key under this workspace’s name': opens({ ...foreign, tenantId: tenant.id }),
    'the same search tag in both workspaces': blind(foreign, 'canary').equals(blind(own, 'canary')),
  };
  const names = Object.keys(held);
  const leaks = names.filter((name) => held[name]);
  return { part: 'keys', tried: names.length, refused: names.length - leaks.length, leaks, names };
}
