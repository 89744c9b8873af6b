import type { Account } from '../account.js';
import { authenticatorSection } from '../authenticator/section.js';
import { loginsSection } from '../outside/section.js';
import { passkeysSection } from '../passkeys/section.js';
import { recoveryCodesSection } from '../recovery-codes/section.js';

/** A part of the security page that another folder owns: `views/profile/sections/<name>.ejs` and what it shows. */
interface Section {
  readonly name: string;
  load(account: Account): Promise<object>;
}

/** In the order in which the page shows them. */
export const sections: readonly Section[] = [
  { name: 'passkeys', load: passkeysSection },
  { name: 'authenticator', load: authenticatorSection },
  { name: 'recovery-codes', load: recoveryCodesSection },
  { name: 'logins', load: loginsSection },
];
