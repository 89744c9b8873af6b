import { shared } from '../../../database/shared.js';
import { type Check, type Finding, failure, ok, warning } from '../finding.js';
import { readClock } from '../queries.js';

const tolerated = 2;
const harmful = 30;
const todo = 'Turn on time synchronisation on both machines (timedatectl set-ntp true).';

export const clock: Check = {
  id: 'clock',
  title: 'Clock',
  needsDatabase: true,
  async examine({ now }) {
    const before = now();
    const theirs = (await readClock(shared())).getTime();
    // Half of the time that the question took is the best guess of when it was answered.
    return [judge((theirs - (before + now()) / 2) / 1000)];
  },
};

/** By how many seconds the database is ahead. */
function judge(seconds: number): Finding {
  const says = `The clock of the database is ${apart(seconds)}.`;
  if (Math.abs(seconds) >= harmful) {
    return failure(`${says} Codes, links and sessions end at the wrong time.`, todo);
  }
  return Math.abs(seconds) >= tolerated ? warning(says, todo) : ok('This machine and the database agree on the time.');
}

export function apart(seconds: number): string {
  return `${Math.round(Math.abs(seconds))} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine’s`;
}
