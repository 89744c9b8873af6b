import type { Address } from '../database/address.js';
import { anyWrappedKeys } from '../database/wrapped-keys.js';
import { unwrapKeys } from '../vault/keyring.js';

/**
 * Throws when this database's keys were wrapped by another master key, as after a backup was restored without its own.
 * To go on would set the logins' passwords by it, call everybody's password wrong, and seal what is new apart from the old.
 */
export async function checkMasterKey(address: Address): Promise<void> {
  const keys = await anyWrappedKeys(address);
  if (!keys) return;
  try {
    unwrapKeys(keys[0]?.tenantId ?? '', keys);
  } catch {
    throw new Error(
      'MASTER_KEY is not the one that this database was made with. Take the one that was kept with it; a new one opens nothing.',
    );
  }
}
