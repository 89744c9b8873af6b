import { controlsIn } from '../control.js';

/** AICPA Trust Services Criteria (2017, points of focus revised 2022), common criteria. */
export const soc2 = controlsIn(`
CC1.1 | The organisation stands by integrity and ethical values |
CC1.2 | A board oversees internal control |
CC1.3 | Structures, reporting lines and authorities are set up | ~ f:roles g:authorization
CC1.4 | Able people are found, trained and kept |
CC1.5 | People answer for their part in control | ~ f:audit-events c:audit-append-only
CC2.1 | Good information is there for control to work | ~ f:audit-events g:audit
CC2.2 | Objectives and duties are told inside | ~ g:what-agents-may-do g:people-and-roles
CC2.3 | Matters of control are told to outsiders | ~ g:isolation t:features/disclosure
CC3.1 | Objectives are clear enough to judge risks by |
CC3.2 | Risks are found and analysed | ~ f:open-risks
CC3.3 | Fraud is thought of | ~ f:approvals t:injection
CC3.4 | Changes that could matter are noticed | ~ f:self-test
CC4.1 | Controls are evaluated, ongoing and apart | ~ f:claims f:self-test
CC4.2 | Shortcomings are told to who must act | ~ f:open-risks
CC5.1 | Controls are chosen that bring risks down | ~ f:claims
CC5.2 | General controls over technology are chosen | ~ c:workspaces-apart c:logins-own-nothing
CC5.3 | Policies say what is expected and procedures do it | ~ f:sign-in-policy f:approvals
CC6.1 | Logical access to information is limited | ~ c:workspaces-apart c:no-way-around c:sealed-content f:self-test t:tenancy/isolation
CC6.2 | People are registered before they get access, and lose it | ~ f:members t:features/members t:features/accounts/sign-up
CC6.3 | Access follows role, least privilege and separation of duties | ~ f:roles t:routes.test t:features/roles
CC6.4 | Physical access to facilities is limited |
CC6.5 | Equipment loses its protection only when the data on it can no longer be read | ~ f:deletions t:features/workspaces/deletion
CC6.6 | Threats from outside the boundary are met | ~ c:tls c:headers c:limits c:forged-forms t:http/outgoing
CC6.7 | Moving and removing information is limited and protected | ~ c:tls c:database-connection c:mail-transport f:approvals
CC6.8 | Unauthorised or harmful software is prevented or found | ~ c:uploads-leave t:features/knowledge/extraction
CC7.1 | Changes of configuration and new weaknesses are looked for | ~ f:claims f:self-test f:components-review
CC7.2 | Anomalies are watched for | ~ f:refusals f:audit-events
CC7.3 | Security events are judged | ~ f:refusals f:disclosure
CC7.4 | Incidents are answered by a defined process | ~ f:disclosure t:features/status
CC7.5 | Recovery from incidents is planned and done | ~ g:running t:server/outage
CC8.1 | Changes are authorised, tested and approved | ~ t:architecture.test t:routes.test
CC9.1 | Risks of an interrupted business are reduced | ~ t:server/outage t:features/conversations/crash
CC9.2 | Risks of vendors and partners are managed | ~ f:parties
`);
