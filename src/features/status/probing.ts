import { performance } from 'node:perf_hooks';
import { request } from 'undici';
import { config } from '../../config.js';
import { shared, sharedTransaction } from '../../database/shared.js';
import { mailIsCaptured } from '../../mail/captured-page.js';
import { type ComponentName, components, type Probe, type State, silentMinutes } from './component.js';
import { deleteOldProbes, findAges, insertProbe } from './queries.js';

const waitMs = 5000;
const slowMs = 1000;
/** A mail that waits longer than this has met a mail server that does not take it. */
const mailPatience = 15 * 60;

/** The worker's look at everything; that it looks is what says that background work runs. */
export async function probeAll(): Promise<void> {
  const found = [await probeWeb(), await probeDatabase(), { component: 'jobs', state: 'up', milliseconds: 0 } as const];
  const probes: Probe[] = [...found, await probeMail()];
  await sharedTransaction(async (db) => {
    for (const probe of probes) await insertProbe(db, probe);
    await deleteOldProbes(db);
  });
}

export interface Standing {
  readonly component: ComponentName;
  readonly name: string;
  readonly state: State;
  readonly says: string;
}

/** What holds at this moment, looked at by the process that answers. Rejects when the database is away. */
export async function standings(): Promise<Standing[]> {
  const database = await probeDatabase();
  const { probe, mail } = await findAges(shared());
  const silent = probe === null || probe > silentMinutes * 60;
  const stuck = !mailIsCaptured() && mail !== null && mail > mailPatience;
  return [
    standing('web', 'up', 'You are reading this.'),
    standing('database', database.state, `It answered in ${Math.round(database.milliseconds)} ms.`),
    silent
      ? standing(
          'jobs',
          'down',
          'Nothing was heard of it lately. Documents are not read and mails are not sent meanwhile.',
        )
      : standing('jobs', 'up', 'Documents are read and mails are sent.'),
    stuck
      ? standing('mail', 'down', 'Mails have been waiting for more than a quarter of an hour.')
      : standing('mail', 'up', mailIsCaptured() ? 'Mails are kept on this machine.' : 'No mail waits long.'),
  ];
}

function standing(component: ComponentName, state: State, says: string): Standing {
  return { component, name: components[component], state, says };
}

async function timed(component: ComponentName, work: () => Promise<unknown>): Promise<Probe> {
  const started = performance.now();
  const well = await work().then(
    () => true,
    () => false,
  );
  const milliseconds = performance.now() - started;
  return { component, milliseconds, state: well ? (milliseconds > slowMs ? 'slow' : 'up') : 'down' };
}

const probeDatabase = () => timed('database', () => findAges(shared()));

/** By its public address, as people reach it. */
const probeWeb = () =>
  timed('web', async () => {
    const { statusCode, body } = await request(`${config().origin}/ready`, {
      headersTimeout: waitMs,
      bodyTimeout: waitMs,
    });
    await body.dump({ limit: 10_000 });
    if (statusCode !== 200) throw new Error(`/ready answered ${statusCode}`);
  });

async function probeMail(): Promise<Probe> {
  const { mail } = await findAges(shared());
  const stuck = !mailIsCaptured() && mail !== null && mail > mailPatience;
  return { component: 'mail', state: stuck ? 'down' : 'up', milliseconds: 0 };
}
