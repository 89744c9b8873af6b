import { controlsIn } from '../control.js';

/** 45 CFR part 164, subpart C: the security rule. */
export const hipaa = controlsIn(`
164.308(a)(1)(ii)(A) | Risks are analysed | ~ f:open-risks
164.308(a)(1)(ii)(B) | Risks are managed | ~ f:open-risks f:claims
164.308(a)(1)(ii)(C) | Misconduct has consequences |
164.308(a)(1)(ii)(D) | Activity is reviewed | ~ f:audit-events f:refusals
164.308(a)(2) | Somebody is responsible for security | ~ f:owners
164.308(a)(3)(ii)(A) | Access of the workforce is authorised and supervised | ~ f:roles f:members
164.308(a)(3)(ii)(B) | Clearance is established |
164.308(a)(3)(ii)(C) | Access ends when employment does | ~ t:features/members t:features/accounts/sessions
164.308(a)(4)(ii)(A) | Clearing houses within an organisation are kept apart | -
164.308(a)(4)(ii)(B) | Access is authorised by policy | ~ f:roles f:sign-in-policy
164.308(a)(4)(ii)(C) | Access is reviewed and changed | ~ f:members t:features/roles
164.308(a)(5)(ii)(A) | People are reminded of security |
164.308(a)(5)(ii)(B) | Harmful software is guarded against | ~ c:uploads-leave t:features/knowledge/extraction
164.308(a)(5)(ii)(C) | Sign-ins are watched | ~ c:limits t:features/accounts/sign-in
164.308(a)(5)(ii)(D) | Passwords are managed | ~ c:passwords t:features/accounts/password-rules
164.308(a)(6)(ii) | Incidents are answered and recorded | ~ f:disclosure f:refusals
164.308(a)(7)(ii)(A) | Data is backed up | ~ g:running
164.308(a)(7)(ii)(B) | There is a plan to recover from a disaster | ~ g:running
164.308(a)(7)(ii)(C) | Work goes on in an emergency | ~ t:server/outage
164.308(a)(7)(ii)(D) | Plans for emergencies are tried and mended |
164.308(a)(7)(ii)(E) | What matters most in an emergency is known |
164.308(a)(8) | Security is evaluated from time to time | ~ f:self-test f:claims
164.308(b)(1) | Business associates are bound by contract | ~ f:parties
164.310(a)(1) | Facilities are protected |
164.310(b) | Use of workstations is ruled | ~ f:sessions
164.310(c) | Workstations are protected |
164.310(d)(1) | Devices and media are tracked and wiped | ~ f:deletions
164.312(a)(1) | Only who is authorised gets access | c:workspaces-apart f:self-test t:routes.test
164.312(a)(2)(i) | Everybody has a name of their own | f:members t:features/accounts/sign-up
164.312(a)(2)(ii) | There is access in an emergency | ~ f:owners t:features/break-glass
164.312(a)(2)(iii) | Sessions end by themselves | f:sessions t:http/session
164.312(a)(2)(iv) | Data is encrypted at rest | c:sealed-content f:keys
164.312(b) | Activity is recorded and can be examined | c:audit-append-only f:audit-events
164.312(c)(1) | Data is not altered or destroyed improperly | ~ c:sealed-content c:audit-append-only
164.312(c)(2) | It can be shown that data was not altered | ~ c:sealed-content t:vault/keyring
164.312(d) | People are who they say | f:second-factor c:session-cookie t:features/accounts/second-step
164.312(e)(1) | Transmission is protected | c:tls c:https-only c:database-connection
164.312(e)(2)(i) | Alteration on the way is noticed | c:tls
164.312(e)(2)(ii) | Data is encrypted on the way | c:tls c:mail-transport
164.314(a)(1) | Contracts with business associates say what is needed |
164.314(b)(1) | Sponsors of group health plans protect what they get | -
164.316(a) | Policies and procedures exist | ~ g:people-and-roles g:what-agents-may-do
164.316(b)(1) | They are written down, as are acts that must be | ~ f:audit-events g:audit
164.316(b)(2)(i) | What is written down is kept for six years |
164.316(b)(2)(ii) | It is there for those who have to act by it | ~ g:what-agents-may-do g:audit
164.316(b)(2)(iii) | It is reviewed, and changed when things change |
`);
