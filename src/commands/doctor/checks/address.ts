import { ask } from '../../../features/security/claims/answers.js';
import { type Check, type Deployment, type Finding, failure, isLocal, note, ok, warning } from '../finding.js';
import { apart } from './clock.js';

const loopback = new Set(['127.0.0.1', 'localhost', '::1']);

export const address: Check = {
  id: 'address',
  title: 'Address',
  async examine(deployment) {
    return [...scheme(deployment), ...proxy(deployment), ...(await answer(deployment))];
  },
};

function scheme(deployment: Deployment): Finding[] {
  const { origin } = deployment.settings;
  if (origin.startsWith('https:')) return [ok(`People open ${origin}.`)];
  if (isLocal(deployment)) return [note(`People open ${origin}: plain HTTP is fine as nobody else can reach it.`)];
  const todo =
    'Put Nginx with a certificate before it (guide "From a clean Debian to TLS"), and set BASE_URL to https.';
  return [failure(`People open ${origin} over plain HTTP: everybody on the way reads along.`, todo)];
}

function proxy({ settings: { origin, TRUST_PROXY, HOST, PORT } }: Deployment): Finding[] {
  if (origin.startsWith('https:') && TRUST_PROXY.length === 0) {
    const says = 'Nobody’s X-Forwarded-Proto is believed, so cookies are withheld and nobody can sign in.';
    return [failure(says, 'Set TRUST_PROXY to the address of the proxy, such as 127.0.0.1.')];
  }
  if (TRUST_PROXY.length === 0) return [];
  const all = TRUST_PROXY.filter((range) => /\/0$/.test(range));
  if (all.length > 0) {
    const says = 'Everybody’s X-Forwarded-For is believed: callers choose the address that they are limited by.';
    return [failure(says, 'Set TRUST_PROXY to the address of the proxy alone.')];
  }
  if (loopback.has(HOST)) return [ok('Only this machine reaches the program past the proxy.')];
  return [
    note(`It listens on ${HOST}:${PORT}.`, 'Let only the proxy reach that port, by a firewall or a private network.'),
  ];
}

async function answer(deployment: Deployment): Promise<Finding[]> {
  const { origin } = deployment.settings;
  try {
    const { status, headers } = await ask(origin, '/ready');
    return [
      status === 200
        ? ok(`${origin} answers and may be sent requests.`)
        : failure(`${origin}/ready answers ${status}.`, 'The log of the server says what is missing; so does /status.'),
      ...edgeClock(headers.date, deployment.now()),
    ];
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const says = `Nobody answers at ${origin}${why}.`;
    if (isLocal(deployment)) return [warning(says, 'npm start')];
    const todo = 'Start the server; else look at its name in the DNS, the firewall, and the proxy before it.';
    return [failure(says, todo)];
  }
}

function edgeClock(date: string | undefined, now: number): Finding[] {
  const seconds = date === undefined ? 0 : (Date.parse(date) - now) / 1000;
  if (!(Math.abs(seconds) > 60)) return [];
  return [
    warning(`The clock of what answers there is ${apart(seconds)}.`, 'Turn on time synchronisation on both machines.'),
  ];
}
