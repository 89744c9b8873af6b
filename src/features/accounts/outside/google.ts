import { type GoogleCallbackParameters, type Profile, Strategy } from 'passport-google-oauth20';
import { z } from 'zod';
import { config } from '../../../config.js';
import { Email } from '../account.js';
import { callbackUrl, harden } from './harden.js';
import { type Identity, Refused } from './identity.js';
import type { Provider } from './provider.js';
import { storeOf, type Ticket } from './ticket.js';

const clockSkewSeconds = 60;

/** AC-4: OpenID Connect by authorization code and PKCE. Asks for the address and nothing else. */
export function google(clientID: string, clientSecret: string): Provider {
  const { GOOGLE_AUTHORIZATION_URL, GOOGLE_TOKEN_URL, GOOGLE_USERINFO_URL, GOOGLE_ISSUER } = config();
  return {
    name: 'google',
    label: 'Google',
    issuer: GOOGLE_ISSUER,
    authorizationUrl: GOOGLE_AUTHORIZATION_URL,
    strategy(ticket) {
      const options = {
        ...{ clientID, clientSecret, callbackURL: callbackUrl('google') },
        ...{
          authorizationURL: GOOGLE_AUTHORIZATION_URL,
          tokenURL: GOOGLE_TOKEN_URL,
          userProfileURL: GOOGLE_USERINFO_URL,
        },
        ...{ scope: ['openid', 'email'], pkce: true, store: storeOf(ticket) },
      };
      const verify: Verify = (_access, _refresh, answer, profile, done) => {
        const expected = { issuer: GOOGLE_ISSUER, clientID, nonce: ticket.nonce };
        done(null, identityIn(answer, profile, expected));
      };
      const strategy = new Strategy(options, verify);
      strategy.authorizationParams = () => ({ nonce: ticket.nonce });
      return harden(strategy);
    },
  };
}

type Verify = (
  accessToken: string,
  refreshToken: string,
  answer: GoogleCallbackParameters,
  profile: Profile,
  done: (error: null, identity: Identity) => void,
) => void;

const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
  exp: z.number(),
  nonce: z.string(),
});

const Person = z.object({ sub: z.string(), email: z.string().optional(), email_verified: z.boolean().catch(false) });

interface Expected {
  readonly issuer: string;
  readonly clientID: string;
  readonly nonce: Ticket['nonce'];
}

/** Throws Refused for an answer about somebody else, for somebody else, of somebody else, or from another time. */
function identityIn(answer: GoogleCallbackParameters, profile: Profile, expected: Expected): Identity {
  const claims = claimsIn(answer.id_token, expected);
  const person = Person.safeParse(profile._json);
  // OpenID Connect Core §5.3.2: without this, another person's profile could be put in place of this one's.
  if (!person.success || person.data.sub !== claims.sub) throw new Refused('identity');
  const email = Email.safeParse(person.data.email);
  if (!person.data.email_verified || !email.success) throw new Refused('unverified');
  return { provider: 'google', subject: claims.sub, email: email.data, label: email.data };
}

/**
 * OpenID Connect Core §3.1.3.7. The token came from Google itself over TLS in answer to our own secret, in which case
 * that section lets TLS stand for the signature.
 */
function claimsIn(token: string | undefined, { issuer, clientID, nonce }: Expected): z.infer<typeof Claims> {
  const claims = Claims.safeParse(payloadOf(token));
  if (!claims.success) throw new Refused('identity', { cause: claims.error });
  const { iss, aud, azp, exp } = claims.data;
  const audience = [aud].flat();
  const right =
    (iss === issuer || `https://${iss}` === issuer) &&
    audience.includes(clientID) &&
    (audience.length === 1 || azp !== undefined) &&
    (azp === undefined || azp === clientID) &&
    exp > Date.now() / 1000 - clockSkewSeconds &&
    claims.data.nonce === nonce;
  if (!right) throw new Refused('identity');
  return claims.data;
}

function payloadOf(token: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString());
  } catch (cause) {
    throw new Refused('identity', { cause });
  }
}
