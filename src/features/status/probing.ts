import { performance } from 'node:perf_hooks';
import { request } from 'undici';
import { config } from '../../config.js';
import { shared, sharedTransaction } from '../../database/shared.js';
import { log } from '../../log.js';
import { mailIsCaptured } from '../../mail/captured-page.js';
import { type ComponentName, components, type Probe, type State, silentMinutes } from './component.js';
import { type Ages, deleteOldProbes, findAges, insertProbe } from './queries.js';

const waitMs = 5000;
const slowMs = 1000;
/** A mail that waits longer than this has met a mail server that does not take it. */
const mailPatience = 15 * 60;

/** The worker's look at everything; that it looks is what says that background work runs. */
export async function probeAll(): Promise<void> {
  const web = await timed('web', askReady);
  const { probe: database, ages } = await probeDatabase();
  const mail = isMailStuck(ages) ? 'down' : 'up';
  const probes: readonly Probe[] = [
    ...[web, database],
    { component: 'jobs', state: 'up', milliseconds: 0 },
    { component: 'mail', state: mail, milliseconds: 0 },
  ];
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

/** What holds at this moment, looked at by the process that answers. Without the database little can be said. */
export async function standings(): Promise<Standing[]> {
  const { probe, ages } = await probeDatabase();
  const web = standing('web', 'up', 'You are reading this.');
  if (!ages) {
    const unknown = 'It cannot be looked at without the database.';
    const away = standing('database', 'down', 'It does not answer. Nothing can be opened or saved meanwhile.');
    return [web, away, standing('jobs', 'down', unknown), standing('mail', 'down', unknown)];
  }
  const silent = ages.probe === null || ages.probe > silentMinutes * 60;
  const quiet = 'Nothing was heard of it lately. Documents are not read and mails are not sent meanwhile.';
  return [
    ...[web, standing('database', probe.state, `It answered in ${Math.round(probe.milliseconds)} ms.`)],
    silent ? standing('jobs', 'down', quiet) : standing('jobs', 'up', 'Documents are read and mails are sent.'),
    isMailStuck(ages)
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
    (error: unknown) => {
      log().warn({ err: error, component }, 'a part of the installation does not answer');
      return false;
    },
  );
  const milliseconds = performance.now() - started;
  return { component, milliseconds, state: well ? (milliseconds > slowMs ? 'slow' : 'up') : 'down' };
}

/** With what it said, unless it said nothing. */
async function probeDatabase(): Promise<{ probe: Probe; ages: Ages | undefined }> {
  let ages: Ages | undefined;
  const probe = await timed('database', async () => {
    ages = await findAges(shared());
  });
  return { probe, ages };
}

/** By its public address, as people reach it. */
async function askReady(): Promise<void> {
  const { statusCode, body } = await request(`${config().origin}/ready`, {
    headersTimeout: waitMs,
    bodyTimeout: waitMs,
  });
  await body.dump({ limit: 10_000 });
  if (statusCode !== 200) throw new Error(`/ready answered ${statusCode}`);
}

function isMailStuck(ages: Ages | undefined): boolean {
  return !mailIsCaptured() && (ages?.mail ?? 0) > mailPatience;
}
