import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { projectPath } from '../../src/config.js';
import { browserPath, serveBrowser } from './browser.js';
import { startCluster } from './database.js';
import { entryOf, groupsOf } from './groups.js';

/** Runs every test file, five at a time, against one Postgres cluster. Names after `--` narrow the run down. */
const wanted = process.argv.slice(2);
const names = (readdirSync(projectPath('test'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort((one, other) => weight(one) - weight(other) || (one < other ? -1 : 1));
const groups = groupsOf(names, wanted.length > 0 ? 1 : 6).map(entryOf);

/** The longest first, so that none of them is what everybody waits for at the end. */
function weight(name: string): number {
  const heavy = ['views/', 'browser/', 'commands/', 'knowledge/', 'routes', 'pages.test.ts', 'browser.test.ts'];
  return heavy.some((part) => name.includes(part)) ? 0 : 1;
}

const programs = { nginx: 'the Nginx tests', chromium: 'the browser tests' };
const missing = Object.entries(programs).filter(([name]) => !isInstalled(name));
if (missing.length > 0 && process.env.CI === 'true') {
  console.error(`Missing here, and required when CI=true: ${missing.map(([name]) => name).join(', ')}`);
  process.exit(1);
}

const concurrency = 5;
const shows = /browser|views|pages|injection/;
const cluster = await startCluster();
process.env.TEST_CLUSTER_URL = cluster.url;
const browser = browserPath && names.some((name) => shows.test(name)) ? await serveBrowser() : undefined;
if (browser) process.env.TEST_BROWSER_URL = browser.wsEndpoint();
// Every process has its own folder and port, and the defaults of its own choice.
for (const name of ['VAR_DIR', 'PORT', 'BASE_URL', 'TRUST_PROXY', 'EMBEDDER', 'UPLOAD_MAX_MB'])
  delete process.env[name];
// Positions in the source cost every process a fifth of its start: they are there when somebody looks for something.
if (wanted.length > 0) process.env.NODE_OPTIONS = '--enable-source-maps';
const counts = { passed: 0, failed: 0, skipped: 0 };

const stream = run({ files: groups, concurrency, timeout: 900_000 });
stream.on('test:pass', ({ skip, details }) => {
  if (details.type === 'suite') return;
  if (skip) counts.skipped += 1;
  else counts.passed += 1;
});
stream.on('test:fail', ({ details }) => {
  if (details.type !== 'suite') counts.failed += 1;
});
stream.compose(new spec()).pipe(process.stdout);
await new Promise((resolve) => stream.on('end', resolve));
await browser?.close();
await cluster.stop();

for (const [name, tests] of missing) console.log(`NOT RUN: ${tests}, because ${name} is not installed here.`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

function isInstalled(name: string): boolean {
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/usr/local/sbin');
  const names = name === 'chromium' ? [name, 'google-chrome', 'google-chrome-stable'] : [name];
  return folders.some((folder) => names.some((candidate) => existsSync(join(folder, candidate))));
}
