import type { Express, RequestHandler } from 'express';
import { type Access, checkAccess, type Doors, guard, tenancyDoors } from './access.js';
import { checkCsrf } from './csrf.js';
import { formBody } from './form-body.js';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly access: Access;
  /** Whether its last handler asks for a fresh proof of who is there (`fresh`). */
  readonly asksProof?: true;
  /** Whether it acts without the token of a form: whoever posts has no session, and the address itself is the proof. */
  readonly oneClick?: true;
}

/** The handlers that ask for one, told by whoever wraps them: this layer knows no feature. */
export const proofAskers = new WeakSet<RequestHandler>();

const oneClickers = new WeakSet<RequestHandler>();

/**
 * For the last handler of a route that machines post to (RFC 8058). It acts for nobody's session, so there is nothing
 * that a forged form could use; a test holds which routes these are.
 */
export function withoutFormToken(handler: RequestHandler): RequestHandler {
  oneClickers.add(handler);
  return handler;
}

interface RouteWithHandlers extends Route {
  readonly handlers: readonly RequestHandler[];
}

/** The routes of one feature. The second argument says who may open a route; without it the feature does not load. */
export interface Feature {
  readonly routes: readonly RouteWithHandlers[];
  get(path: string, access: Access, ...handlers: RequestHandler[]): void;
  post(path: string, access: Access, ...handlers: RequestHandler[]): void;
}

const mounted = new Set<Feature>();

/** `feature('/w/:workspace/agents')`. GET shows, POST acts; a verb is a sub-resource: `post('/:id/archive', ...)`. */
export function feature(base: string): Feature {
  const routes: RouteWithHandlers[] = [];
  const add = (method: Route['method'], path: string, access: Access, handlers: RequestHandler[]) => {
    const full = `${base}${path === '/' ? '' : path}` || '/';
    checkAccess(full, access);
    if (handlers.length === 0) throw new Error(`${full} does nothing`);
    const asksProof = handlers.some((handler) => proofAskers.has(handler));
    const oneClick = handlers.some((handler) => oneClickers.has(handler));
    if (oneClick && access !== 'public') throw new Error(`${full} cannot act for somebody without a form's token`);
    const marks = { ...(asksProof ? { asksProof } : {}), ...(oneClick ? { oneClick } : {}) };
    routes.push({ method, path: full, access, handlers, ...marks });
  };
  return {
    routes,
    get: (path, access, ...handlers) => add('GET', path, access, handlers),
    post: (path, access, ...handlers) => add('POST', path, access, handlers),
  };
}

/** Everything that is mounted, for the tests that walk all doors. */
export function routes(): Route[] {
  return [...mounted].flatMap((known) => known.routes.map(({ handlers: _, ...route }) => route));
}

/** Puts a feature's routes into the application, in the order in which they were written. */
export function mount(app: Express, mounting: Feature, doors: Doors = tenancyDoors): void {
  mounted.add(mounting);
  for (const { method, path, access, handlers } of mounting.routes) {
    if (method === 'GET') app.get(path, guard(access, doors), ...handlers);
    else app.post(path, guard(access, doors), ...actingChain(handlers));
  }
}

// The token is judged last, when a middleware of the route has read a multipart body, and before anything acts.
function actingChain(handlers: readonly RequestHandler[]): RequestHandler[] {
  if (handlers.some((handler) => oneClickers.has(handler))) return [formBody(handlers), ...handlers];
  return [formBody(handlers), ...handlers.slice(0, -1), checkCsrf, ...handlers.slice(-1)];
}
