import type { Request } from 'express';
import { shared } from '../../../database/shared.js';
import { hashToken, newToken } from '../../../vault/tokens.js';
import type { Purpose } from './passkey.js';
import { type Ceremony, insertPasskeyChallenge, takePasskeyChallenge } from './queries.js';

/** The browser's own limit, and ours. */
export const ceremonySeconds = 300;

/**
 * Who asks, for what. A session keeps the secret of its form token when its id changes, so a proof that comes in
 * between does no harm; no other browser has it.
 */
export function ceremonyOf(request: Request, purpose: Purpose, accountId: string | null): Ceremony {
  const secret = request.session.csrfSecret;
  if (!secret) throw new Error('A passkey is asked for by forms only, and this session has shown none');
  return { purpose, accountId, browserHash: hashToken(`passkey ${secret}`) };
}

/** 32 random bytes to be signed. Only their hash is stored. */
export async function newChallenge(ceremony: Ceremony): Promise<Uint8Array<ArrayBuffer>> {
  const { token, hash } = newToken();
  await insertPasskeyChallenge(shared(), hash, { ...ceremony, seconds: ceremonySeconds });
  return new Uint8Array(Buffer.from(token, 'base64url'));
}

/** Whether this was asked of this browser, for this, within five minutes. After this it never was. */
export async function takeChallenge(ceremony: Ceremony, challenge: string): Promise<boolean> {
  return takePasskeyChallenge(shared(), hashToken(challenge), ceremony);
}
