import { createHmac, randomBytes } from 'node:crypto';
import { shared } from '../../../database/shared.js';
import { insertRow, sessionKey } from '../../../http/session-rows.js';
import { sessionSecrets } from '../../../vault/deployment.js';
import { type Answer, ask } from '../../security/claims/answers.js';
import { isCanary } from './queries.js';

export interface Visit {
  get(path: string): Promise<Answer>;
  /** Sends an empty form with the token of the session. */
  post(path: string): Promise<Answer>;
}

const patience = 4;
const waitMs = 1500;

/**
 * A session for the member of a canary, who has no way to sign in. Throws for anybody else's account: nobody but a canary
 * ever gets a session here.
 */
export async function visitAs(accountId: string, origin: string): Promise<Visit> {
  if (!(await isCanary(shared(), accountId))) throw new Error('Only a canary is let in without a proof');
  const sid = randomBytes(32).toString('base64url');
  const now = Date.now();
  const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' };
  const content = {
    accountId,
    epoch: 0,
    signedInAt: now,
    methods: ['passkey'],
    csrfSecret: randomBytes(18).toString('base64url'),
  };
  await insertRow(sessionKey(sid), { cookie, ...content });
  const headers = { cookie: cookieOf(sid, origin), accept: 'text/html', origin };
  const get = (path: string) => patiently(() => ask(origin, path, { headers, reads: true }));
  const token = /name="_csrf" value="([^"]+)"/.exec((await get('/profile')).text)?.[1];
  if (!token) throw new Error('The canary was not let in');
  const body = new URLSearchParams({ _csrf: token }).toString();
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  return {
    get,
    post: (path) => patiently(() => ask(origin, path, { method: 'POST', headers: form, body, reads: true })),
  };
}

/** As express-session signs it; the names are those of http/session.ts. */
function cookieOf(sid: string, origin: string): string {
  const name = origin.startsWith('https:') ? '__Host-session' : 'session';
  const signature = createHmac('sha256', sessionSecrets()[0] ?? '')
    .update(sid)
    .digest('base64')
    .replace(/=+$/, '');
  return `${name}=${encodeURIComponent(`s:${sid}.${signature}`)}`;
}

/** The edge may find this visitor too quick. */
async function patiently(asking: () => Promise<Answer>): Promise<Answer> {
  for (let turn = 1; ; turn += 1) {
    const answer = await asking();
    if ((answer.status !== 429 && answer.status !== 503) || turn === patience) return answer;
    await new Promise((resolve) => setTimeout(resolve, waitMs * turn));
  }
}
