import { shared } from '../../../database/shared.js';
import type { Account } from '../account.js';
import { base64url, type Passkey, userHandleOf } from './passkey.js';
import { listPasskeys } from './queries.js';
import { relyingParty } from './relying-party.js';

/** What a page shows of a passkey. */
export type ShownPasskey = Pick<Passkey, 'id' | 'name' | 'createdAt' | 'lastUsedAt' | 'backedUp' | 'signsIn'>;

export interface PasskeysSection {
  readonly passkeys: readonly ShownPasskey[];
  /** For the person's password manager, to forget those that are removed here (WebAuthn Level 3, 5.1.10). */
  readonly accepted: string;
}

/** The locals of `views/profile/sections/passkeys.ejs`. */
export async function passkeysSection(account: Account): Promise<PasskeysSection> {
  const passkeys = await listPasskeys(shared(), account.id);
  return {
    passkeys: passkeys.map(shownPasskey),
    accepted: JSON.stringify({
      rpId: relyingParty().id,
      userId: base64url(userHandleOf(account.id)),
      allAcceptedCredentialIds: passkeys.map(({ credentialId }) => base64url(credentialId)),
    }),
  };
}

export function shownPasskey({ id, name, createdAt, lastUsedAt, backedUp, signsIn }: Passkey): ShownPasskey {
  return { id, name, createdAt, lastUsedAt, backedUp, signsIn };
}
