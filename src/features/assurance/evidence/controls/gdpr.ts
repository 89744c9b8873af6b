import { controlsIn } from '../control.js';

/** Regulation (EU) 2016/679, the articles that software has a part in. */
export const gdpr = controlsIn(`
Art. 5(1)(a) | Data is processed lawfully, fairly and openly | ~ g:what-is-stored
Art. 5(1)(b) | Data is used for the purpose it was collected for | ~ f:parties g:what-is-stored
Art. 5(1)(c) | No more data than needed | ~ f:never-stored g:what-is-stored
Art. 5(1)(d) | Data is accurate and can be put right | ~ t:features/accounts/profile
Art. 5(1)(e) | Data is kept no longer than needed | ~ f:retention c:uploads-leave
Art. 5(1)(f) | Integrity and confidentiality | ~ c:workspaces-apart c:sealed-content c:tls f:self-test
Art. 5(2) | Compliance can be demonstrated | ~ f:claims f:audit-events
Art. 6 | There is a lawful basis |
Art. 7 | Consent can be shown and withdrawn |
Art. 9 | Special categories are processed on special grounds only |
Art. 12 | Information is given plainly and in time | ~ g:what-is-stored
Art. 13 | People are told when data is collected from them | ~ g:what-is-stored
Art. 14 | People are told of data that others gave | ~ g:what-is-stored
Art. 15 | People get access to their data | ~ t:features/accounts/profile
Art. 16 | People can have data put right | ~ t:features/accounts/profile
Art. 17 | People can have data erased | ~ f:deletions t:features/workspaces/deletion
Art. 18 | People can have processing restricted |
Art. 19 | Who got the data is told of corrections, erasure and restriction |
Art. 20 | People can take their data along | ~ t:features/accounts/profile t:features/exports
Art. 21 | People can object | ~ t:features/notifications
Art. 22 | No decision by a machine alone where it matters | ~ f:approvals f:decisions t:features/decisions
Art. 24 | The controller takes fitting measures | ~ f:open-risks
Art. 25 | Data protection by design and by default | ~ c:workspaces-apart c:nothing-foreign f:never-stored
Art. 28 | Processors are bound and chosen with care | ~ f:parties
Art. 30 | Processing is recorded | ~ f:audit-events g:what-is-stored
Art. 32(1)(a) | Pseudonymisation and encryption | ~ c:sealed-content c:tls c:database-connection f:keys
Art. 32(1)(b) | Lasting confidentiality, integrity, availability and resilience | ~ c:audit-append-only c:limits t:server/outage
Art. 32(1)(c) | Availability can be restored in time | ~ g:running
Art. 32(1)(d) | Measures are tested regularly | f:self-test f:claims
Art. 32(4) | People act on instruction only | ~ f:roles f:audit-events
Art. 33 | Breaches are reported to the authority within 72 hours | ~ f:refusals f:disclosure
Art. 34 | People are told of breaches that put them at high risk |
Art. 35 | Impact is assessed beforehand |
Art. 37 | A data protection officer is named |
Art. 44 | Data leaves for third countries only under the conditions of chapter V | ~ f:parties f:region
`);
