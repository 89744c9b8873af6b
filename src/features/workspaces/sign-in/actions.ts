import { publish, tellHere } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenantWithShared } from '../../../tenancy/in-tenant.js';
import type { Demand, SignInPolicy } from '../../../tenancy/sign-in-policy.js';
import { listMemberAccounts } from '../queries.js';
import { lockedOutBy, type PolicyDraft, policyAfter } from './draft.js';
import { lockPolicy, savePolicy } from './queries.js';

const fields: Readonly<Record<Demand, readonly [string, string]>> = {
  'second-factor': [
    'secondFactor',
    'You are signed in without a second factor yourself. Set one up in your profile and sign in with it first.',
  ],
  'no-passwords': ['noPasswords', 'You signed in with a password yourself. Sign in another way first.'],
  'no-codes': ['noCodes', 'You signed in with an emailed code yourself. Sign in another way first.'],
};

/**
 * What the workspace demands of sign-ins, from the members' next requests on. `methods` are those of whoever saves:
 * nobody can lock themselves out. Throws Invalid at the demand that they would not meet.
 */
export async function changeSignInPolicy(
  context: TenantContext,
  draft: PolicyDraft,
  methods: readonly string[],
): Promise<void> {
  const { id } = context.tenant;
  const members = await inTenantWithShared(
    context,
    'settings.update',
    async (db) => {
      const before = await lockPolicy(db, id);
      const after = policyAfter(before, draft);
      demandOwn(after, methods);
      await savePolicy(db, id, after);
      const accounts = await listMemberAccounts(db, id);
      for (const account of accounts) await publish(db, 'membership', account);
      return { before, after, accounts };
    },
    async (db, { before, after, accounts }) => {
      await recordEvent(db, context, {
        category: 'settings',
        event: 'settings.sign-in-changed',
        details: { from: inWords(before), to: inWords(after) },
      });
      return accounts;
    },
  );
  for (const account of members) tellHere('membership', account);
}

function demandOwn(policy: SignInPolicy, methods: readonly string[]): void {
  const unmet = lockedOutBy(policy, methods).map((demand) => fields[demand]);
  if (unmet.length > 0) throw new Invalid('This would lock you out yourself.', Object.fromEntries(unmet));
}

function inWords({ secondFactorFrom, noPasswordsFrom, noCodesFrom, rememberBrowsers, idleMinutes }: SignInPolicy) {
  const since = (what: string, from: Date | null) => (from ? [`${what} from ${from.toISOString()}`] : []);
  return [
    ...since('second factor', secondFactorFrom),
    ...since('no passwords', noPasswordsFrom),
    ...since('no codes', noCodesFrom),
    rememberBrowsers ? 'browsers remembered' : 'browsers not remembered',
    `idle ${idleMinutes} min`,
  ].join(', ');
}
