import { controlsIn } from '../control.js';

/** OWASP ASVS 5.0.0, levels 1 and 2: V6 to V10. */
export const asvsAccess = controlsIn(`
V6.1.1 | How guessing is met is written down | g:authentication
V6.1.2 | Words that fit the context are kept out of passwords | g:authentication t:features/accounts/password-rules
V6.1.3 | Every way in is written down | g:authentication
V6.2.1 | Passwords have a least length | t:features/accounts/password-rules
V6.2.2 | People can change their password | t:features/accounts/profile
V6.2.3 | A change takes the present one | t:features/accounts/profile
V6.2.4 | Common passwords are refused | t:features/accounts/password-rules
V6.2.5 | Any characters may be in a password | t:features/accounts/password-rules
V6.2.6 | Passwords are masked when typed | t:browser/main-path
V6.2.7 | Passwords can be pasted and filled in | t:browser/main-path
V6.2.8 | A password counts exactly as it was set | t:features/accounts/password
V6.2.9 | Long passwords work | t:features/accounts/password-rules
V6.2.10 | A password does not run out by age | t:features/accounts/password
V6.2.11 | Names from the context are refused in passwords | t:features/accounts/password-rules
V6.2.12 | Passwords from breaches are refused | ~ t:features/accounts/password-rules | A list of common passwords lies here; no service that knows breaches is asked.
V6.3.1 | Stuffing and guessing are slowed down | c:limits t:features/accounts/sign-in
V6.3.2 | There are no accounts by default | t:commands
V6.3.3 | A second factor can be demanded | f:second-factor t:features/accounts/second-step
V6.3.4 | All ways in are as strong | t:features/accounts/second-step t:features/accounts/codes
V6.4.1 | First secrets are random and soon dead | t:features/accounts/sign-up t:features/members/invitations
V6.4.2 | There are no hints and no secret questions | f:never-stored
V6.4.3 | Recovery leaves the second factor in place | t:features/accounts/recovery
V6.4.4 | Lost factors are replaced after a proof | g:authentication g:signing-in
V6.5.1 | A one-time code works once | t:features/accounts/codes
V6.5.2 | Recovery codes are stored hashed | t:features/accounts/second-step
V6.5.3 | Codes come from a generator made for secrets | t:architecture.test
V6.5.4 | Codes are long enough for their short life | t:features/accounts/codes
V6.5.5 | Codes die soon | t:features/accounts/codes
V6.6.1 | Codes by telephone are the last choice | -
V6.6.2 | A code is bound to who asked for it | t:features/accounts/codes
V6.6.3 | Guesses at a code are counted | t:features/accounts/codes c:limits
V6.8.1 | The same name at another provider is another person | t:features/accounts/outside
V6.8.2 | Signatures of providers are checked | t:features/accounts/outside
V6.8.3 | What a provider says is taken once | t:features/accounts/outside
V6.8.4 | How strong the provider's sign-in was is asked | g:authentication t:features/accounts/outside
V7.1.1 | Session times are written down | g:authentication f:sessions
V7.1.2 | Several sessions at once are written down | g:authentication
V7.1.3 | Sessions across providers are written down | g:authentication
V7.2.1 | The server judges each session | t:http/session-store
V7.2.2 | Tokens are made anew for each session | t:http/session
V7.2.3 | Session names are long and random | t:http/session t:architecture.test
V7.2.4 | A new proof makes a new session name | t:http/session t:features/accounts/sessions
V7.3.1 | Idle sessions end | f:sessions t:http/session
V7.3.2 | Every session ends in the end | f:sessions t:http/session
V7.4.1 | Signing out ends the session everywhere | t:http/session-store t:features/accounts/sessions
V7.4.2 | Who is removed is out at once | t:features/members/elsewhere
V7.4.3 | Other sessions can be ended after a change of password | t:features/accounts/sessions
V7.4.4 | Every page has a way out | t:routes.test
V7.4.5 | Operators can end sessions of an account | t:features/platform
V7.5.1 | What is sensitive asks for a fresh proof | t:features/accounts/proof
V7.5.2 | People see and end their sessions | t:features/accounts/sessions
V7.6.1 | Sessions end with the provider's as written down | g:authentication t:features/docs
V7.6.2 | No session begins without somebody's act | t:features/accounts/sign-in t:features/accounts/outside
V8.1.1 | Rules of access are written down | g:authorization f:roles
V8.1.2 | Rules for fields are written down | g:authorization
V8.2.1 | Functions ask for a permission | t:routes.test f:routes
V8.2.2 | Data asks whose it is | t:routes.test f:self-test c:workspaces-apart
V8.2.3 | Fields ask who may read and write them | ~ t:routes.test t:features/accounts/profile | Tried on the profile, not on every form.
V8.3.1 | The server decides, not the page | t:routes.test
V8.4.1 | One tenant's acts never reach another's data | c:workspaces-apart f:self-test t:tenancy/isolation
V9.1.1 | A changed token is refused | t:features/accounts/outside
V9.1.2 | Only named algorithms are taken | t:features/accounts/outside
V9.1.3 | Keys come from where they are known to be | t:features/accounts/outside
V9.2.1 | Tokens hold within their time only | t:features/accounts/outside
V9.2.2 | A token counts for its purpose only | t:features/accounts/outside
V9.2.3 | A token counts for its audience only | t:features/accounts/outside
V9.2.4 | Tokens name an audience of their own | -
V10.1.1 | Tokens of providers stay on the server | f:never-stored t:features/accounts/outside
V10.1.2 | An answer counts in the browser that asked | t:features/accounts/outside
V10.2.1 | Forged answers of providers are refused | t:features/accounts/outside
V10.2.2 | Answers of one provider do not count for another | t:features/accounts/outside
V10.3.1 | Access tokens are for this service | -
V10.3.2 | Access tokens limit what may be done | -
V10.3.3 | Access tokens name one person | -
V10.3.4 | Strength of a sign-in is asked of access tokens | -
V10.4.1 | Addresses to return to are compared exactly | -
V10.4.2 | Codes for tokens work once | -
V10.4.3 | Codes for tokens are short-lived | -
V10.4.4 | Only safe grants are used | -
V10.4.5 | Refresh tokens cannot be replayed | -
V10.4.6 | Codes are bound to who asked | -
V10.4.7 | New clients are met with care | -
V10.4.8 | Refresh tokens end in the end | -
V10.4.9 | People can revoke tokens | -
V10.4.10 | Clients prove who they are | -
V10.4.11 | Clients get the least scopes | -
V10.5.1 | A replayed identity token is refused | t:features/accounts/outside
V10.5.2 | People are known by the provider's subject | t:features/accounts/outside
V10.5.3 | The provider's own data names the provider | t:features/accounts/outside
V10.5.4 | An identity token is for this client | t:features/accounts/outside
V10.5.5 | Sign-out by the provider is checked | -
V10.6.1 | As a provider: only safe response types | -
V10.6.2 | As a provider: forced sign-out is met | -
V10.7.1 | People consent to each client | -
V10.7.2 | Consent says what to | -
V10.7.3 | Consent can be seen and withdrawn | -
`);
