import { z } from 'zod';

export const Username = z
  .string('Choose a username.')
  .trim()
  .toLowerCase()
  .min(1, 'Choose a username.')
  .min(3, 'The username needs at least 3 characters.')
  .max(32, 'The username may have at most 32 characters.')
  .regex(/^[a-z0-9._-]*$/, 'In the username, use only the letters a to z, digits, dots, dashes and underscores.');

export const Email = z
  .string('Enter your email address.')
  .trim()
  .toLowerCase()
  .max(254, 'This address is too long.')
  .pipe(z.email('Enter an address like name@example.org.'));

/** A person's login, as pages and requests know it. The password's hash stays in the queries that need it. */
export const Account = z.object({
  id: z.uuid(),
  name: z.string(),
  username: z.string(),
  email: z.string(),
  /** Of the moment when it was read: a session begun with an older one than the account has now is none. */
  sessionEpoch: z.number().optional(),
});
export type Account = z.infer<typeof Account>;

/** From where a request came, as the audit keeps it. */
export interface Origin {
  readonly requestId: string;
  readonly address: string;
  /** The browser as its owner would recognise it: `Firefox on Linux`. */
  readonly device?: string;
}
