import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { projectPath } from '../../config.js';
import { bytes } from '../../http/wording.js';
import { mendingDays, reviewDays, updatingDays } from '../assurance/components/windows.js';
import { clocks } from '../disclosure/clocks.js';
import { limits as mailLimits } from '../disclosure/intake/message.js';
import { places } from '../security/destinations.js';
import { neverStored, storedByWorkspace } from '../security/storage.js';
import { keptDays, probeMinutes } from '../status/component.js';
import { configurationFacts } from './facts/configuration.js';
import { cookies } from './facts/cookies.js';
import { costly, limitFacts } from './facts/costly.js';
import { cryptographicUses, keys } from './facts/cryptography.js';
import { fieldFacts } from './facts/fields.js';
import { combined, formats } from './facts/input.js';
import { rightsFacts } from './facts/rights.js';
import { signInFacts } from './facts/sign-in.js';
import { wayFacts } from './facts/ways-in.js';
import { workFacts } from './facts/work.js';

const Package = z.object({ version: z.string(), engines: z.object({ node: z.string(), npm: z.string() }) });

export type Facts = ReturnType<typeof gather>;
let known: Facts | undefined;

/** What the guides say in numbers, names and lists, from the code that decides. Asked for when all routes are mounted. */
export function facts(): Facts {
  known ??= gather();
  return known;
}

function gather() {
  const { version, engines } = Package.parse(JSON.parse(readFileSync(projectPath('package.json'), 'utf8')));
  return {
    product: { version, ...engines },
    signIn: signInFacts(),
    ways: wayFacts(),
    rights: rightsFacts(),
    fields: fieldFacts(),
    work: workFacts(),
    configuration: configurationFacts(),
    cookies,
    input: { formats, combined },
    limits: limitFacts(),
    costly,
    cryptography: { uses: cryptographicUses, keys },
    components: { mendingDays, updatingDays, reviewDays },
    destinations: places,
    stored: { tables: storedByWorkspace(), never: neverStored },
    status: { days: keptDays, minutes: probeMinutes },
    reports: {
      answerHours: clocks.acknowledgement,
      settledDays: clocks.resolution / 24,
      largestMail: bytes(mailLimits.mailBytes),
      attachments: mailLimits.attachments,
    },
  };
}
