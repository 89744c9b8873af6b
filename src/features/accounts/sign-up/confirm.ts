import { brokenConstraint } from '../../../database/failure.js';
import { newId } from '../../../database/id.js';
import { shared } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { openWorkspace } from '../../workspaces/opening.js';
import type { Account, Origin } from '../account.js';
import { insertAccount } from '../queries.js';
import { deleteSignup, findSignup } from './queries.js';
import type { Signup } from './signup.js';

export type Confirmation =
  | { readonly kind: 'confirmed'; readonly account: Account; readonly slug: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'username taken' }
  | { readonly kind: 'address taken' };

class LinkUsed extends NotFound {}

/**
 * Turns a pending sign-up into an account that owns a workspace, all in one transaction: if any of it fails nothing is
 * left, and the same link works again. However often it is asked at once, it happens once.
 */
export async function confirmSignUp(signup: Signup, origin: Origin): Promise<Confirmation> {
  const { email, username, passwordHash, workspaceName } = signup;
  const account: Account = { id: newId(), name: username, username, email };
  try {
    const tenant = await openWorkspace({
      name: workspaceName,
      owner: account,
      origin,
      async before(db) {
        if ((await deleteSignup(db, signup.id)) === 0) throw new LinkUsed('This link was used.');
        await insertAccount(db, { ...account, passwordHash });
      },
    });
    return { kind: 'confirmed', account, slug: tenant.slug };
  } catch (error) {
    const refused = await refusalIn(error, signup);
    if (refused) return { kind: refused };
    throw error;
  }
}

async function refusalIn(
  error: unknown,
  signup: Signup,
): Promise<'gone' | 'username taken' | 'address taken' | undefined> {
  if (error instanceof LinkUsed) return 'gone';
  const constraint = brokenConstraint(error);
  if (constraint === 'accounts_username_key') return 'username taken';
  if (constraint === 'accounts_email_key') return 'address taken';
  // A twin of this request took the last ready schema, and with it the sign-up.
  return (await findSignup(shared(), signup.id)) ? undefined : 'gone';
}
