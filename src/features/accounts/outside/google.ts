import { type GoogleCallbackParameters, type Profile, Strategy } from 'passport-google-oauth20';
import { z } from 'zod';
import { config } from '../../../config.js';
import { Email } from '../account.js';
import { callbackUrl, harden } from './harden.js';
import { type Identity, Refused } from './identity.js';
import { type Expected, subjectOf } from './identity-token.js';
import type { Provider } from './provider.js';
import { asking, demandedOfProvider } from './strength.js';
import { storeOf } from './ticket.js';

/** AC-4: OpenID Connect by authorization code and PKCE. Asks for the address and nothing else. */
export function google(clientID: string, clientSecret: string): Provider {
  const { GOOGLE_AUTHORIZATION_URL, GOOGLE_TOKEN_URL, GOOGLE_USERINFO_URL, GOOGLE_ISSUER, GOOGLE_KEYS_URL } = config();
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
        const expected = {
          ...{ issuer: GOOGLE_ISSUER, clientID, nonce: ticket.nonce, keysUrl: GOOGLE_KEYS_URL },
          demanded: demandedOfProvider(),
        };
        identityIn(answer, profile, expected).then((identity) => done(null, identity), done);
      };
      const strategy = new Strategy(options, verify);
      strategy.authorizationParams = () => ({ nonce: ticket.nonce, ...asking(demandedOfProvider()) });
      return harden(strategy);
    },
  };
}

type Verify = (
  accessToken: string,
  refreshToken: string,
  answer: GoogleCallbackParameters,
  profile: Profile,
  done: (error: unknown, identity?: Identity) => void,
) => void;

const Person = z.object({ sub: z.string(), email: z.string().optional(), email_verified: z.boolean().catch(false) });

/** Throws Refused for an answer that is not the provider's own, or is about somebody else. */
async function identityIn(answer: GoogleCallbackParameters, profile: Profile, expected: Expected): Promise<Identity> {
  const subject = await subjectOf(answer.id_token, expected);
  const person = Person.safeParse(profile._json);
  // OpenID Connect Core §5.3.2: without this, another person's profile could be put in place of this one's.
  if (!person.success || person.data.sub !== subject) throw new Refused('identity');
  const email = Email.safeParse(person.data.email);
  if (!person.data.email_verified || !email.success) throw new Refused('unverified');
  return { provider: 'google', subject, email: email.data, label: email.data };
}
