import { join } from 'node:path';
import ejs from 'ejs';
import type { Request, Response } from 'express';
import { config } from '../config.js';
import { may } from '../tenancy/context.js';
import type { Permission } from '../tenancy/permissions.js';
import { type Assets, newAssets } from './assets.js';
import { csrfToken } from './csrf.js';
import { forgetWhenEdited } from './files.js';
import { localsOf, type Notice } from './types.js';
import { bytes, exactTime, isoTime, plural, relativeTime } from './wording.js';

export interface PageLocals {
  readonly title?: string;
  /** Otherwise `workspace` inside one and `plain` elsewhere. */
  readonly layout?: 'workspace' | 'plain';
  readonly [name: string]: unknown;
}

/** Sends `views/<view>.ejs` inside its layout, with the status that the response has. A local that is missing throws. */
export async function page(response: Response, view: string, locals: PageLocals | object = {}): Promise<void> {
  const known = { ...(await baseLocals(response.req, response)), ...locals };
  const layout = known.layout ?? (localsOf(response).tenantContext ? 'workspace' : 'plain');
  const body = render(response, view, known);
  response.type('html').send(render(response, `layouts/${layout}`, { ...known, body }));
}

/** A message for the next page that this person sees, shown once. A plain text says that something worked. */
export function notice(request: Request, said: Notice): void {
  request.session.notice = said;
}

let edited: (() => void) | undefined;

function render(response: Response, view: string, locals: object): string {
  const root: string = response.app.get('views');
  edited ??= forgetWhenEdited(root, () => ejs.clearCache());
  edited();
  return compiled(root, view)(locals);
}

// ejs keeps compiled files by name, those that a view includes too.
function compiled(root: string, view: string): ejs.TemplateFunction {
  const filename = join(root, `${view}.ejs`);
  const known = ejs.cache.get(filename);
  if (typeof known === 'function') return known as ejs.TemplateFunction;
  const text = ejs.fileLoader(filename).toString();
  const made = ejs.compile(text, { filename, root, cache: true, compileDebug: !config().production });
  ejs.cache.set(filename, made);
  return made;
}

let publicAssets: Assets | undefined;

export function assets(): Assets {
  publicAssets ??= newAssets();
  return publicAssets;
}

interface BaseLocals {
  readonly [name: string]: unknown;
  readonly layout?: string;
}

async function baseLocals(request: Request, response: Response): Promise<BaseLocals> {
  const { nonce, requestId, account, tenantContext, workspacesOf } = localsOf(response);
  return {
    title: 'Bailiwick',
    nonce,
    requestId,
    path: request.path,
    account,
    workspace: tenantContext && { name: tenantContext.tenant.name, slug: tenantContext.tenant.slug },
    workspaces: account && workspacesOf ? await workspacesOf(account.id) : [],
    can: (permission: Permission) => (tenantContext ? may(tenantContext.actor, permission) : false),
    notice: takeNotice(request),
    csrfToken: tokenWhenDrawn(request, response),
    asset: assets().asset,
    relativeTime,
    exactTime,
    isoTime,
    plural,
    bytes,
  };
}

// A visitor who is shown no form gets no session: the token is made when a view writes it.
function tokenWhenDrawn(request: Request, response: Response): { toString(): string } {
  return { toString: () => csrfToken(request, response) };
}

function takeNotice(request: Request): Notice | undefined {
  const said = request.session?.notice;
  if (said !== undefined) delete request.session.notice;
  return said;
}
