import { join } from 'node:path';
import ejs from 'ejs';
import type { Request, Response } from 'express';
import { config } from '../config.js';
import { log } from '../log.js';
import { may, type TenantContext } from '../tenancy/context.js';
import type { Permission } from '../tenancy/permissions.js';
import { type Assets, newAssets } from './assets.js';
import { csrfToken } from './csrf.js';
import { forgetWhenEdited } from './files.js';
import { type Banner, localsOf, type Notice } from './types.js';
import { bytes, exactTime, isoTime, plural, relativeTime } from './wording.js';

export interface PageLocals {
  readonly title?: string;
  /** Otherwise `workspace` inside one and `plain` elsewhere. */
  readonly layout?: 'workspace' | 'plain' | 'platform';
  readonly [name: string]: unknown;
}

/** Sends `views/<view>.ejs` inside its layout, with the status that the response has. A local that is missing throws. */
export async function page(response: Response, view: string, locals: PageLocals | object = {}): Promise<void> {
  const known = { ...(await baseLocals(response.req, response)), ...locals };
  if (isPart(response.req)) return void response.type('html').send(render(response, view, known));
  const layout = known.layout ?? (localsOf(response).tenantContext ? 'workspace' : 'plain');
  const body = render(response, view, known);
  response.type('html').send(render(response, `layouts/${layout}`, { ...known, body }));
}

/** A page that is open asks for itself again: its frame stays, so nothing is counted for it, and no message is used up. */
const isPart = (request: Request): boolean => request.get('live-part') === 'main';

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

type Counter = (context: TenantContext) => Promise<number>;
const counters = new Map<string, Counter>();

/** A number beside a place in the rail, on every page of a workspace. This layer knows no feature, so it is told. */
export function countInRail(place: string, counter: Counter): void {
  counters.set(place, counter);
}

async function countsOf(context: TenantContext | undefined): Promise<Record<string, number>> {
  if (!context) return {};
  const counted = [...counters].map(async ([place, counter]) => {
    // The page itself may be the one that says that the database is away.
    const count = await counter(context).catch((error: unknown) => {
      log().warn({ err: error, place }, 'what waits could not be counted');
      return 0;
    });
    return [place, count] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

let announcing: () => Promise<readonly Banner[]> = async () => [];

/** What members should know of the whole installation, above what their workspace has to say. Told by a feature, too. */
export function announceInWorkspaces(tell: () => Promise<readonly Banner[]>): void {
  announcing = tell;
}

async function bannersOf(context: TenantContext | undefined, own: readonly Banner[] = []): Promise<readonly Banner[]> {
  if (!context) return own;
  const all = await announcing().catch((error: unknown) => {
    log().warn({ err: error }, 'what members should know could not be looked up');
    return [];
  });
  return [...all, ...own];
}

interface BaseLocals {
  readonly [name: string]: unknown;
  readonly layout?: string;
}

async function baseLocals(request: Request, response: Response): Promise<BaseLocals> {
  const { nonce, requestId, account, tenantContext, workspacesOf, banners } = localsOf(response);
  return {
    title: 'Bailiwick',
    nonce,
    requestId,
    path: request.path,
    account,
    workspace: tenantContext && { name: tenantContext.tenant.name, slug: tenantContext.tenant.slug },
    // A page of a failure says the same whenever it is drawn, and what has failed does not change by itself.
    drawnAt: response.statusCode < 400 ? Date.now() : undefined,
    railCounts: isPart(request) ? {} : await countsOf(tenantContext),
    workspaces: account && workspacesOf ? await workspacesOf(account.id) : [],
    can: (permission: Permission) => (tenantContext ? may(tenantContext.actor, permission) : false),
    notice: isPart(request) ? undefined : takeNotice(request),
    banners: await bannersOf(tenantContext, banners),
    csrfToken: tokenWhenDrawn(request, response),
    asset: assets().asset,
    integrity: assets().integrity,
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
