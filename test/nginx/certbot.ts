import { parseArgs } from 'node:util';
import { hasNginx } from './edge.js';
import { type Change, rehearse } from './renewal.js';
import { whereIs } from './scanners.js';

/**
 * The real Certbot, by the commands of the guide, against Pebble and nginx/ as it is shipped: `npm run edge:certbot`.
 * The same once more with something taken away on purpose, where it must fail. Ends with 1 when anything is otherwise.
 *
 *   --control    what is taken away alone
 */
const { values } = parseArgs({ options: { control: { type: 'boolean', default: false } } });

const missing = ['certbot', 'pebble', 'pebble-challtestsrv'].filter((program) => whereIs(program) === undefined);
if (!hasNginx) missing.push('nginx');
if (missing.length > 0)
  throw new Error(`NOT RUN: ${missing.join(', ')} must be installed (apt install certbot pebble nginx)`);

const changes: { readonly what: string; readonly change: Change; readonly breaks: string }[] = [
  {
    what: 'without the place for challenges',
    change: { template: (text) => text.replace('/.well-known/acme-challenge/', '/elsewhere/') },
    breaks: 'a first certificate',
  },
  {
    what: 'without the hook',
    change: { command: (text) => text.replace(/ --deploy-hook "[^"]*"/, '') },
    breaks: 'a renewal is served',
  },
  {
    what: 'with a hook that stops',
    change: { command: (text) => text.replace('systemctl reload nginx', 'systemctl stop nginx') },
    breaks: 'nobody notices a renewal',
  },
];

const rows: Record<string, string>[] = [];
let bad = false;
if (!values.control) {
  for (const { step, says, holds } of await rehearse()) {
    bad ||= !holds;
    rows.push({ edge: 'as shipped', step, says, result: holds ? 'holds' : 'WRONG' });
  }
}
for (const { what, change, breaks } of changes) {
  const found = (await rehearse(change)).find(({ holds }) => !holds);
  const isFound = found?.step === breaks;
  bad ||= !isFound;
  rows.push({ edge: what, step: found?.step ?? 'all', says: found?.says ?? '', result: isFound ? 'found' : 'WRONG' });
}
for (const row of rows) row.says = (row.says ?? '').split('\n')[0]?.slice(0, 90) ?? '';
console.table(rows);
console.log(bad ? 'Something is not as it should be.' : 'Certificates are issued, renewed and taken up.');
process.exit(bad ? 1 : 0);
