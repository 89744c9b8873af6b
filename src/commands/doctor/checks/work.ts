import { asLogin } from '../../../database/as-login.js';
import { role } from '../../../database/roles.js';
import { shared } from '../../../database/shared.js';
import { silentMinutes } from '../../../features/status/component.js';
import { findAges } from '../../../features/status/queries.js';
import { plural } from '../../../http/wording.js';
import { findQueueLag } from '../../../jobs/queries.js';
import { type Check, type Deployment, type Finding, failure, note, ok, warning } from '../finding.js';

const minute = 60;
const late = 5 * minute;
const tooLate = 60 * minute;
const mailPatience = 15 * minute;

export const work: Check = {
  id: 'work',
  title: 'Background work',
  needsDatabase: true,
  async examine(deployment) {
    const ages = await findAges(shared());
    const lag = await asLogin(role.worker, findQueueLag);
    return [worker(ages.probe), queue(lag), ...mails(ages.mail, deployment)];
  },
};

const start =
  'Start the worker (dist/src/worker.js), or a server without PROCESS_ROLE=web; its log says why it stopped.';

function worker(secondsAgo: number | null): Finding {
  if (secondsAgo === null) return note('No worker has looked around yet; a new one does within five minutes.');
  if (secondsAgo <= silentMinutes * minute) return ok('A worker runs.');
  return failure(`No worker was heard for ${plural(Math.round(secondsAgo / minute), 'minute')}.`, start);
}

function queue({ seconds, givenUp }: Awaited<ReturnType<typeof findQueueLag>>): Finding {
  const says = `The oldest job that is due waits for ${plural(Math.round(seconds / minute), 'minute')}.`;
  if (seconds >= tooLate) return failure(says, start);
  if (seconds >= late) return warning(says, 'Add a worker on another machine, or wait: is a large import under way?');
  if (givenUp === 0) return ok('No job waits long, none was given up.');
  const todo = 'The log of the worker says why, by the name of each job.';
  return warning(`${plural(givenUp, 'job')} failed until no more tries were left.`, todo);
}

function mails(seconds: number | null, { settings }: Deployment): Finding[] {
  if (!settings.SMTP_URL || (seconds ?? 0) < mailPatience) return [];
  const says = `A mail waits for ${plural(Math.round((seconds ?? 0) / minute), 'minute')}.`;
  return [failure(says, 'Look at Mail below: the server does not take them, or no worker runs.')];
}
