import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { projectPath } from '../src/config.js';
import { openTestDatabase } from '../test/support/database.js';
import { startInstallation } from './installation.js';
import { type BenchPerson, newOwner } from './people.js';
import { median, percentile, rounded, say } from './support.js';

/**
 * What a misbehaving upstream of some workspaces costs the others: `npm run bench:bad-upstream`. In turns, some seconds
 * without and some with it, people of other workspaces ask a good one and their first word is timed.
 * Everything (product, Postgres, both upstreams, load) shares this machine.
 */
const others = 8;
const unlucky = 8;
const rounds = Number(process.env.ROUNDS ?? 8);
const seconds = Number(process.env.SECONDS ?? 6);
/** Between two questions of a person: the machine is to be in use, not full. */
const restMs = 400;

const start = async (name: string) => {
  const child = fork(projectPath('dist', 'bench', name));
  const [url] = (await once(child, 'message')) as [string];
  return { url, stop: () => child.disconnect() };
};
const good = await start('upstream.js');
const bad = await start('misbehaving.js');
const database = await openTestDatabase({ tenants: others + unlucky + 2 });
const product = await startInstallation({
  OPENAI_COMPATIBLE_BASE_URL: good.url,
  OPENAI_COMPATIBLE_MODEL: 'own',
  GROQ_API_KEY: 'bench',
  GROQ_BASE_URL: bad.url,
  GROQ_MODEL: 'bad',
  LLM_FIRST_TOKEN_SECONDS: '2',
  LLM_TURN_SECONDS: '6',
  PROCESS_ROLE: 'web',
  EMBEDDER: 'off',
});

const people: BenchPerson[] = [];
for (let number = 0; number < others + unlucky; number += 1) people.push(await newOwner(product.origin, number));
const lucky = people.slice(0, others);
const stricken = people.slice(others);
await bind(lucky, 'compatible:own');
await bind(stricken, 'groq:bad');

const without: number[][] = [];
const with_: number[][] = [];
let failures = 0;
await measure(lucky);
for (let round = 0; round < rounds; round += 1) {
  // Which comes first changes, so that whatever else the machine does meets both alike.
  if (round % 2 === 0) without.push(await measure(lucky));
  with_.push(await measure(lucky, stricken));
  if (round % 2 === 1) without.push(await measure(lucky));
}
const p95 = (times: readonly number[]) => percentile(times, 0.95);
const row = (name: string, runs: readonly number[][]) => ({
  '': name,
  'first words': runs.flat().length,
  'p50 ms': rounded(median(runs.flat()), 1),
  'p95 ms': rounded(p95(runs.flat()), 1),
});
say(`First word of ${others} people of other workspaces`, [
  row('without', without),
  row(`while ${unlucky} workspaces use a misbehaving upstream`, with_),
]);
const ratios = with_.map((times, round) => p95(times) / p95(without[round] ?? []));
console.log(`p95 with over without: ${rounded(p95(with_.flat()) / p95(without.flat()))} of all,`);
console.log(`${rounded(median(ratios))} in the median round (${ratios.map((each) => rounded(each)).join(', ')})`);
console.log(
  `The misbehaving upstream failed ${failures} answers. Load of the machine: ${rounded(loadavg()[0] ?? 0, 1)}`,
);
await product.stop();
await database.close();
good.stop();
bad.stop();

/** All agents of these people's workspaces use this model and no other. */
async function bind(whose: readonly BenchPerson[], model: string): Promise<void> {
  for (const { home } of whose) {
    const { rows } = await database.admin.query('select id from shared.tenants where slug = $1', [home.slice(3)]);
    await database.admin.query(`update ${rows[0].id}.agents set model = $1, fallbacks = '{}'`, [model]);
  }
}

/** The first words that these people waited for, while those ask the bad upstream as fast as it fails. */
async function measure(whose: readonly BenchPerson[], badly: readonly BenchPerson[] = []): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  const left = () => performance.now() < until;
  const asking = whose.map(async (person, index) => {
    await pause((restMs / whose.length) * index);
    while (left()) {
      times.push(await firstWord(person));
      await pause(restMs);
    }
  });
  const failing = badly.map(async (person) => {
    while (left()) {
      await ask(person, AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now())))).catch(() => undefined);
      failures += 1;
    }
  });
  await Promise.all([...asking, ...failing]);
  return times;
}

async function firstWord(person: BenchPerson): Promise<number> {
  const started = performance.now();
  let at = 0;
  await ask(person, AbortSignal.timeout(30_000), () => {
    at ||= performance.now() - started;
  });
  if (at === 0) throw new Error('a good answer had no word');
  return at;
}

/** A new conversation over HTTP, to the end of its stream. */
async function ask({ visitor, home, agentId, token }: BenchPerson, signal: AbortSignal, word = () => {}) {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(`${product.origin}${home}/conversations`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', cookie, origin: product.origin },
    body: new URLSearchParams({ _csrf: token, agent: agentId, text: 'Tell me about the hotel rule' }),
    signal,
  });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text = text.slice(-100) + decoder.decode(part, { stream: true });
    if (text.includes('event: text')) word();
  }
}
