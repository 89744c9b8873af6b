import { shared } from '../../../database/shared.js';
import type { Account } from '../account.js';
import { findAuthenticator } from './queries.js';

/** The locals of `views/profile/sections/authenticator.ejs`. */
export async function authenticatorSection(account: Account): Promise<{ readonly authenticatorSince: Date | null }> {
  const known = await findAuthenticator(shared(), account.id);
  return { authenticatorSince: known?.confirmedAt ?? null };
}
