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
 * What a misbehaving upstream of some workspaces costs the others: `npm run bench:bad-upstream`. In turns, for some seconds
 * each: people of other workspaces ask a good one alone; beside others who ask that good one, too; and beside others whose
 * upstream misbehaves. Their first word is timed. Everything (product, Postgres, both upstreams, load) shares this machine.
 */
const others = 8;
const unlucky = 8;
const rounds = Number(process.env.ROUNDS ?? 8);
const seconds = Number(process.env.SECONDS ?? 6);
/** Between two questions of a person, whatever came of the first: the machine is to be in use, not full. */
const restMs = 1000;

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

const kinds = ['alone', 'beside good', 'beside bad'] as const;
const times: Record<(typeof kinds)[number], number[][]> = { alone: [], 'beside good': [], 'beside bad': [] };
let asked = 0;
await measure(lucky);
for (let round = 0; round < rounds; round += 1) {
  // Which comes first changes, so that whatever else the machine does meets all alike.
  for (let turn = 0; turn < kinds.length; turn += 1) {
    const kind = kinds[(turn + round) % kinds.length] ?? 'alone';
    await bind(stricken, kind === 'beside bad' ? 'groq:bad' : 'compatible:own');
    times[kind].push(await measure(lucky, kind === 'alone' ? [] : stricken));
  }
}
const p95 = (found: readonly number[]) => percentile(found, 0.95);
say(
  `First word of ${others} people, alone and beside ${unlucky} of other workspaces`,
  kinds.map((kind) => ({
    '': kind,
    'first words': times[kind].flat().length,
    'p50 ms': rounded(median(times[kind].flat()), 1),
    'p95 ms': rounded(p95(times[kind].flat()), 1),
  })),
);
for (const other of ['beside good', 'alone'] as const) {
  const ratios = times['beside bad'].map((bad, round) => p95(bad) / p95(times[other][round] ?? []));
  const all = rounded(p95(times['beside bad'].flat()) / p95(times[other].flat()));
  console.log(
    `p95 beside bad over ${other}: ${all} of all, ${rounded(median(ratios))} in the median round (${ratios.map((each) => rounded(each)).join(', ')})`,
  );
}
console.log(
  `The others asked ${asked} questions, half of them in vain. Load of the machine: ${rounded(loadavg()[0] ?? 0, 1)}`,
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

/** The first words that these people waited for, while those ask, too. */
async function measure(whose: readonly BenchPerson[], beside: readonly BenchPerson[] = []): Promise<number[]> {
  const found: number[] = [];
  const until = performance.now() + seconds * 1000;
  const left = () => performance.now() < until;
  const asking = whose.map(async (person, index) => {
    await pause((restMs / whose.length) * index);
    while (left()) {
      found.push(await firstWord(person));
      await pause(restMs);
    }
  });
  const besides = beside.map(async (person, index) => {
    await pause((restMs / beside.length) * (index + 0.5));
    while (left()) {
      const answered = ask(person, AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now()))));
      await answered.catch(() => undefined);
      asked += 1;
      await pause(restMs);
    }
  });
  await Promise.all([...asking, ...besides]);
  return found;
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
