import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '../src/database/id.js';
import { shared } from '../src/database/shared.js';
import { hashPassword, verifyPassword } from '../src/features/accounts/password.js';
import { pepper } from '../src/features/accounts/pepper.js';
import { insertAccount } from '../src/features/accounts/queries.js';
import { openTestDatabase } from '../test/support/database.js';
import { Visitor } from '../test/support/visitor.js';
import { cpuOf, startInstallation } from './installation.js';
import { median, percentile, rounded, say, slice } from './support.js';

/** Sign-ins against bcrypt's own limit, other pages meanwhile, and the session check: `npm run bench:sign-in`. */
// Tests hash at the lowest cost; here the cost is what is measured.
process.env.NODE_ENV = 'development';
const rounds = 3;
const arrivals = 20;
const password = 'violet kettle under nine lamps';

class From extends Visitor {
  readonly address: string;
  constructor(origin: string, number: number) {
    super(origin);
    this.address = `203.0.${Math.floor(number / 250)}.${(number % 250) + 1}`;
  }

  override send(path: string, init: RequestInit) {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', this.address);
    return super.send(path, { ...init, headers });
  }
}

const database = await openTestDatabase({ tenants: 0 });
const hash = await hashPassword(password, pepper());
const product = await startInstallation({ PROCESS_ROLE: 'web' });
let people = 0;

/** Somebody who has the form before them; answers how they send it, once. */
async function atTheDoor(): Promise<{ visitor: Visitor; enter: () => Promise<number> }> {
  people += 1;
  const name = `bench${people}`;
  const email = `${name}@example.org`;
  await insertAccount(shared(), { id: newId(), name, username: name, email, passwordHash: hash });
  const visitor = new From(product.origin, people);
  const _csrf = await visitor.token('/sign-in');
  const fields = { login: name, password, next: '', _csrf };
  return { visitor, enter: async () => (await visitor.post('/sign-in', fields)).status };
}

async function queueOf(count: number) {
  return Promise.all(Array.from({ length: count }, atTheDoor));
}

await throughput();
await others();
await check();
await product.stop();
await database.close();

/** In turns, so that the machine's mood meets both alike. */
async function throughput() {
  const samples: { bcrypt: number; signIns: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { rate: bcrypt } = await slice(() => verifyPassword(password, hash, pepper()), { lanes: 4, ms: 3000 });
    const waiting = await queueOf(Math.ceil(bcrypt * 3) + 12);
    const work = async () => {
      const status = await waiting.pop()?.enter();
      if (status !== 303) throw new Error(`a sign-in was answered ${status}`);
    };
    const { rate: signIns } = await slice(work, { lanes: 4, ms: 3000 });
    samples.push({ bcrypt, signIns });
  }
  say('Sign-ins, 4 at once', [
    {
      'bcrypt alone, a second': rounded(median(samples.map(({ bcrypt }) => bcrypt))),
      'sign-ins a second': rounded(median(samples.map(({ signIns }) => signIns))),
      'of the limit (goal 0.85)': rounded(median(samples.map(({ bcrypt, signIns }) => signIns / bcrypt))),
    },
  ]);
}

/** Pages that arrive thirty times a second, whether or not the one before has been answered. */
async function pagesFor(ms: number, ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const running: Promise<void>[] = [];
  for (let at = 0; at < ms; at += 33) {
    const started = performance.now();
    running.push(ask().then(() => void times.push(performance.now() - started)));
    await pause(33);
  }
  await Promise.all(running);
  return percentile(times, 0.99);
}

async function others() {
  const { visitor, enter } = await atTheDoor();
  await enter();
  const ask = async () => {
    const { status } = await visitor.get('/workspaces');
    if (status !== 200) throw new Error(`a page was answered ${status}`);
  };
  await pagesFor(1500, ask);
  const samples: { idle: number; busy: number }[] = [];
  const statuses = new Map<number, number>();
  for (let round = 0; round < rounds; round += 1) {
    const idle = await pagesFor(3000, ask);
    const waiting = await queueOf(arrivals * 3);
    const arriving = Promise.all(
      waiting.map(async ({ enter: arrive }, place) => {
        await pause((place * 1000) / arrivals);
        const status = await arrive();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
    const busy = await pagesFor(3000, ask);
    await arriving;
    samples.push({ idle, busy });
  }
  say(`A signed-in page, 30 a second, while ${arrivals} sign-ins a second arrive`, [
    {
      'p99 idle, ms': rounded(median(samples.map(({ idle }) => idle)), 1),
      'p99 busy, ms': rounded(median(samples.map(({ busy }) => busy)), 1),
      'times (goal 2)': rounded(median(samples.map(({ idle, busy }) => busy / idle))),
      'let in': statuses.get(303) ?? 0,
      'told to come back (429)': statuses.get(429) ?? 0,
    },
  ]);
}

/** An address that is not there, as JSON: all that differs is whose session it is. */
async function check() {
  const { visitor, enter } = await atTheDoor();
  await enter();
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const cost = async (headers: Record<string, string>) => {
    const before = cpuOf(product.pid);
    let count = 0;
    const ask = async () => {
      count += 1;
      await (
        await fetch(`${product.origin}/not-there`, { headers: { accept: 'application/json', ...headers } })
      ).text();
    };
    await slice(ask, { lanes: 4, ms: 1500 });
    return (cpuOf(product.pid) - before) / count;
  };
  await cost({ cookie });
  const samples: { without: number; signedIn: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    samples.push({ without: await cost({}), signedIn: await cost({ cookie }) });
  }
  say('The session check: CPU of the server for a request', [
    {
      'without a session, ms': rounded(median(samples.map(({ without }) => without)), 3),
      'signed in, ms': rounded(median(samples.map(({ signedIn }) => signedIn)), 3),
      'the check, ms': rounded(median(samples.map(({ without, signedIn }) => signedIn - without)), 3),
    },
  ]);
}
