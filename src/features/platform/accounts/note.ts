import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import type { Account, Origin } from '../../accounts/account.js';
import { insertAccountEvent } from '../../accounts/queries.js';
import { insertPlatformAct } from '../events/queries.js';
import type { Operator } from '../operator.js';

interface Noted {
  readonly event: string;
  readonly details: Readonly<Record<string, string | number>>;
}

/** Among the installation's events and among those that the account's owner sees. */
export async function note(
  db: Database,
  operator: Operator,
  account: Account,
  { event, details }: Noted,
): Promise<void> {
  await insertPlatformAct(db, operator, { event, details });
  const origin = originOf(operator);
  await insertAccountEvent(db, {
    ...{ id: newId(), accountId: account.id, event: event.replace('platform.account-', 'account.'), outcome: 'done' },
    ...{ address: null, device: origin.device ?? null, requestId: origin.requestId },
    details: JSON.stringify({ by: 'the operator of this installation' }),
  });
}

/** As the account's owner sees it: it was the operator, and not from where. */
export function originOf({ requestId }: Operator): Origin {
  return { requestId, address: 'not shown', device: 'The operator of this installation' };
}
