import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestDatabase } from '../test/support/database.js';
import { cpuOf, residentMegabytes, startInstallation } from './installation.js';
import { type BenchPerson, cookiesOf, newOwner } from './people.js';
import { median, rounded, say } from './support.js';

/**
 * Live streams that wait for something to happen, eight a person, as many as that allows: memory and CPU of the process
 * that holds them, and a page of somebody else beside them, against none open in the same run. `npm run bench:streams`;
 * STREAMS changes how many.
 */
const perPerson = 8;
const watchedMs = 15_000;
const most = Number(process.env.STREAMS ?? 800);
const database = await openTestDatabase({ tenants: Math.ceil(most / perPerson) + 2 });
const product = await startInstallation({ PROCESS_ROLE: 'web', EMBEDDER: 'off' });
const reader = await newOwner(product.origin, 0);
const people: BenchPerson[] = [];
for (let number = 1; number <= most / perPerson; number += 1) people.push(await newOwner(product.origin, number));

const open: ClientRequest[] = [];
const rows: Record<string, string | number>[] = [];
const none = await state();
rows.push(shown(none));
for (const count of [most / 4, most / 2, most]) {
  while (open.length < count) open.push(await follow(open.length));
  await pause(2000);
  const now = await state();
  rows.push({
    ...shown(now),
    'kB a stream': rounded(((now.megabytes - none.megabytes) * 1024) / count, 1),
    'page over none': rounded(now.pageMs / none.pageMs, 2),
  });
}
say('Streams that wait, in one process', rows);
for (const request of open) request.destroy();
await product.stop();
await database.close();

async function state() {
  const before = cpuOf(product.pid);
  await pause(watchedMs);
  const cpuMs = (cpuOf(product.pid) - before) / (watchedMs / 1000);
  const times: number[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    const started = performance.now();
    await reader.visitor.get(`${reader.home}/members`);
    times.push(performance.now() - started);
  }
  return { cpuMs, pageMs: median(times.slice(10)), megabytes: residentMegabytes(product.pid) };
}

function shown({ cpuMs, pageMs, megabytes }: Awaited<ReturnType<typeof state>>) {
  return {
    streams: open.length,
    'resident MB': rounded(megabytes, 0),
    'CPU ms a second': rounded(cpuMs, 1),
    'page p50 ms': rounded(pageMs, 1),
  };
}

/** Opens the live line of a page, and reads on without end. */
async function follow(number: number): Promise<ClientRequest> {
  const person = people[Math.floor(number / perPerson)];
  if (!person) throw new Error('nobody is there');
  const request = get(`${product.origin}${person.home}/live`, {
    agent: false,
    headers: { accept: 'text/event-stream', cookie: cookiesOf(person) },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} at stream ${number}`);
  request.on('error', () => undefined);
  response.on('error', () => undefined).resume();
  return request;
}
