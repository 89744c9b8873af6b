import { cached } from '../database/cached.js';
import { shared } from '../database/shared.js';
import { type Keyring, unwrapKeys } from '../vault/keyring.js';
import { listWrappedKeys } from './queries.js';

const keyrings = cached<Keyring>({
  topic: 'tenant-keys',
  seconds: 300,
  most: 2000,
  load: async (tenantId) => unwrapKeys(tenantId, await listWrappedKeys(shared(), tenantId)),
});

/** A tenant's unwrapped keys. Throws when they were destroyed: then its content is gone for good. */
export const keyringOf = (tenantId: string): Promise<Keyring> => keyrings.get(tenantId);
