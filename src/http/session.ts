import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import session, { type SessionData } from 'express-session';
import { config } from '../config.js';
import type { Database } from '../database/database.js';
import { publish, sharedTransaction } from '../database/shared.js';
import { log } from '../log.js';
import { sessionSecrets } from '../vault/deployment.js';
import { addressOf } from './address.js';
import { isRead } from './origin.js';
import { deleteSessionsOf, raiseEpoch } from './queries.js';
import { changedTopic, endHere, publishEnd, sessionKey } from './session-rows.js';
import { type SessionStores, sessionStores } from './session-store.js';

export interface SessionSettings {
  readonly origin?: string;
  /** Newest first: the first signs, all are accepted. */
  readonly secrets?: string[];
  readonly stores?: SessionStores;
}

/** AC-10: server-side sessions. Reading requests may use a row cached for seconds; writing ones never do. */
export function sessions(settings: SessionSettings = {}): RequestHandler {
  const { origin = config().origin, secrets = sessionSecrets(), stores = sessionStores() } = settings;
  const options = {
    name: cookieName(origin),
    cookie: cookieFlags(origin),
    secret: secrets,
    genid: () => randomBytes(32).toString('base64url'),
    resave: false,
    saveUninitialized: false,
  };
  const reading = session({ ...options, store: stores.reading });
  const writing = session({ ...options, store: stores.writing });
  const warn = warnOnce(origin);
  return (request, response, next) => {
    warn(request);
    if (!isRead(request)) saveBeforeRedirect(request, response);
    (isRead(request) ? reading : writing)(request, response, next);
  };
}

/**
 * express-session sends the answer's head before it saves, and a browser follows a redirect at its head: the next page
 * would not find what this request left in the session. Forms do this by themselves; a page that acts must ask for it.
 */
export function saveBeforeRedirect(request: Request, response: Response): void {
  const redirect = response.redirect.bind(response) as Redirect;
  const afterSaving: Redirect = (...to) => {
    if (!request.session) redirect(...to);
    else request.session.save((error: unknown) => (error ? request.next?.(error) : redirect(...to)));
  };
  response.redirect = afterSaving;
}

type Redirect = (...to: [url: string] | [status: number, url: string]) => void;

// The __Host- prefix needs Secure, so a plain http://localhost gets a cookie that a browser will take there.
function cookieName(origin: string): string {
  return origin.startsWith('https:') ? '__Host-session' : 'session';
}

function cookieFlags(origin: string) {
  return { httpOnly: true, sameSite: 'lax', secure: origin.startsWith('https:'), path: '/' } as const;
}

/** Without this line a proxy that is missing from TRUST_PROXY looks like a sign-in that does nothing. */
function warnOnce(origin: string): (request: Request) => void {
  let quiet = !origin.startsWith('https:');
  return (request) => {
    if (quiet || request.secure) return;
    quiet = true;
    log().warn(
      { peer: request.socket.remoteAddress },
      'cookies are withheld: https is not seen; is TRUST_PROXY right?',
    );
  };
}

/** Signs in under a new session id; the old one is dead. Saved when this resolves, so a redirect may follow. */
export async function signIn(
  request: Request,
  account: { readonly id: string; readonly sessionEpoch?: number | undefined },
  methods: string[] = ['password'],
): Promise<void> {
  const now = Date.now();
  await renew(request, {
    accountId: account.id,
    epoch: account.sessionEpoch ?? 0,
    signedInAt: now,
    provenAt: now,
    methods,
    device: (request.get('user-agent') ?? '').replace(/\p{Cc}/gu, '').slice(0, 200),
    address: addressOf(request),
  });
}

/**
 * A new id for the same session, after its rights grew: a second factor, a fresh proof. Everything in it stays, the form
 * token's secret too, so that forms in other tabs keep working.
 */
export async function rotateSession(request: Request): Promise<void> {
  const { cookie: _, ...content } = request.session;
  await renew(request, content);
}

/** Ends the session on every replica and tells the browser to forget us. Afterwards the request has no session. */
export async function signOut(request: Request, response: Response, origin = config().origin): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
  response.clearCookie(cookieName(origin), cookieFlags(origin));
  response.setHeader('Clear-Site-Data', '"cache", "storage"');
}

/** A request, of which only its session matters here. */
export interface Kept {
  readonly sessionID: string;
  readonly session: { epoch?: number | undefined };
}

/** Ends an account's sessions, but not the one of the request `keep`. Answers how many ended. */
export async function endSessions(accountId: string, options: { keep?: Kept | undefined } = {}): Promise<number> {
  const ended = await sharedTransaction((db) => endSessionsWithin(db, accountId, options));
  for (const key of ended) endHere(key);
  return ended.length;
}

/**
 * The same inside a transaction on shared tables; the sessions end when it commits, and with them the sign-ins that are
 * under way with what was right until now.
 */
export async function endSessionsWithin(
  db: Database,
  accountId: string,
  { keep }: { keep?: Kept | undefined } = {},
): Promise<string[]> {
  const kept = keep && sessionKey(keep.sessionID);
  const epoch = await raiseEpoch(db, accountId, kept);
  if (keep) keep.session.epoch = epoch;
  await publish(db, 'account', accountId);
  if (kept) await publish(db, changedTopic, kept);
  const ended = await deleteSessionsOf(db, accountId, kept);
  for (const key of ended) await publishEnd(db, key);
  return ended;
}

async function renew(request: Request, content: Partial<SessionData>): Promise<void> {
  await regenerate(request);
  // The form token's secret is born with the session: else the first two pages of it would race to set one each.
  Object.assign(request.session, { csrfSecret: randomBytes(18).toString('base64url') }, content);
  await new Promise<void>((resolve, reject) => {
    request.session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}

function regenerate(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** Ends a session that may not be used any more; an empty one takes its place, for a form to sign in with. */
export const dropSession = regenerate;
