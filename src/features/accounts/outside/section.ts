import { shared } from '../../../database/shared.js';
import type { Account } from '../account.js';
import { waysIn } from '../ways-in.js';
import { labelOf, type ProviderName, providerNames, providers } from './provider.js';
import { type Login, listLogins } from './queries.js';

interface ShownLogin {
  readonly name: ProviderName;
  readonly label: string;
  /** Whether the operator has set it up. */
  readonly isOpen: boolean;
  readonly login: Login | undefined;
}

export interface LoginsSection {
  readonly logins: readonly ShownLogin[];
  /** Whether one of them may be removed: not when it is the last way in. */
  readonly isRemovable: boolean;
}

/** The locals of `views/profile/sections/logins.ejs`, which shows nothing when there is none to show. */
export async function loginsSection({ id }: Account): Promise<LoginsSection> {
  const open = new Set(providers().map(({ name }) => name));
  const linked = await listLogins(shared(), id);
  const logins = providerNames.map((name) => {
    const login = linked.find(({ provider }) => provider === name);
    return { name, label: labelOf(name), isOpen: open.has(name), login };
  });
  const shown = logins.filter(({ isOpen, login }) => isOpen || login);
  return { logins: shown, isRemovable: shown.length > 0 && (await waysIn(shared(), id)).total > 1 };
}
