import { destinations, fetchable } from '../features/security/destinations.js';

/** For whoever writes the rules of the network around the processes (ASVS 13.2.5). Names no password and no key. */
export function listDestinations(): void {
  const rows = destinations().map(({ host, port, setting, what }) => [`${host}:${port}`, setting, what]);
  const widths = [0, 1].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of rows) process.stdout.write(`${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}\n`);
  process.stdout.write(`Documents and pages are fetched from: ${fetchable()}.\n`);
}
