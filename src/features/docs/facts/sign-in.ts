import { platformIdleMs, platformLongestMs } from '../../../http/platform-access.js';
import { idleSeconds } from '../../../http/session-rows.js';
import { absoluteMs } from '../../../http/signed-in.js';
import { leastIdleMinutes, mostGraceDays, mostIdleMinutes } from '../../../tenancy/sign-in-policy.js';
import { linkMinutes as addressMinutes } from '../../accounts/address-change/address-change.js';
import { codeMinutes, triesPerCode } from '../../accounts/codes/code.js';
import { codesAnHour, guessesAnHour } from '../../accounts/codes/limits.js';
import { arrivalMs } from '../../accounts/outside/arrival.js';
import { journeyMs } from '../../accounts/outside/journey.js';
import { ceremonySeconds } from '../../accounts/passkeys/challenge.js';
import { mostPasskeys } from '../../accounts/passkeys/passkey.js';
import {
  contextWords,
  longestPassword,
  shortestPassword,
  shortestWithSecondFactor,
} from '../../accounts/password-rules.js';
import { freshMs } from '../../accounts/proof/fresh.js';
import { askingsAnHour } from '../../accounts/recovery/actions.js';
import { mailsPerAccount, linkMinutes as recoveryMinutes } from '../../accounts/recovery/recovery.js';
import { codesInASet } from '../../accounts/recovery-codes/recovery-code.js';
import { challengeMinutes, triesPerChallenge, trustedDays } from '../../accounts/second-step/queries.js';
import { mostListed } from '../../accounts/sessions/queries.js';
import { everywhereRule, manyRefusals, mostWaitSeconds, triesRules } from '../../accounts/sign-in/tries.js';
import { mailsPerAddress, signUpsPerNetwork } from '../../accounts/sign-up/actions.js';
import { linkMinutes as signUpMinutes } from '../../accounts/sign-up/signup.js';
import { invitationDays } from '../../members/invitations/invitation.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Counted = keyof typeof triesRules;

/** What each count of wrong tries is for. A count without words here does not compile. */
const countedBy: Readonly<Record<Counted, string>> = {
  device: 'The same name, from a browser that has signed in to this account before',
  'login and network': 'The same name, from the same network',
  network: 'Any name, from the same network',
  login: 'The same name, from all networks together',
  proof: 'Fresh proofs of one account, in an open session',
};

/** Numbers of sign-ins and sessions, each from the line of code that enforces it. */
export const signInFacts = () => ({
  passwords: {
    shortest: shortestPassword,
    shortestWithSecondFactor,
    longest: longestPassword,
    contextWords: Object.keys(contextWords),
  },
  sessions: {
    idleMinutes: idleSeconds / 60,
    longestHours: absoluteMs / hourMs,
    freshMinutes: freshMs / minuteMs,
    leastIdleMinutes,
    mostIdleMinutes,
    mostGraceDays,
    listed: mostListed,
    consoleIdleMinutes: platformIdleMs / minuteMs,
    consoleHours: platformLongestMs / hourMs,
  },
  codes: { minutes: codeMinutes, tries: triesPerCode, guessesAnHour, mailedAnHour: codesAnHour },
  secondStep: { minutes: challengeMinutes, tries: triesPerChallenge, trustedDays },
  recoveryCodes: { inASet: codesInASet },
  passkeys: { most: mostPasskeys, minutes: ceremonySeconds / 60 },
  outside: { journeyMinutes: journeyMs / minuteMs, arrivalMinutes: arrivalMs / minuteMs },
  links: { signUpMinutes, recoveryMinutes, addressMinutes, invitationDays },
  recovery: { mailsAnHour: mailsPerAccount.most, askings: askingsAnHour },
  signUps: { perNetworkAnHour: signUpsPerNetwork, mailsAnHour: mailsPerAddress },
  tries: {
    rows: Object.entries(triesRules).map(([name, { free, forgetSeconds }]) => ({
      name,
      what: countedBy[name as Counted],
      free,
      forgetHours: forgetSeconds / 3600,
    })),
    mostWaitMinutes: mostWaitSeconds / 60,
    everywhere: everywhereRule,
    many: { failures: manyRefusals.failures, hours: manyRefusals.withinSeconds / 3600 },
  },
});
