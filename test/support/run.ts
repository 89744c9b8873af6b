import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { spec } from 'node:test/reporters';
import { projectPath } from '../../src/config.js';
import { startCluster } from './database.js';
import { entryOf, type Group, groupsOf } from './groups.js';
import { runFiles } from './run-file.js';
import { keepLogs, searchRun } from './run-search.js';

/** Runs every test file, four processes at a time, against one Postgres cluster. Names after `--` narrow the run down. */
const wanted = process.argv.slice(2);
const narrowed = wanted.length > 0;
const names = (readdirSync(projectPath('test'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => !narrowed || wanted.some((part) => name.includes(part)))
  .sort((one, other) => weight(one) - weight(other) || (one < other ? -1 : 1));
const groups = mixed(groupsOf(names, narrowed ? 1 : 8)).map(entryOf);

/** The longest first, so that none of them is what everybody waits for at the end. */
function weight(name: string): number {
  const heavy = ['views/', 'browser/', 'commands/', 'knowledge/', 'routes', 'pages.test.ts', 'browser.test.ts'];
  heavy.push('conversations/', 'outside/', 'disclosure/', 'nginx/app', 'server/');
  return heavy.some((part) => name.includes(part)) ? 0 : 1;
}

/** Every other one with a browser while there are any: four browsers at once would wait for each other. */
function mixed(all: readonly Group[]): Group[] {
  const shows = ({ files }: Group) => files.some((name) => /browser|views|outside\/pages|injection/.test(name));
  const [one, other] = [all.filter(shows), all.filter((group) => !shows(group))];
  return Array.from({ length: Math.max(one.length, other.length) }, (_, at) => [one[at], other[at]])
    .flat()
    .filter((group) => group !== undefined);
}

const programs = { nginx: 'the Nginx tests', chromium: 'the browser tests', dovecot: 'the mailbox on Dovecot' };
const missing = Object.entries(programs).filter(([name]) => !isInstalled(name));
// Dovecot shows again what our own server for the tests shows.
const required = missing.map(([name]) => name).filter((name) => name !== 'dovecot');
if (required.length > 0 && process.env.CI === 'true') {
  console.error(`Missing here, and required when CI=true: ${required.join(', ')}`);
  process.exit(1);
}

keepLogs();
const cluster = await startCluster({ wholeRun: true });
process.env.TEST_CLUSTER_URL = cluster.url;
// Every process has its own folder and port, and the defaults of its own choice.
for (const name of ['VAR_DIR', 'PORT', 'BASE_URL', 'TRUST_PROXY', 'EMBEDDER', 'UPLOAD_MAX_MB'])
  delete process.env[name];
// Positions in the source cost every process a fifth of its start: they are there when somebody looks for something.
if (wanted.length > 0) process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`;
const report = new spec();
report.pipe(process.stdout, { end: false });
const outcomes = await runFiles(groups, { atOnce: 4, report });
// Where a browser or a program came too late on a busy machine: whoever failed beside others has it for itself once.
const unsteady = narrowed ? [] : [...outcomes].filter(([, { failed }]) => failed > 0).map(([file]) => file);
for (const [file, outcome] of await runFiles(unsteady, { atOnce: 1, report })) outcomes.set(file, outcome);
await new Promise<void>((resolve) => report.once('end', resolve).end());

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const outcome of outcomes.values())
  for (const key of ['passed', 'failed', 'skipped'] as const) counts[key] += outcome[key];
await searchRun(cluster.url, counts);
await cluster.stop();

for (const [name, tests] of missing) console.log(`NOT RUN: ${tests}, because ${name} is not installed here.`);
for (const file of unsteady)
  console.log(
    `ONCE MORE: ${relative(projectPath('dist', 'test'), file)} failed beside others; what counts is how it went alone.`,
  );
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

function isInstalled(name: string): boolean {
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/usr/local/sbin');
  const names = name === 'chromium' ? [name, 'google-chrome', 'google-chrome-stable'] : [name];
  return folders.some((folder) => names.some((candidate) => existsSync(join(folder, candidate))));
}
