import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { passwordProblem } from '../password-rules.js';
import { Login } from '../sign-in/login.js';

declare module 'express-session' {
  interface SessionData {
    /** Of the recovery that this browser asked for last. */
    recoveryReference?: string;
  }
}

/** Minutes in which a link leads to a new password (AC-8). */
export const linkMinutes = 60;

/**
 * Mails an account gets in an hour, whoever asks. The window is not longer than a link lives, and a new link leaves the
 * older ones alive: a stranger who uses the count up has filled the owner's mailbox with links that work.
 */
export const mailsPerAccount = { most: 5, seconds: linkMinutes * 60 };

/** Postgres takes no NUL, and no login holds a control character. */
export const Asked = z.object({ login: Login.regex(/^[^\p{Cc}]*$/u, 'Leave out control characters.') });

export const Recovery = z.object({ id: z.uuid(), reference: z.string(), accountId: z.uuid() });
export type Recovery = z.infer<typeof Recovery>;

export const AskedRecovery = Recovery.extend({
  address: z.string(),
  device: z.string(),
  requestId: z.string(),
  createdAt: z.date(),
});
export type AskedRecovery = z.infer<typeof AskedRecovery>;

// Without letters and digits that are taken for one another when they are read out.
const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `R-7KQ4-M2XD`: what a person tells whoever helps them. It finds the request and opens nothing. */
export function newReference(): string {
  const part = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return `R-${part()}-${part()}`;
}

/** Why the new password is refused; undefined when it is good. */
export function newPasswordProblem(password: string, owner: { email: string; username: string }): string | undefined {
  if (password === '') return 'Choose a password.';
  return passwordProblem(password, owner);
}
