import type { Request, RequestHandler, Response } from 'express';
import { NotFound, Unauthenticated } from '../errors.js';
import { may, type TenantContext } from '../tenancy/context.js';
import { enterWorkspace, type Membership, memberActor } from '../tenancy/directory.js';
import { recordRefusal, refusalIn } from '../tenancy/in-tenant.js';
import { type Permission, permissions } from '../tenancy/permissions.js';
import { addressOf } from './address.js';
import { bannersOf, keepOut } from './entry.js';
import { rememberWorkspace } from './last-workspace.js';
import { signInAddress } from './next.js';
import { isRead } from './origin.js';
import { isPlatform, type PlatformAccess, platformGuard } from './platform-access.js';
import { account } from './signed-in.js';
import { localsOf, type SignedInAccount } from './types.js';

/**
 * Who may open a route: everybody, whoever is signed in, an operator of the installation, any member of the workspace, or
 * who has a permission.
 */
export type Access = 'public' | 'account' | PlatformAccess | 'member' | Permission;

/** How a workspace is entered; replaceable, so that this layer can be shown without a database. */
export interface Doors {
  enterWorkspace(slug: string, accountId: string): Promise<Membership | undefined>;
  recordRefusal(context: TenantContext, permission: Permission): Promise<void>;
}

export const tenancyDoors: Doors = { enterWorkspace, recordRefusal };

const plain = new Set<string>(['public', 'account', 'member', 'platform', 'platform-entry']);
const known = new Set<string>([...plain, ...permissions]);
const workspaceBase = '/w/:workspace';

/** A route without a right access is a mistake of ours: it must not start. */
export function checkAccess(path: string, access: Access): void {
  if (!known.has(access)) throw new Error(`${path} does not say who may open it`);
  const inside = path === workspaceBase || path.startsWith(`${workspaceBase}/`);
  const needsWorkspace = access !== 'public' && access !== 'account' && !isPlatform(access);
  if (inside !== needsWorkspace) throw new Error(`${path} cannot be open to ${access}`);
  const ofOperators = path.split('/')[1] === 'platform';
  if (ofOperators !== isPlatform(access)) throw new Error(`${path} cannot be open to ${access}`);
}

export function guard(access: Access, doors: Doors): RequestHandler {
  if (access === 'public') return (_request, _response, next) => next();
  if (isPlatform(access)) return platformGuard(access, askToSignIn);
  return async (request, response, next) => {
    const { account: person } = localsOf(response);
    if (!person) return askToSignIn(request, response);
    if (access === 'account' || (await enter({ request, response, access, doors }))) next();
  };
}

function askToSignIn(request: Request, response: Response): void {
  const isPage = isRead(request) && request.accepts(['html', 'json']) === 'html';
  if (!isPage) throw new Unauthenticated('Sign in and try again.');
  response.redirect(303, signInAddress(request));
}

interface Entry {
  readonly request: Request;
  readonly response: Response;
  readonly access: 'member' | Permission;
  readonly doors: Doors;
}

/**
 * IS-4: authenticated, member, signed in as the workspace demands, permitted, in this order. A stranger gets the answer
 * for a workspace that isn't there. False when the request was answered already.
 */
async function enter({ request, response, access, doors }: Entry): Promise<boolean> {
  const person = account(response);
  const slug = request.params.workspace;
  const membership = typeof slug === 'string' ? await doors.enterWorkspace(slug, person.id) : undefined;
  if (!membership) throw new NotFound('There is nothing at this address.');
  if (await keepOut(request, response, membership)) return false;
  const context = contextOf(request, response, person, membership);
  const locals = localsOf(response);
  locals.tenantContext = context;
  locals.banners = bannersOf(membership, request.session.methods ?? []);
  rememberWorkspace(request, response, context.tenant.id);
  if (access === 'member') return true;
  locals.openedBy = access;
  if (may(context.actor, access)) return true;
  await doors.recordRefusal(context, access);
  throw refusalIn(context.tenant);
}

function contextOf(
  request: Request,
  response: Response,
  person: SignedInAccount,
  membership: Membership,
): TenantContext {
  return {
    tenant: membership.tenant,
    actor: memberActor(person, membership),
    trigger: 'page',
    requestId: localsOf(response).requestId,
    address: addressOf(request),
  };
}
