import { readdirSync, readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';
import { openTestDatabase } from '../test/support/database.js';
import { freePort, startInstallation } from './installation.js';
import { percentile, rounded, say } from './support.js';

/** Mails taken in a second, and the memory that mails of ten megabytes take: `npm run bench:intake`. */
const lanes = 4;
const small = 40;
const large = 12;
const own = 'security@bench.test';
const mb = 1024 * 1024;

const port = await freePort();
const database = await openTestDatabase({ tenants: 0 });
const product = await startInstallation({
  ...{ SECURITY_CONTACT: own, DISCLOSURE_SMTP_PORT: String(port), DISCLOSURE_SMTP_HOST: '0.0.0.0' },
});
let sent = 0;

/** From an address of its own each time: one network may send thirty an hour. */
async function send(bytes: number): Promise<number> {
  sent += 1;
  const carrier = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    localAddress: `127.0.1.${sent}`,
    ignoreTLS: true,
  });
  const attachments = bytes > 0 ? [{ filename: 'proof.bin', content: Buffer.alloc(bytes, 'A hole. ') }] : [];
  const from = `finder${sent}@bench.test`;
  const started = performance.now();
  await carrier.sendMail({ from, to: own, subject: 'A hole', text: 'Steps. '.repeat(500), attachments });
  return performance.now() - started;
}

/** Resident now, of the process and of those that it started, in bytes. */
function memory(pid: number): { own: number; children: number } {
  const resident = (process: string) => {
    try {
      const status = readFileSync(`/proc/${process}/status`, 'utf8');
      const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      return { parent: number('PPid'), bytes: number('VmRSS') * 1024 };
    } catch {
      // It ended between the two looks.
      return { parent: 0, bytes: 0 };
    }
  };
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(resident);
  const children = all.filter(({ parent }) => parent === pid).reduce((sum, { bytes }) => sum + bytes, 0);
  return { own: resident(String(pid)).bytes, children };
}

async function measure(name: string, count: number, bytes: number): Promise<void> {
  const before = memory(product.pid).own;
  const peak = { own: 0, children: 0 };
  const timer = setInterval(() => {
    const now = memory(product.pid);
    peak.own = Math.max(peak.own, now.own);
    peak.children = Math.max(peak.children, now.children);
  }, 50);
  const times: number[] = [];
  let left = count;
  const started = performance.now();
  const lane = async () => {
    while (left-- > 0) times.push(await send(bytes));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  say(`${name}, on ${lanes} connections`, [
    {
      'mails/s': rounded(count / seconds),
      'p50 ms': rounded(percentile(times, 0.5), 0),
      'p99 ms': rounded(percentile(times, 0.99), 0),
      'MB before': rounded(before / mb, 0),
      'MB at most': rounded(peak.own / mb, 0),
      'MB in the readers': rounded(peak.children / mb, 0),
    },
  ]);
}

await send(0);
await measure('3.5 kB', small, 0);
await measure('10 MB (7 MB attached)', large, 7 * mb);
await product.stop();
await database.close();
