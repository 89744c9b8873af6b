import type { RequestHandler, Response } from 'express';
import { cached } from '../database/cached.js';
import { Unauthenticated } from '../errors.js';
import type { TenantContext } from '../tenancy/context.js';
import { workspacesOf } from '../tenancy/directory.js';
import { dropSession } from './session.js';
import { localsOf, type SignedInAccount, type WorkspaceOfAccount } from './types.js';

/** AC-10: however busy it is, a session ends this long after its sign-in. */
export const absoluteMs = 12 * 60 * 60 * 1000;

export interface SignedInSettings {
  findAccount(id: string): Promise<SignedInAccount | undefined>;
  workspacesOf?(accountId: string): Promise<WorkspaceOfAccount[]>;
  /** Off when there is no bus to empty the cache. */
  readonly remember?: boolean;
}

/** Whose session is this? An account that is gone, a sign-in of 12 hours ago, or of before all were ended, is nobody's. */
export function signedIn(settings: SignedInSettings): RequestHandler {
  const { findAccount, remember = true } = settings;
  const find = remember ? cached({ topic: 'account', seconds: 10, most: 10_000, load: findAccount }).get : findAccount;
  return async (request, response, next) => {
    const { accountId, signedInAt = 0, epoch = 0 } = request.session;
    if (!accountId) return next();
    const known = Date.now() - signedInAt < absoluteMs ? await find(accountId) : undefined;
    const account = known && epoch >= (known.sessionEpoch ?? 0) ? known : undefined;
    if (!account) await dropSession(request);
    Object.assign(localsOf(response), { account, workspacesOf: settings.workspacesOf ?? workspacesOf });
    next();
  };
}

/** Who is signed in. Behind an access of `account`, `member` or a permission there is always somebody. */
export function account(response: Response): SignedInAccount {
  const known = localsOf(response).account;
  if (!known) throw new Unauthenticated('Sign in to see this page.');
  return known;
}

/** Who acts where. There on every route below `/w/:workspace`. */
export function tenantContext(response: Response): TenantContext {
  const context = localsOf(response).tenantContext;
  if (!context) throw new Error('This route is outside a workspace');
  return context;
}
