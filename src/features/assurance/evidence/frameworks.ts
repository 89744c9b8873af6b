import type { Framework } from './control.js';
import { asvsAccess } from './controls/asvs-access.js';
import { asvsGround } from './controls/asvs-ground.js';
import { asvsInput } from './controls/asvs-input.js';
import { gdpr } from './controls/gdpr.js';
import { hipaa } from './controls/hipaa.js';
import { iso27001 } from './controls/iso27001.js';
import { soc2 } from './controls/soc2.js';

/** In the order of the pack. */
export const frameworks: readonly Framework[] = [
  {
    ...{ id: 'soc2', name: 'SOC 2', scope: 'Trust services criteria of the AICPA, the common criteria.' },
    controls: soc2,
  },
  { id: 'iso27001', name: 'ISO/IEC 27001:2022', scope: 'The controls of annex A.', controls: iso27001 },
  {
    id: 'gdpr',
    name: 'GDPR',
    scope: 'Articles of Regulation (EU) 2016/679 that software has a part in.',
    controls: gdpr,
  },
  { id: 'hipaa', name: 'HIPAA security rule', scope: '45 CFR part 164, subpart C.', controls: hipaa },
  {
    ...{ id: 'asvs', name: 'OWASP ASVS 5.0', scope: 'All requirements of the levels 1 and 2.' },
    controls: [...asvsInput, ...asvsAccess, ...asvsGround],
  },
];
