import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { brokenConstraint } from '../../../database/failure.js';
import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { hashToken } from '../../../vault/tokens.js';
import { findOpenInvitation } from '../../members/invitations/queries.js';
import { openWorkspace } from '../../workspaces/opening.js';
import { WorkspaceName } from '../../workspaces/workspace.js';
import { type Account, type Origin, Username } from '../account.js';
import { announce } from '../announce.js';
import { insertAccount } from '../queries.js';
import type { Arrival } from './arrival.js';
import type { Identity } from './identity.js';
import { deleteBegun, insertLogin, touchLogin } from './queries.js';

export const Joining = z.object({ username: Username });
export const Founding = Joining.extend({ workspaceName: WorkspaceName });
export type Draft = z.infer<typeof Joining> & { readonly workspaceName?: string };

/** Whether the person was on the way to an invitation of theirs. Then they need no workspace of their own. */
export async function isInvited({ identity, next }: Arrival): Promise<boolean> {
  const [, token] = /^\/invitations\/([\w-]{43})$/.exec(next) ?? [];
  const invitation = token ? await findOpenInvitation(shared(), hashToken(token)) : undefined;
  return invitation?.email === identity.email;
}

/**
 * An account without a password for somebody whom a provider vouched for, with the login that opens it and, if it is
 * named, a workspace: all or nothing. Throws Invalid at `username` when it is taken; answers undefined when the address
 * has an account meanwhile, or the login opens one.
 */
export async function signUpWith(identity: Identity, draft: Draft, origin: Origin): Promise<Account | undefined> {
  const { username, workspaceName } = draft;
  const account: Account = { id: newId(), name: username, username, email: identity.email };
  const before = (db: Database) => makeAccount(db, account, identity);
  try {
    if (workspaceName === undefined) await sharedTransaction(before);
    else await openWorkspace({ name: workspaceName, owner: account, origin, before });
  } catch (error) {
    const constraint = brokenConstraint(error);
    if (constraint === 'accounts_email_key' || constraint === 'logins_pkey') return undefined;
    if (constraint !== 'accounts_username_key') throw error;
    const problem = `The username ${username} is taken. Choose another one.`;
    throw new Invalid(problem, { username: problem });
  }
  await touchLogin(shared(), identity);
  await announce(account, origin, { event: 'account.login-linked', details: { provider: identity.provider } });
  return account;
}

async function makeAccount(db: Database, account: Account, identity: Identity): Promise<void> {
  await deleteBegun(db, account.email);
  await insertAccount(db, { ...account, passwordHash: null });
  await insertLogin(db, account.id, identity);
}
