import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as passTime } from 'node:timers/promises';
import { addPart, newStep } from '../../src/llm/gathered-step.js';
import { startAnthropic } from '../support/providers/anthropic.js';
import { startGroq } from '../support/providers/groq.js';
import type { Script } from '../support/providers/script.js';
import { until } from '../support/until.js';
import { collect, impatient, question, refusalOf, router, textOf } from './asking.js';

let script: Script = {};
const groq = await startGroq({ reply: () => script });
const anthropic = await startAnthropic({ reply: () => script });
after(() => Promise.all([groq.close(), anthropic.close()]));

/** A router of its own for each test: no breaker remembers the test before. */
const ask = (more: Record<string, string> = {}) =>
  router({ GROQ_API_KEY: 'k', GROQ_BASE_URL: groq.url, ...more }).askModel;
const askAnthropic = () => router({ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: anthropic.url }).askModel;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

test('a provider that hangs is given up in time and its connection ended (AG-3)', async () => {
  script = { fault: { kind: 'hang' } };
  const spent = await timed(() => refusalOf(collect(ask(impatient)(question))));
  assert.ok(spent >= 290 && spent < 10_000, `${spent} ms`);
  await until('the request ends at the provider', () => groq.requests.at(-1)?.aborted === true);
});

test('one byte at a time counts as silence (AG-3)', async () => {
  script = { text: 'never seen', pace: { bytes: 1, everyMs: 20 } };
  const spent = await timed(async () => {
    assert.match(await refusalOf(collect(ask(impatient)(question))), /Groq did not answer within 0\.3 s/);
  });
  assert.ok(spent < 10_000, `${spent} ms`);
  await until('the request ends at the provider', () => groq.requests.at(-1)?.aborted === true);
});

/** An event as Groq sends it, with this text. */
const word = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

test('words without a letter count as silence (AG-3)', async () => {
  script = { text: new Array(400).fill(''), pace: { bytes: 300, everyMs: 20 } };
  assert.match(await refusalOf(collect(ask(impatient)(question))), /Groq did not answer within 0\.3 s/);
  await until('the request ends at the provider', () => groq.requests.at(-1)?.aborted === true);
});

test('events without an end are cut after some megabytes, and others have their turn meanwhile (AG-3)', async () => {
  script = { fault: { kind: 'flood', bytes: 1024 ** 3, of: word('') } };
  let turns = 0;
  const others = setInterval(() => {
    turns += 1;
  }, 1);
  const short = { ...question, maxOutputTokens: 1_000 };
  const shown = await refusalOf(collect(ask()(short))).finally(() => clearInterval(others));
  assert.match(shown, /Groq (sent more than|did not)/);
  await until('the request ends at the provider', () => groq.requests.at(-1)?.aborted === true);
  assert.ok((groq.requests.at(-1)?.sent ?? Number.POSITIVE_INFINITY) < 32 * 1024 ** 2, 'most was never sent');
  const megabytes = (groq.requests.at(-1)?.sent ?? 0) / 1024 ** 2;
  assert.ok(turns > megabytes, `${turns} turns in ${megabytes} MB`);
});

test('words faster than any model says them are read at the pace of a fast one, and no more than were asked for (AG-3)', async () => {
  script = { fault: { kind: 'flood', bytes: 1024 ** 3, of: word('and ') } };
  let words = 0;
  const asking = async () => {
    for await (const { type } of ask()({ ...question, maxOutputTokens: 600 })) words += type === 'text' ? 1 : 0;
  };
  const spent = await timed(async () => assert.match(await refusalOf(asking()), /sent more than it was asked for/));
  assert.ok(words > 1_200 && words < 1_800, `${words} words`);
  assert.ok(spent > ((words - 500) / 2_000) * 1_000 - 50, `${words} words in ${spent} ms`);
});

test('more parts than any answer has are not read (AG-3)', () => {
  const step = newStep();
  const add = () => addPart(step, { type: 'text-delta', id: 'one', delta: 'x' });
  for (let part = 0; part < 20_000; part += 1) add();
  assert.throws(add, /sent more than fits into one answer/);
});

test('words that drip are cut at the end of the turn (AG-3)', async () => {
  script = { text: new Array(200).fill('and '), pace: { bytes: 300, everyMs: 20 } };
  const spent = await timed(async () => {
    const shown = await refusalOf(collect(ask({ LLM_TURN_SECONDS: '0.6' })(question)));
    assert.equal(shown, 'The answer is incomplete: Groq did not finish within 0.6 s. Ask again.');
  });
  assert.ok(spent >= 590 && spent < 2000, `${spent} ms`);
});

test('a reader who takes his time is not the fault of the provider (AG-3)', async () => {
  script = { text: ['slowly ', 'read'] };
  let text = '';
  for await (const event of ask({ LLM_FIRST_TOKEN_SECONDS: '1' })(question)) {
    if (event.type !== 'text') continue;
    if (text === '') await passTime(1_200);
    text += event.text;
  }
  assert.equal(text, 'slowly read');
});

test('a body of 1 GB is refused after a few megabytes and memory stays flat (AG-3)', async () => {
  script = { fault: { kind: 'flood', bytes: 1024 ** 3 } };
  const before = process.memoryUsage().rss;
  assert.match(await refusalOf(collect(ask()(question))), /Groq sent more than it was asked for/);
  await until('the request ends at the provider', () => groq.requests.at(-1)?.aborted === true);
  assert.ok((groq.requests.at(-1)?.sent ?? Number.POSITIVE_INFINITY) < 32 * 1024 ** 2, 'most was never sent');
  assert.ok(process.memoryUsage().rss - before < 120 * 1024 ** 2, 'memory');
});

test('an answer of more than 4 MB of text is cut (AG-3)', async () => {
  script = { text: new Array(90).fill('x'.repeat(50_000)) };
  assert.match(await refusalOf(collect(ask()(question))), /incomplete: Groq sent more than fits into one answer/);
});

for (const [name, asker, server] of [
  ['groq', ask, groq],
  ['anthropic', askAnthropic, anthropic],
] as const) {
  test(`stopping ends the request at ${name} at once, before the first token (AG-3)`, async () => {
    script = { fault: { kind: 'hang' } };
    const stop = new AbortController();
    const asking = collect(asker()({ ...question, signal: stop.signal }));
    const count = server.requests.length;
    await until('the provider is asked', () => server.requests.length > count);
    stop.abort(new Error('stopped by the member'));
    await assert.rejects(asking, /stopped by the member/);
    await until('the request ends at the provider', () => server.requests.at(-1)?.aborted === true);
  });

  test(`stopping ends the request at ${name} at once, in the middle of the answer (AG-3)`, async () => {
    script = { text: ['Two ', 'members'], fault: { kind: 'hang', after: 4 } };
    const stop = new AbortController();
    const asking = async () => {
      for await (const event of asker()({ ...question, signal: stop.signal })) {
        if (event.type === 'text') stop.abort(new Error('stopped by the member'));
      }
    };
    await assert.rejects(asking(), /stopped by the member/);
    await until('the request ends at the provider', () => server.requests.at(-1)?.aborted === true);
  });

  test(`leaving the loop ends the request at ${name} too (AG-3)`, async () => {
    script = { text: ['Two ', 'members'], fault: { kind: 'hang', after: 4 } };
    for await (const event of asker()(question)) if (event.type === 'text') break;
    await until('the request ends at the provider', () => server.requests.at(-1)?.aborted === true);
  });
}

test('what was stopped before it began asks nobody (AG-3)', async () => {
  const count = groq.requests.length;
  await assert.rejects(collect(ask()({ ...question, signal: AbortSignal.abort(new Error('too late')) })), /too late/);
  assert.equal(groq.requests.length, count);
});

test('a prompt of 1 MB reaches the provider whole (AG-3)', async () => {
  script = { text: 'Read.' };
  const messages = [{ role: 'member', text: 'ä'.repeat(512 * 1024) }] as const;
  assert.equal(textOf(await collect(ask()({ ...question, messages }))), 'Read.');
  assert.ok(JSON.stringify(groq.requests.at(-1)?.body).includes('ä'.repeat(512 * 1024)));
});
