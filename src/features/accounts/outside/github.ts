import { type Profile, Strategy } from 'passport-github2';
import { z } from 'zod';
import { config } from '../../../config.js';
import { Email } from '../account.js';
import { callbackUrl, harden } from './harden.js';
import { type Identity, Refused } from './identity.js';
import type { Provider } from './provider.js';
import { storeOf } from './ticket.js';

/** AC-5: OAuth 2.0, for GitHub is no OpenID provider. The token is used for two questions and forgotten. */
export function github(clientID: string, clientSecret: string): Provider {
  const { GITHUB_LOGIN_URL, GITHUB_USER_URL } = config();
  const authorizationUrl = `${GITHUB_LOGIN_URL}/authorize`;
  return {
    name: 'github',
    label: 'GitHub',
    issuer: GITHUB_LOGIN_URL,
    authorizationUrl,
    strategy(ticket) {
      const options = {
        ...{ clientID, clientSecret, callbackURL: callbackUrl('github'), userAgent: 'Bailiwick' },
        ...{ authorizationURL: authorizationUrl, tokenURL: `${GITHUB_LOGIN_URL}/access_token` },
        ...{ userProfileURL: GITHUB_USER_URL, userEmailURL: `${GITHUB_USER_URL}/emails` },
        // Otherwise the library takes the primary address without asking whether it is verified.
        ...{ scope: ['user:email'], allRawEmails: true, pkce: true, store: storeOf(ticket) },
      };
      const verify: Verify = (_access, _refresh, profile, done) => done(null, identityIn(profile));
      return harden(new Strategy(options, verify));
    },
  };
}

type Verify = (
  accessToken: string,
  refreshToken: string,
  profile: Profile,
  done: (error: null, identity: Identity) => void,
) => void;

// The library makes the text "undefined" of an id that is missing, and all who lack one would be the same person.
const Person = z.object({ id: z.string().regex(/^\d{1,20}$/), username: z.string().max(100).catch('') });
const Emails = z.array(
  z.object({ value: z.string(), primary: z.boolean().catch(false), verified: z.boolean().catch(false) }),
);

function identityIn(profile: Profile): Identity {
  const person = Person.safeParse(profile);
  const emails = Emails.safeParse(profile.emails);
  if (!person.success || !emails.success) throw new Refused('identity');
  const { id, username } = person.data;
  const email = Email.safeParse(emails.data.find(({ primary, verified }) => primary && verified)?.value);
  if (!email.success) throw new Refused('unverified');
  return { provider: 'github', subject: id, email: email.data, label: username || `account ${id}` };
}
