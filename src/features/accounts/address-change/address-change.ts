import { z } from 'zod';
import { Email } from '../account.js';

/** Minutes in which a new address can be confirmed. */
export const linkMinutes = 60;

export const AddressDraft = z.object({ email: Email });

/** A new address that waits to be confirmed. Until then the account keeps the old one, for everything. */
export const AddressChange = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  email: z.string(),
  tokenHash: z.instanceof(Buffer),
  expiresAt: z.date(),
});
export type AddressChange = z.infer<typeof AddressChange>;
