import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { askProvider } from './ask-provider.js';
import { Refused } from './identity.js';
import { type Demanded, judgeStrength, StrengthClaims } from './strength.js';

const clockSkewSeconds = 60;

const Claims = StrengthClaims.extend({
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
  nonce: z.string(),
});

export interface Expected {
  readonly issuer: string;
  readonly clientID: string;
  readonly nonce: string;
  /** Where the provider shows its keys (RFC 7517). */
  readonly keysUrl: string;
  /** How the person has to have signed in there. */
  readonly demanded: Demanded;
}

/**
 * Who an OpenID provider says has signed in (OpenID Connect Core §3.1.3.7). Throws Refused for a token that is not
 * signed by a key of the provider's, is about another client, request, issuer or time, or tells of a sign-in that is not as
 * the operator demands.
 */
export async function subjectOf(
  token: string | undefined,
  { issuer, clientID, nonce, keysUrl, demanded }: Expected,
): Promise<string> {
  const { jwtVerify } = await import('jose');
  const verified = await jwtVerify(token ?? '', await keysAt(keysUrl), {
    // §15.1: the one that every provider has. What the token itself names is never enough (RFC 8725 §3.1).
    algorithms: ['RS256'],
    issuer: [issuer, issuer.replace('https://', '')],
    audience: clientID,
    clockTolerance: clockSkewSeconds,
    requiredClaims: ['exp', 'iat'],
  }).catch((cause: unknown) => {
    throw cause instanceof Refused ? cause : new Refused('identity', { cause });
  });
  const claims = Claims.safeParse(verified.payload);
  if (!claims.success) throw new Refused('identity', { cause: claims.error });
  const { sub, aud, azp } = claims.data;
  const forUs = azp === undefined ? [aud].flat().length === 1 : azp === clientID;
  if (!forUs || claims.data.nonce !== nonce) throw new Refused('identity');
  judgeStrength(claims.data, demanded, Date.now());
  return sub;
}

const known = new Map<string, JWTVerifyGetKey>();

/** Asked for again every ten minutes, and for a key that is not there yet at most every thirty seconds. */
async function keysAt(url: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, customFetch } = await import('jose');
  const ask = async () => new Response(await askProvider({ method: 'GET', url, headers: {}, body: '' }));
  const keys = known.get(url) ?? createRemoteJWKSet(new URL(url), { [customFetch]: ask });
  known.set(url, keys);
  return keys;
}
