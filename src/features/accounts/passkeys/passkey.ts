import { z } from 'zod';

/** A key pair of somebody's device or password manager, of which we hold the public half (WebAuthn Level 3). */
export const Passkey = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  credentialId: z.instanceof(Buffer),
  name: z.string(),
  publicKey: z.instanceof(Buffer),
  /** How often the authenticator says it has signed; 0 for good where it does not count. */
  counter: z.coerce.number(),
  transports: z.array(z.string()),
  /** It is found without a name and has verified its user, so it needs nothing beside it to sign in. */
  signsIn: z.boolean(),
  /** Whether it may ever be copied to other devices of its owner, and whether it is. */
  backupEligible: z.boolean(),
  backedUp: z.boolean(),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
});
export type Passkey = z.infer<typeof Passkey>;

export const mostPasskeys = 20;

export const PasskeyName = z
  .string('Give the passkey a name.')
  .trim()
  .min(1, 'Give the passkey a name.')
  .max(60, 'The name may have at most 60 characters.')
  .regex(/^[^\p{Cc}\p{Cf}\p{Co}\p{Cs}]*$/u, 'The name has characters that cannot be shown. Type it anew.');

/** What an authenticator is asked for. A signature for one of these counts for no other. */
export type Purpose = 'registration' | 'sign-in' | 'second-step' | 'proof';

export function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/** What authenticators keep as the name of the account: its id, which says nothing about the person. */
export function userHandleOf(accountId: string): Buffer {
  return Buffer.from(accountId.replaceAll('-', ''), 'hex');
}
