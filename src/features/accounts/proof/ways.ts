import type { Account } from '../account.js';
import { authenticatorWay } from '../authenticator/way.js';
import { codeWay } from '../codes/way.js';
import { passkeyWay } from '../passkeys/way.js';
import { recoveryCodeWay } from '../recovery-codes/way.js';
import { passwordWay } from './password.js';
import type { Purpose, Way } from './way.js';

/** In the order in which they are offered: the first that an account has is asked for, the others are buttons. */
export const ways: readonly Way[] = [passwordWay, authenticatorWay, passkeyWay, codeWay, recoveryCodeWay];

/** What this account can show for this purpose; what the person showed at this sign-in comes first. */
export async function waysOf(account: Account, purpose: Purpose, shown: readonly string[] = []): Promise<Way[]> {
  const offered = await Promise.all(ways.map((way) => way.isOffered(account, purpose)));
  const known = ways.filter((_, at) => offered[at]);
  const isUsual = (way: Way) => shown.includes(way.name);
  return [...known.filter(isUsual), ...known.filter((way) => !isUsual(way))];
}
