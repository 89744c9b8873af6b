import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { config } from '../config.js';
import { isRead } from './origin.js';
import { account } from './signed-in.js';

const yearMs = 365 * 24 * 60 * 60 * 1000;

function cookieName(): string {
  return config().origin.startsWith('https:') ? '__Host-workspace' : 'workspace';
}

// For this person on this browser only: whoever else looks into it learns no workspace's name.
function markOf(accountId: string, tenantId: string): string {
  return createHash('sha256').update(`${accountId} ${tenantId}`).digest('base64url').slice(0, 22);
}

function markIn(request: Request): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='));
  return pairs.find(([name]) => name === cookieName())?.[1];
}

/** MB-1: which workspace was opened last in this browser. A cookie, so that no page writes to the database for it. */
export function rememberWorkspace(request: Request, response: Response, tenantId: string): void {
  if (!isRead(request) || request.accepts(['html', 'json']) !== 'html') return;
  const mark = markOf(account(response).id, tenantId);
  if (markIn(request) === mark) return;
  const secure = config().origin.startsWith('https:');
  response.cookie(cookieName(), mark, { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: yearMs });
}

/** Whether this is the workspace that the account opened last in this browser. */
export function wasOpenedLast(request: Request, accountId: string, tenantId: string): boolean {
  return markIn(request) === markOf(accountId, tenantId);
}
