import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { projectPath } from '../src/config.js';
import { openTestDatabase } from '../test/support/database.js';
import { cpuOf, startInstallation } from './installation.js';
import { type BenchPerson, cookiesOf, newOwner } from './people.js';
import { median, percentile, rounded, say } from './support.js';

/**
 * Chats through the product beside the same upstream asked directly, in turns: `npm run bench:chat`.
 * Everything (product, Postgres, upstream, load) shares this machine.
 */
const upstream = fork(projectPath('dist', 'bench', 'upstream.js'));
const [upstreamUrl] = (await once(upstream, 'message')) as [string];
const database = await openTestDatabase({ tenants: 70 });
const product = await startInstallation({
  OPENAI_COMPATIBLE_BASE_URL: upstreamUrl,
  OPENAI_COMPATIBLE_MODEL: 'own',
  PROCESS_ROLE: 'web',
  EMBEDDER: 'off',
});
const people: BenchPerson[] = [];
for (let number = 0; number < 64; number += 1) people.push(await newOwner(product.origin, number));

interface Run {
  readonly first: number[];
  readonly perSecond: number;
  readonly cpuMs: number;
}

const rows: Record<string, string | number>[] = [];
for (const at of (process.env.AT ?? '1,16,64').split(',').map(Number)) {
  const rounds: { ours: Run; direct: Run }[] = [];
  for (let round = 0; round < 5; round += 1) {
    rounds.push({ direct: await load(at, askDirectly), ours: await load(at, chat) });
  }
  const of = (pick: (run: Run) => number, side: 'ours' | 'direct') =>
    median(rounds.slice(1).map((round) => pick(round[side])));
  rows.push({
    'chats at once': at,
    'first token p50 ms': rounded(
      of(({ first }) => median(first), 'ours'),
      1,
    ),
    'p95 ms': rounded(
      of(({ first }) => percentile(first, 0.95), 'ours'),
      1,
    ),
    'upstream alone p50 ms': rounded(
      of(({ first }) => median(first), 'direct'),
      1,
    ),
    'chats/s': rounded(
      of(({ perSecond }) => perSecond, 'ours'),
      0,
    ),
    'upstream alone/s': rounded(
      of(({ perSecond }) => perSecond, 'direct'),
      0,
    ),
    'product CPU ms a chat': rounded(
      of(({ cpuMs }) => cpuMs, 'ours'),
      1,
    ),
  });
}
say('Chat over an upstream that sends 50 tokens at once', rows);
await product.stop();
await database.close();
upstream.disconnect();

async function load(lanes: number, ask: (lane: number) => Promise<number>): Promise<Run> {
  const first: number[] = [];
  const started = performance.now();
  const before = cpuOf(product.pid);
  const lane = async (number: number) => {
    while (performance.now() - started < 3000) first.push(await ask(number));
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  const seconds = (performance.now() - started) / 1000;
  return { first, perSecond: first.length / seconds, cpuMs: (cpuOf(product.pid) - before) / first.length };
}

/** A new conversation over HTTP, to the end of its stream. Answers the time to the first word. */
async function chat(lane: number): Promise<number> {
  const person = people[lane % people.length];
  if (!person) throw new Error('nobody is there');
  const started = performance.now();
  const response = await fetch(`${product.origin}${person.home}/conversations`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', cookie: cookiesOf(person), origin: product.origin },
    body: new URLSearchParams({ _csrf: person.token, agent: person.agentId, text: 'Tell me about the hotel rule' }),
  });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`);
  return firstOf(response, 'event: text', started);
}

async function askDirectly(): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${upstreamUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'own', stream: true, messages: [{ role: 'user', content: 'Tell me' }] }),
  });
  return firstOf(response, '"content"', started);
}

async function firstOf(response: Response, mark: string, started: number): Promise<number> {
  let at = 0;
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (at === 0 && text.includes(mark)) at = performance.now() - started;
  }
  if (at === 0) throw new Error(`no first word: ${text.slice(0, 300)}`);
  return at;
}
