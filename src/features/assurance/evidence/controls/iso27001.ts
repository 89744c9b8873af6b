import { controlsIn } from '../control.js';

/** ISO/IEC 27001:2022, annex A. */
export const iso27001 = controlsIn(`
A.5.1 | Policies for information security are set and reviewed | ~ f:sign-in-policy f:approvals
A.5.2 | Roles and responsibilities are given out | ~ f:roles f:owners
A.5.3 | Conflicting duties are apart | ~ f:approvals t:features/decisions
A.5.4 | Management demands security of everybody |
A.5.5 | Authorities can be reached |
A.5.6 | Contact with interest groups is kept |
A.5.7 | Threat intelligence is gathered |
A.5.8 | Projects take security in |
A.5.9 | Information and assets are listed | ~ g:what-is-stored
A.5.10 | Use of information is ruled | ~ g:people-and-roles
A.5.11 | Assets come back when people leave | ~ t:features/members
A.5.12 | Information is classified | ~ g:what-is-stored
A.5.13 | Information is labelled |
A.5.14 | Transfer of information is ruled | ~ f:approvals c:tls
A.5.15 | Access is controlled by rules | f:roles c:workspaces-apart t:routes.test
A.5.16 | Identities are managed through their life | ~ f:members t:features/accounts/sign-up
A.5.17 | Secrets for signing in are managed | c:passwords t:features/accounts/password-rules
A.5.18 | Rights are given, reviewed and taken | ~ f:members t:features/roles
A.5.19 | Risks of suppliers are managed | ~ f:parties
A.5.20 | Agreements with suppliers cover security |
A.5.21 | The supply chain of technology is managed | ~ f:components f:components-review g:components
A.5.22 | Services of suppliers are watched | ~ f:parties
A.5.23 | Cloud services are chosen, used and left safely | ~ f:parties f:region
A.5.24 | Incidents are prepared for | ~ f:disclosure
A.5.25 | Events are judged | ~ f:refusals
A.5.26 | Incidents are answered | ~ f:disclosure t:features/status
A.5.27 | Incidents are learned from |
A.5.28 | Evidence is collected | ~ f:audit-events c:audit-append-only
A.5.29 | Security lasts through disruption | ~ t:server/outage
A.5.30 | Technology is ready for continuity | ~ g:running
A.5.31 | Duties by law and by contract are known |
A.5.32 | Intellectual property is respected |
A.5.33 | Records are protected | c:audit-append-only f:audit-events
A.5.34 | Privacy is protected | ~ f:never-stored f:retention c:nothing-foreign
A.5.35 | Security is reviewed independently |
A.5.36 | Policies are kept to | ~ f:claims
A.5.37 | Operating procedures are written down | ~ g:running g:installing
A.6.1 | People are screened |
A.6.2 | Employment terms name security |
A.6.3 | People are trained |
A.6.4 | Breaches have consequences |
A.6.5 | Duties last after employment |
A.6.6 | Confidentiality is agreed |
A.6.7 | Remote work is protected | ~ f:second-factor f:sessions
A.6.8 | People can report events | ~ t:features/disclosure
A.7.1 | Perimeters are set |
A.7.2 | Entry is controlled |
A.7.3 | Offices, rooms and facilities are secured |
A.7.4 | Premises are watched |
A.7.5 | Physical and environmental threats are met |
A.7.6 | Work in secure areas is ruled |
A.7.7 | Desks and screens are clear | ~ f:sessions
A.7.8 | Equipment is placed safely |
A.7.9 | Assets off the premises are protected |
A.7.10 | Storage media are managed through their life |
A.7.11 | Utilities are supported |
A.7.12 | Cabling is secured |
A.7.13 | Equipment is maintained |
A.7.14 | Equipment is wiped before it is given away or used again | ~ c:sealed-content
A.8.1 | Devices that people work at are protected | ~ f:sessions c:session-cookie
A.8.2 | Privileged rights are limited | c:logins-own-nothing f:owners
A.8.3 | Access to information is limited | c:workspaces-apart f:self-test f:roles
A.8.4 | Access to source code is controlled |
A.8.5 | Authentication is secure | f:second-factor c:limits t:features/accounts/second-step
A.8.6 | Capacity is watched | ~ t:features/status
A.8.7 | Malware is met | ~ c:uploads-leave t:features/knowledge/extraction
A.8.8 | Technical weaknesses are managed | ~ f:components-review f:disclosure g:components
A.8.9 | Configuration is managed | ~ f:claims g:configuration
A.8.10 | Information is deleted | ~ f:deletions f:retention
A.8.11 | Data is masked | ~ c:sealed-content
A.8.12 | Leakage is prevented | ~ f:approvals t:injection t:http/outgoing
A.8.13 | Backups are made and tested | ~ g:running
A.8.14 | Processing is redundant | ~ t:features/members/elsewhere
A.8.15 | Events are logged | f:audit-events c:audit-append-only
A.8.16 | Activity is monitored | ~ f:refusals
A.8.17 | Clocks agree | ~ t:commands/doctor
A.8.18 | Powerful utilities are limited | c:no-way-around
A.8.19 | Installing software is controlled |
A.8.20 | Networks are secured | ~ t:http/outgoing t:nginx
A.8.21 | Network services are secured | ~ c:tls c:database-connection
A.8.22 | Networks are separated |
A.8.23 | Web access is filtered | ~ f:destinations t:http/outgoing
A.8.24 | Cryptography is used by rules | c:sealed-content f:keys c:secrets-private g:cryptography
A.8.25 | Development follows secure rules | ~ t:architecture.test
A.8.26 | Applications have security requirements | ~ f:claims
A.8.27 | Architecture follows secure principles | ~ g:isolation t:architecture.test
A.8.28 | Code is written securely | ~ t:architecture.test c:no-way-around
A.8.29 | Security is tested while building and before acceptance | ~ f:self-test t:routes.test
A.8.30 | Outsourced development is directed |
A.8.31 | Development, test and production are apart | ~ f:production
A.8.32 | Changes are managed |
A.8.33 | Test information is protected | ~ f:self-test
A.8.34 | Audits do not disturb systems | ~ f:self-test
`);
