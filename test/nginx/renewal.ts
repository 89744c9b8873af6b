import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Authority, startAuthority } from './acme.js';
import { ask } from './ask.js';
import { type Certbot, newCertbot } from './certbot-home.js';
import { type Echo, startEcho } from './echo.js';
import { type Edge, freePort, host, startEdge } from './edge.js';
import { serialServed, visitors } from './visitors.js';

export interface Step {
  readonly step: string;
  readonly says: string;
  readonly holds: boolean;
}

/** What is taken away on purpose: of the template, or of the command in the guide. */
export interface Change {
  readonly template?: (text: string) => string;
  readonly command?: (text: string) => string;
}

interface Stage extends Change {
  readonly certbot: Certbot;
  readonly authority: Authority;
  readonly echo: Echo;
  readonly place: { readonly name: string; readonly http: number; readonly https: number };
}

/** The life of a certificate behind the shipped edge: asked for, renewed, not renewed, spoilt. Ends at the first step that fails. */
export async function rehearse(change: Change = {}): Promise<Step[]> {
  const certbot = newCertbot();
  const place = { name: host, http: await freePort(), https: await freePort() };
  const authority = await startAuthority(certbot.folder, place.http);
  const echo = await startEcho();
  certbot.asks(authority);
  const steps: Step[] = [];
  try {
    for await (const step of life({ ...change, certbot, authority, echo, place })) {
      steps.push(step);
      if (!step.holds) break;
    }
  } finally {
    await echo.stop();
    await authority.stop();
    certbot.remove();
  }
  return steps;
}

async function* life(stage: Stage): AsyncGenerator<Step> {
  yield await first(stage);
  const { certificateFile, keyFile } = stage.certbot;
  const edge = await open(stage, { certificateFile, keyFile, ca: stage.authority.root });
  try {
    stage.certbot.reloads(edge.reload);
    yield* renewed(stage, edge);
    yield await tried(stage, edge);
    yield await failed(stage, edge);
    yield await spoilt(stage, edge);
  } finally {
    await edge.stop();
  }
}

function open({ template, echo, place, certbot }: Stage, certificate?: Parameters<typeof startEdge>[0]['certificate']) {
  const settings = { upstream: echo.port, place, acmeDir: certbot.webroot };
  return startEdge({ ...settings, ...(template && { edited: template }), ...(certificate && { certificate }) });
}

/** Before there is a certificate; the edge has a throw-away one. */
async function first(stage: Stage): Promise<Step> {
  const edge = await open(stage);
  stage.certbot.reloads(edge.reload);
  const { command = (text) => text } = stage;
  const said = await stage.certbot.run(command(stage.certbot.issue));
  await edge.stop();
  const holds = said === '' && existsSync(stage.certbot.certificateFile);
  return { step: 'a first certificate', says: holds ? `serial ${onDisk(stage)}` : said, holds };
}

/** By the command of Debian's timer, while people ask, write and follow a stream. */
async function* renewed(stage: Stage, edge: Edge): AsyncGenerator<Step> {
  const before = onDisk(stage);
  const served = await serialServed(edge);
  stage.certbot.makeDue();
  const people = visitors(edge);
  await people.busy();
  const said = await stage.certbot.run('certbot -q renew --no-random-sleep-on-renew');
  const takenUp = await becomes(edge, onDisk(stage));
  await people.busy();
  stage.echo.release();
  const { asked, wrong } = await people.stop();
  const quiet = wrong.length === 0;
  yield {
    step: 'nobody notices a renewal',
    says: `${asked} asked, ${wrong.length} failed ${wrong[0] ?? ''}`,
    holds: quiet,
  };
  const holds = said === '' && served === before && onDisk(stage) !== before && takenUp;
  yield { step: 'a renewal is served', says: said || `serial ${before} became ${await serialServed(edge)}`, holds };
}

async function tried(stage: Stage, edge: Edge): Promise<Step> {
  const before = onDisk(stage);
  const said = await stage.certbot.run('certbot renew --dry-run --no-random-sleep-on-renew');
  const holds = said === '' && onDisk(stage) === before && (await serialServed(edge)) === before;
  return { step: 'a dry run changes nothing', says: said, holds };
}

/** The authority finds nobody at the name. */
async function failed(stage: Stage, edge: Edge): Promise<Step> {
  const before = onDisk(stage);
  await stage.authority.leadTo('127.0.0.99');
  const said = await stage.certbot.run('certbot -q renew --no-random-sleep-on-renew');
  const holds = said !== '' && onDisk(stage) === before && (await serialServed(edge)) === before;
  return { step: 'a failed renewal keeps the old one', says: said.split('\n')[0] ?? '', holds };
}

/** What stands on the disk is no certificate any more; the hook runs all the same. */
async function spoilt({ certbot }: Stage, edge: Edge): Promise<Step> {
  const before = await serialServed(edge);
  writeFileSync(certbot.certificateFile, 'nothing');
  const said = await certbot.run('systemctl reload nginx');
  const { status } = await ask(edge, {});
  const holds = said !== '' && status === 200 && (await serialServed(edge)) === before;
  return { step: 'a spoilt file is not taken up', says: said.split('\n')[0] ?? '', holds };
}

const onDisk = ({ certbot }: Stage) => new X509Certificate(readFileSync(certbot.certificateFile)).serialNumber;

/** New workers come up while the old ones still answer. */
async function becomes(edge: Edge, serial: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await serialServed(edge).catch(() => 'none')) === serial) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
