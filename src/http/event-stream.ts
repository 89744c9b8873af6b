import { once } from 'node:events';
import type { Request, Response } from 'express';
import { onPublished } from '../database/shared.js';
import { TooManyRequests } from '../errors.js';
import { enterWorkspace, type Membership } from '../tenancy/directory.js';
import type { Permission } from '../tenancy/permissions.js';
import { unmet } from '../tenancy/sign-in-policy.js';
import { addressOf } from './address.js';
import { newHeartbeat } from './heartbeat.js';
import { endedTopic, sessionKey } from './session-rows.js';
import { localsOf } from './types.js';

const mostPerPerson = 8;
const mostWaiting = 1024 * 1024;
const eventName = /^[a-z][a-z0-9.-]{0,40}$/;

export interface EventStream {
  /** Resolves when the reader keeps up; await it in loops. `id` comes back as Last-Event-ID after a broken line. */
  send(event: string, data: unknown, id?: string): Promise<void>;
  close(): void;
  /** Aborted when either side closed it. */
  readonly closed: AbortSignal;
}

interface OpenStream {
  readonly person: string;
  readonly accountId: string | undefined;
  readonly workspace: string | undefined;
  readonly session: string;
  readonly methods: readonly string[];
  /** What the route took; a stream ends with the right to it. */
  readonly openedBy: Permission | undefined;
  close(): void;
}

const open = new Set<OpenStream>();
/** How many of them are each person's, so that the next one need not look at all. */
const counts = new Map<string, number>();
const heartbeat = newHeartbeat();

/** Server-sent events (WHATWG HTML, 9.2). Throws TooManyRequests at the ninth of a person in this process. */
export function eventStream(request: Request, response: Response): EventStream {
  const { account, tenantContext, openedBy } = localsOf(response);
  const accountId = account?.id;
  const person = accountId ?? addressOf(request);
  if ((counts.get(person) ?? 0) >= mostPerPerson) {
    throw new TooManyRequests('Too many live pages are open. Close some tabs and reload.', 30);
  }
  const ended = new AbortController();
  const close = () => void response.end();
  const workspace = tenantContext?.tenant.slug;
  const session = sessionKey(request.sessionID ?? '');
  const methods = request.session?.methods ?? [];
  const entry: OpenStream = { person, accountId, workspace, session, methods, openedBy, close };
  enter(entry);
  const stopBeating = heartbeat.join(() => void write(response, ':\n\n'));
  const forget = () => {
    stopBeating();
    leave(entry);
    ended.abort();
  };
  response.once('close', forget);
  // The reader may have left while we looked who it is; the event does not come twice.
  if (response.closed) forget();
  else start(response);
  return { close, closed: ended.signal, send: sender(response, ended.signal) };
}

function enter(stream: OpenStream): void {
  open.add(stream);
  counts.set(stream.person, (counts.get(stream.person) ?? 0) + 1);
}

function leave(stream: OpenStream): void {
  if (!open.delete(stream)) return;
  const left = (counts.get(stream.person) ?? 1) - 1;
  if (left > 0) counts.set(stream.person, left);
  else counts.delete(stream.person);
}

function start(response: Response): void {
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  response.write('retry: 2000\n\n');
}

function frame(event: string, data: unknown, id?: string): string {
  if (!eventName.test(event)) throw new Error(`Not a name for an event: ${event}`);
  const line = id === undefined ? '' : `id: ${id.replace(/[\r\n\0]/g, '')}\n`;
  return `${line}event: ${event}\ndata: ${JSON.stringify(data ?? null)}\n\n`;
}

function sender(response: Response, closed: AbortSignal): EventStream['send'] {
  let drained: Promise<unknown> | undefined;
  const drain = () => {
    // One wait for all senders; it ends with the stream, too.
    drained ??= once(response, 'drain', { signal: closed })
      .catch(() => {})
      .finally(() => {
        drained = undefined;
      });
    return drained;
  };
  return async (event, data, id) => {
    if (!write(response, frame(event, data, id)) && !closed.aborted) await drain();
  };
}

// Whoever does not read while we are not awaited is let go before the memory is.
function write(response: Response, text: string): boolean {
  if (response.writableEnded || response.destroyed) return true;
  if (response.writableLength > mostWaiting) {
    response.destroy();
    return true;
  }
  return response.write(text);
}

/** Where the reader stopped, if it says so. */
export function lastEventId(request: Request): string | undefined {
  return request.get('last-event-id');
}

/** Ends the streams of an account, or all of them; a browser opens its own again, and is judged again. */
export function closeStreams(accountId?: string): void {
  for (const stream of open) if (accountId === undefined || stream.accountId === accountId) stream.close();
}

/** Streams end with the session or membership that opened them. Call once, after the database is opened. */
export function endStreamsWithSessions(): void {
  onPublished(endedTopic, (key) => {
    for (const stream of open) if (stream.session === key) stream.close();
  });
  // Later, when the caches that hear the same notice have forgotten.
  onPublished('membership', (accountId) => void setImmediate(() => void judgeAgain(accountId)));
}

async function judgeAgain(accountId: string): Promise<void> {
  for (const stream of open) {
    if (stream.accountId !== accountId || stream.workspace === undefined) continue;
    const membership = await enterWorkspace(stream.workspace, accountId).catch(() => undefined);
    if (!membership || !mayGoOn(stream, membership)) stream.close();
  }
}

function mayGoOn({ openedBy, methods }: OpenStream, { permissions, suspended, policy }: Membership): boolean {
  if (suspended || unmet(policy, methods).length > 0) return false;
  return openedBy === undefined || permissions.has(openedBy);
}
