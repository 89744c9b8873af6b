import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Config, config } from '../../config.js';
import { shared } from '../../database/shared.js';
import { type Installation, openInstallation } from '../../installation.js';
import { log, redactText } from '../../log.js';
import { address } from './checks/address.js';
import { backups } from './checks/backups.js';
import { claims } from './checks/claims.js';
import { clock } from './checks/clock.js';
import { database } from './checks/database.js';
import { machine } from './checks/machine.js';
import { mail } from './checks/mail.js';
import { program } from './checks/program.js';
import { providers } from './checks/providers.js';
import { secrets } from './checks/secrets.js';
import { securityTxt } from './checks/security-txt.js';
import { work } from './checks/work.js';
import { type Check, type Deployment, type Finding, failure, note, type Room } from './finding.js';
import { readClock } from './queries.js';
import { asJson, asText, type Section } from './report.js';

const checks: readonly Check[] = [
  ...[program, address, database, clock, work, secrets, mail, machine, backups, providers, securityTxt, claims],
];

/** `doctor [--json]`: looks at this deployment and says what to do. Ends with 1 when something fails. Changes nothing. */
export async function doctor(words: readonly string[]): Promise<void> {
  const [option, ...more] = words;
  if (more.length > 0 || (option !== undefined && option !== '--json')) throw new Error('doctor [--json]');
  const { origin, sections } = await look();
  const write = option === '--json' ? asJson : asText;
  process.stdout.write(write(origin, sections));
  const fails = sections.some(({ findings }) => findings.some(({ grade }) => grade === 'failure'));
  process.exitCode = fails ? 1 : 0;
}

async function look(): Promise<{ origin: string | undefined; sections: Section[] }> {
  let settings: Config;
  try {
    settings = config();
  } catch (error) {
    const todo = 'Every variable is in .env.example and in the guide "Configuration".';
    return { origin: undefined, sections: [opening(failure(messageOf(error), todo))] };
  }
  // Its lines would stand among ours.
  log().level = 'silent';
  const opened = await open(settings);
  if (!('close' in opened)) {
    const sections = await examineAll(deploymentOf(settings), { hasDatabase: false });
    return { origin: settings.origin, sections: [opening(opened), ...sections] };
  }
  try {
    const away = await findAway();
    const sections = await examineAll(deploymentOf(settings), { hasDatabase: away === undefined });
    return { origin: settings.origin, sections: away ? [opening(away), ...sections] : sections };
  } finally {
    await opened.close();
  }
}

/** What keeps us from the database, if anything: said once, and not by everything that needs it. */
async function findAway(): Promise<Finding | undefined> {
  try {
    await readClock(shared());
    return undefined;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (/^28/.test(code)) {
      const says = 'The database does not know the logins of this installation.';
      return failure(says, 'Run npm run db:migrate. If it was in use before: is MASTER_KEY the same as then?');
    }
    const todo = 'Look at the host, port and name in DATABASE_URL, whether Postgres runs, and the firewall before it.';
    return failure(`The database does not answer${code && ` (${code})`}.`, todo);
  }
}

const opening = (finding: Finding): Section => ({ id: 'start', title: 'Start', findings: [finding] });

async function open({ DATABASE_URL, VAR_DIR }: Config): Promise<Installation | Finding> {
  // Looking must not make what is not there.
  if (!DATABASE_URL && !existsSync(join(VAR_DIR, 'postgres'))) {
    return note('Nothing was started here yet, so there is no database to look at.', 'npm start');
  }
  try {
    return await openInstallation({ migrate: false, visiting: true });
  } catch (error) {
    return failure(`It would not start: ${messageOf(error)}`, 'Set what is named here, and run this again.');
  }
}

interface Extent {
  /** Without it the checks that need the database are left out. */
  readonly hasDatabase?: boolean;
  /** The id of one check. */
  readonly only?: string;
}

/** Whatever a check throws is a finding, too. */
export async function examineAll(
  deployment: Deployment,
  { hasDatabase = true, only }: Extent = {},
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const { id, title, needsDatabase, examine } of checks) {
    if ((needsDatabase && !hasDatabase) || (only !== undefined && only !== id)) continue;
    sections.push({ id, title, findings: await attempt(() => examine(deployment)) });
  }
  return sections;
}

async function attempt(examine: () => Promise<Finding[]> | Finding[]): Promise<Finding[]> {
  try {
    return await examine();
  } catch (error) {
    return [failure(`This could not be looked at: ${messageOf(error)}`, 'Mend what is named above first.')];
  }
}

function messageOf(error: unknown): string {
  return redactText(error instanceof Error ? error.message || error.name : String(error));
}

export function deploymentOf(settings: Config): Deployment {
  return { settings, now: Date.now, node: process.versions.node, room };
}

/** The folder, or the nearest above it that is there. */
async function room(folder: string): Promise<Room> {
  if (!existsSync(folder) && dirname(folder) !== folder) return room(dirname(folder));
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, size: blocks * bsize };
}
