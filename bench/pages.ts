import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { projectPath } from '../src/config.js';
import { openTestDatabase } from '../test/support/database.js';
import { cpuOf, type Installation, residentMegabytes, startInstallation } from './installation.js';
import { newOwner } from './people.js';
import { median, rounded, say, slice } from './support.js';

/** Pages: cold start, idle memory, light signed-in reads, the session's share, weights: `npm run bench:pages`. */
const database = await openTestDatabase({ tenants: 4 });
const starts: number[] = [];
for (let round = 0; round < 3; round += 1) {
  const one = await startInstallation({ PROCESS_ROLE: 'web' });
  starts.push(one.startMs);
  await one.stop();
}
const product = await startInstallation({ PROCESS_ROLE: 'web' });
await pause(3000);
const idle = residentMegabytes(product.pid);
const owner = await newOwner(product.origin, 1);

const visitors: Record<string, string> = {
  'signed in: /members': `${owner.home}/members`,
  'signed out: /sign-in': '/sign-in',
};
const rows: Record<string, string | number>[] = [];
const sessionsBefore = await sessionWrites();
for (const [name, path] of Object.entries(visitors)) rows.push(await reads(product, name, path));
const requests = rows.reduce((sum, row) => sum + Number(row.requests), 0);
say('Light reads, 8 at once', rows);
say('Session rows written meanwhile', [{ writes: (await sessionWrites()) - sessionsBefore, requests }]);
say('Start and memory', [
  { 'cold start to first 200, ms': rounded(median(starts), 0), 'idle memory, MB': rounded(idle, 0) },
]);
await weights(product);
await product.stop();
await database.close();

async function reads({ origin, pid }: Installation, name: string, path: string) {
  const cookie = [...owner.visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
  const headers = { accept: 'text/html', ...(name.startsWith('signed in') ? { cookie } : {}) };
  const ask = async () => {
    const response = await fetch(origin + path, { headers });
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
    await response.text();
  };
  await slice(ask, { ms: 2000 });
  const samples: { rate: number; cpu: number; p99: number; count: number }[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = cpuOf(pid);
    const { rate, p99 } = await slice(ask, { ms: 2000 });
    const count = rate * 2;
    samples.push({ rate, p99, cpu: (cpuOf(pid) - before) / count, count });
  }
  return {
    page: name,
    'a second': rounded(median(samples.map((sample) => sample.rate)), 0),
    'CPU ms each': rounded(median(samples.map((sample) => sample.cpu))),
    'p99 ms': rounded(median(samples.map((sample) => sample.p99)), 1),
    requests: Math.round(samples.reduce((sum, sample) => sum + sample.count, 0)),
  };
}

async function sessionWrites(): Promise<number> {
  const { rows: found } = await database.admin.query<{ writes: string }>(
    `select n_tup_ins + n_tup_upd as writes from pg_stat_user_tables where schemaname = 'shared' and relname = 'sessions'`,
  );
  return Number(found[0]?.writes ?? 0);
}

/** Everything that a first visit of a page loads, uncompressed. */
async function weights({ origin }: Installation) {
  const cookie = [...owner.visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
  const sizes: Record<string, string | number>[] = [];
  for (const path of ['', '/knowledge', '/conversations/new', '/audit', '/agents/new', '/members']) {
    const html = await (
      await fetch(`${origin}${owner.home}${path}`, { headers: { cookie, accept: 'text/html' } })
    ).text();
    const assets = [
      ...new Set([...html.matchAll(/(?:src|href)="(\/(?:css|js|icons)\/[^"#]+)/g)].map((match) => match[1] ?? '')),
    ];
    const bodies = await Promise.all(
      assets.map(async (asset) => (await (await fetch(origin + asset)).arrayBuffer()).byteLength),
    );
    const modules = await weightOfModules(origin);
    const total = Buffer.byteLength(html) + bodies.reduce((sum, size) => sum + size, 0) + modules;
    sizes.push({
      page: path || '/',
      'html KB': rounded(Buffer.byteLength(html) / 1024, 1),
      'all KB, all modules': rounded(total / 1024, 1),
    });
  }
  say('Weight of a first visit', sizes);
  if (existsSync(projectPath('node_modules'))) {
    const size = execFileSync('du', ['-sm', projectPath('node_modules')], { encoding: 'utf8' }).split('\t')[0];
    say('Installed packages with those for development', [{ MB: Number(size) }]);
  }
}

/** As if every script module was loaded, which no page does. */
async function weightOfModules(origin: string): Promise<number> {
  const list = execFileSync('ls', [projectPath('public', 'js')], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const sizes = await Promise.all(
    list
      .filter((name) => name !== 'app.js')
      .map(async (name) => (await (await fetch(`${origin}/js/${name}`)).arrayBuffer()).byteLength),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
