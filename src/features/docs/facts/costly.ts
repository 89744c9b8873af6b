import { type KnownLimit, knownLimits } from '../../../http/rate-limit.js';
import { plural } from '../../../http/wording.js';

interface Costly {
  readonly what: string;
  readonly costs: string;
  readonly bounds: string;
  /** Names of limits that count it. */
  readonly limits: readonly string[];
}

/** V15.1.3: what takes much time, memory or money, and what keeps it from taking everybody's. */
export const costly: readonly Costly[] = [
  {
    what: 'Hashing a password',
    costs: 'A quarter of a second of one core',
    bounds: 'In threads of their own, few at once and a short queue; then 429',
    limits: ['sign-in', 'password-change', 'sign-up-form'],
  },
  {
    what: 'Reading an uploaded document',
    costs: 'Seconds, hundreds of megabytes',
    bounds: 'Size before it is read; a child process with a limit of time and memory that can be killed; a queue',
    limits: ['knowledge', 'conversation-files'],
  },
  {
    what: 'Fetching an address',
    costs: 'Up to 20 seconds',
    bounds: 'Size, time, redirects; public hosts only',
    limits: ['knowledge-fetch'],
  },
  {
    what: 'Embedding text, offline',
    costs: 'A core while it lasts',
    bounds: 'One process beside, a bounded queue',
    limits: ['knowledge'],
  },
  {
    what: 'Answers of models',
    costs: 'Money, up to minutes',
    bounds: 'The workspace’s limits by month, steps and tokens of one answer, time to the first word and altogether',
    limits: ['agent-trial'],
  },
  {
    what: 'Searching conversations and knowledge',
    costs: 'Tens of milliseconds, growing with the text',
    bounds: 'Length of a question, number of words, hits that are weighed',
    limits: [],
  },
  { what: 'Drawing Markdown', costs: 'Milliseconds', bounds: 'Length and number of marks', limits: ['page-preview'] },
  {
    what: 'Exports and own data',
    costs: 'Minutes, and room on the disk',
    bounds: 'Jobs, one at a time for a workspace; written in parts; deleted after a day',
    limits: ['workspace-export', 'own-data', 'audit-export', 'usage-export'],
  },
  { what: 'The self-test', costs: 'About a minute', bounds: 'A job', limits: ['self-tests'] },
  {
    what: 'Checking all claims',
    costs: 'Seconds',
    bounds: 'Once an hour, and by whoever is signed in',
    limits: ['security-checks'],
  },
  {
    what: 'Taking a report in by mail',
    costs: 'Memory of the mail’s size, seconds',
    bounds: 'Size, heads and recipients before parsing; a child that can be killed; few connections at once',
    limits: ['security-reports', 'security-report-messages'],
  },
  {
    what: 'Making and deleting workspaces',
    costs: 'Seconds of the database',
    bounds: 'Schemas are made ahead; one act at a time',
    limits: ['workspaces', 'workspace-deletion'],
  },
];

const subject = ({ by }: KnownLimit) =>
  ({ address: 'a network', account: 'an account', other: 'what is asked for' })[by];

/** V2.1.3: each limit of requests, as it was made. `120 in an hour for an account`. */
export const limitFacts = () =>
  knownLimits().map((limit) => ({
    ...limit,
    words: `${limit.max} in ${spanOf(limit.seconds)} for ${subject(limit)}`,
  }));

function spanOf(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? 'an hour' : plural(seconds / 3600, 'hour');
  return seconds === 60 ? 'a minute' : plural(seconds / 60, 'minute');
}
