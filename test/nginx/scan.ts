import { parseArgs } from 'node:util';
import { projectPath } from '../../src/config.js';
import { openTestDatabase } from '../support/database.js';
import { type Edge, freePort, hasNginx, startEdge } from './edge.js';
import { nmap, observatory, type Report, sslscan, type Target, testssl, whereIs } from './scanners.js';
import { isFree, weakened } from './weakened.js';

/**
 * Scanners from outside against nginx/ as it is shipped, with the application behind it: `npm run edge:scan`, and with
 * testssl.sh, which takes minutes, `npm run edge:testssl`. Each scans an edge with planted holes as well: one that finds
 * nothing there has shown nothing. Ends with 1 on a finding, and on a hole that was not found.
 *
 *   --observatory FOLDER   where the MDN HTTP Observatory was installed by hand (scanners.ts says how); needs root
 *   --testssl PROGRAM      testssl.sh, when it is not in the PATH
 *   --control              the planted holes alone
 */
const { values } = parseArgs({
  options: {
    observatory: { type: 'string' },
    testssl: { type: 'string' },
    long: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
  },
});

type Scanner = (target: Target) => Promise<Report>;
const scanners = new Map<string, Scanner>();
const leftOut: string[] = [];
const wellKnown = { name: 'localhost', http: 80, https: 443 };
const hasWellKnown = (await isFree(wellKnown.http)) && (await isFree(wellKnown.https));

if (!hasNginx) throw new Error('nginx is not installed here: there is nothing to scan');
if (values.long) offer('testssl.sh', values.testssl ?? whereIs('testssl.sh') ?? whereIs('testssl'), testssl);
else {
  offer('nmap ssl-enum-ciphers', whereIs('nmap'), nmap);
  offer('sslscan', whereIs('sslscan'), sslscan);
  if (values.observatory && !hasWellKnown) leftOut.push('MDN HTTP Observatory: 127.0.0.1:80 and :443 cannot be had');
  else offer('MDN HTTP Observatory', values.observatory, observatory);
}

const port = await freePort();
const place = hasWellKnown ? wellKnown : undefined;
const rows: Record<string, string>[] = [];
let bad = scanners.size === 0;

await withApplication(async () => {
  if (!values.control)
    await scan('as shipped', await startEdge({ upstream: port, place, shows: projectPath('public') }));
  await scan('planted holes', await startEdge({ upstream: port, place, ...weakened() }));
});
console.table(rows);
for (const what of leftOut) console.log(`LEFT OUT: ${what}`);
console.log(bad ? 'There are findings.' : `Clean: ${[...scanners.keys()].join(', ')}.`);
process.exit(bad ? 1 : 0);

function offer(name: string, where: string | undefined, scanner: (target: Target, where: string) => Promise<Report>) {
  if (where === undefined) leftOut.push(`${name}: it is not installed here, or nobody said where`);
  else scanners.set(name, (target) => scanner(target, where));
}

/** The application learns its address once, so it is told that of the edge before either starts. */
async function withApplication(work: () => Promise<void>): Promise<void> {
  const origin = place ? `https://${place.name}` : 'https://bailiwick.test';
  Object.assign(process.env, { BASE_URL: origin, TRUST_PROXY: '127.0.0.1' });
  const database = await openTestDatabase({ tenants: 0 });
  const { createApp } = await import('../../src/app.js');
  const { startServer } = await import('../../src/http/server-lifecycle.js');
  const server = await startServer(createApp(), { host: '127.0.0.1', port });
  await work();
  await server.stop();
  await database.close();
}

async function scan(what: string, edge: Edge): Promise<void> {
  const planted = what !== 'as shipped';
  for (const [name, scanner] of scanners) {
    const { says, findings } = await scanner({ name: edge.name, port: edge.https, caFile: edge.caFile });
    const isWrong = planted === (findings.length === 0);
    bad ||= isWrong;
    rows.push({ edge: what, scanner: name, says, result: isWrong ? 'WRONG' : planted ? 'found' : 'clean' });
    for (const finding of planted ? findings.slice(0, 3) : findings) console.log(`${what}, ${name}: ${finding}`);
    if (planted && findings.length === 0) console.log(`${what}, ${name}: it missed them all`);
  }
  await edge.stop();
}
