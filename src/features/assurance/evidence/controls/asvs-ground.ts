import { controlsIn } from '../control.js';

/** OWASP ASVS 5.0.0, levels 1 and 2: V11 to V17. */
export const asvsGround = controlsIn(`
V11.1.1 | The life of keys follows a policy | g:cryptography f:keys t:features/docs
V11.1.2 | Uses of cryptography are listed | g:cryptography t:features/docs
V11.2.1 | Cryptography comes from proven libraries | t:architecture.test t:features/docs
V11.2.2 | Keys and algorithms can be exchanged | ~ t:vault/keyring | Keys have generations and old ones still open; sealing all rows anew is not part of this version.
V11.2.3 | No key is weaker than 128 bits | ~ t:vault/keyring t:features/security/openpgp | Own keys have 256 bits, and weak keys of others are refused where they are judged; but Google signs with RSA of 2048 bits (112), and certificates of the edge may be such.
V11.3.1 | No weak modes or paddings | t:architecture.test c:sealed-content
V11.3.2 | Content is sealed with an approved cipher | c:sealed-content t:vault/keyring
V11.3.3 | A changed ciphertext does not open | c:sealed-content t:vault/keyring
V11.4.1 | No broken hashes | t:architecture.test
V11.4.2 | Passwords are hashed slowly | c:passwords t:features/accounts/password
V11.4.3 | Signatures use strong hashes | f:self-test
V11.4.4 | Keys from passwords are stretched | -
V11.5.1 | Secrets come from a generator made for them | t:architecture.test
V11.6.1 | Key pairs are of approved kinds | f:self-test
V12.1.1 | Only TLS 1.2 and 1.3 | c:tls t:nginx
V12.1.2 | Only strong cipher suites | c:tls t:nginx
V12.1.3 | Client certificates are checked before their name is used | -
V12.2.1 | Everything goes over TLS | c:tls c:https-only
V12.2.2 | The certificate is trusted by everybody | c:tls
V12.3.1 | Connections behind the edge are encrypted, too | ~ c:database-connection c:mail-transport | Depends on the deployment: the database and the application may be on one machine without TLS.
V12.3.2 | Certificates of others are checked | t:http/outgoing t:http/certificates t:mail/smtp t:features/disclosure t:log/collector
V12.3.3 | Connections between own services use TLS | ~ c:database-connection | TLS towards the application is there to be switched on, and off by default on one machine.
V12.3.4 | Own services trust named authorities only | ~ c:database-connection | A private authority can be named for the database and mail; it is not demanded.
V13.1.1 | Which services are talked to is written down | f:parties g:configuration
V13.2.1 | Own services prove who they are to each other | c:logins-own-nothing
V13.2.2 | Own services have the least rights | c:logins-own-nothing c:no-way-around
V13.2.3 | No default secrets | c:secrets-private t:vault/deployment
V13.2.4 | Outgoing calls go to known places | t:http/outgoing t:architecture.test
V13.2.5 | The server's surroundings limit outgoing calls | f:destinations g:components t:http/outgoing t:features/security/destinations
V13.3.1 | Secrets are kept where only their user reads them | c:secrets-private
V13.3.2 | Access to secrets is the least | c:secrets-private
V13.4.1 | No traces of source control are served | t:http/assets
V13.4.2 | No debugging in production | f:production t:http/failure
V13.4.3 | Folders are not listed | t:http/assets
V13.4.4 | TRACE is refused | t:http/headers
V13.4.5 | Pages for machines tell what they should | t:routes.test t:features/docs
V14.1.1 | Data is sorted by how sensitive it is | g:what-is-stored
V14.1.2 | Each sort has its protection | g:what-is-stored c:sealed-content
V14.2.1 | Nothing sensitive is in an address | t:server/canaries t:http/request-log t:browser/crawl
V14.2.2 | Nothing sensitive stays in caches on the way | c:headers
V14.2.3 | Nothing is told to third parties | c:nothing-foreign
V14.2.4 | Data is kept as long as was said | ~ f:retention t:features/security | Shown for reports of browsers, notifications and exports; not for every table.
V14.3.1 | The browser is cleared at sign-out | t:http/session
V14.3.2 | The browser does not keep pages | c:headers
V14.3.3 | Nothing sensitive is in the browser's storage | c:nothing-foreign t:browser/crawl
V15.1.1 | How soon weaknesses are mended is written down | g:components t:features/assurance/components t:features/docs
V15.1.2 | Components are listed | f:components g:components t:features/assurance/components
V15.1.3 | Costly functions are named | g:input t:features/docs
V15.2.1 | No component is older than was promised | f:components-review t:features/assurance/components
V15.2.2 | Costly functions are queued and limited | c:limits t:features/knowledge/upload
V15.2.3 | Nothing for tests is in production | f:production
V15.3.1 | Answers hold what is asked for, no more | ~ t:routes.test | Foreign members and workspaces get the bytes of nothing; the fields of each JSON answer are not compared with a schema.
V15.3.2 | Redirects of others are judged again | t:http/outgoing
V15.3.3 | Fields that are not offered are not taken | ~ t:routes.test t:features/accounts/profile | Tried on the profile, not on every form.
V15.3.4 | The visitor's address is the true one | t:nginx t:http/rate-limit
V15.3.5 | Types are what they seem | t:routes
V15.3.6 | Objects cannot be poisoned | t:http/csrf t:features/accounts/sign-up t:routes
V15.3.7 | Doubled parameters are handled by a rule | g:input t:routes t:features/docs
V16.1.1 | What is logged is written down | g:audit g:running
V16.2.1 | Log entries say who, what, when and where | f:audit-events t:http/request-log
V16.2.2 | Clocks and formats are the same everywhere | t:log.test
V16.2.3 | Logs go where they are said to go | g:components t:log/collector t:architecture.test
V16.2.4 | Logs can be read by machines | t:log.test
V16.2.5 | Secrets are not logged | c:database-log t:log.test t:http/request-log t:run-search t:server/canaries
V16.3.1 | Sign-ins and failures are logged | f:audit-events t:features/accounts/sign-in
V16.3.2 | Refusals are logged | f:refusals t:routes.test
V16.3.3 | Attempts to get round a control are logged | f:refusals
V16.3.4 | Errors that nobody expected are logged | t:http/failure
V16.4.1 | Input cannot forge a log entry | t:log.test
V16.4.2 | Logs cannot be changed | c:audit-append-only t:tenancy/isolation
V16.4.3 | Logs are sent elsewhere | f:second-log g:components t:log/collector
V16.5.1 | Errors tell visitors nothing of the inside | t:http/failure
V16.5.2 | When others fail, the rest goes on | t:llm/fail-over t:server/outage
V16.5.3 | When a check fails, the answer is no | t:tenancy/rules t:http/route
V17.1.1 | Relays for calls reach public addresses only | -
V17.2.1 | Keys for calls are managed | -
V17.2.2 | Calls use strong cipher suites | -
V17.2.3 | Media are encrypted and authenticated | -
V17.2.4 | Malformed media are survived | -
V17.3.1 | Floods of calls are survived | -
V17.3.2 | Malformed calls are survived | -
`);
