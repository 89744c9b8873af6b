import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Forbidden } from '../../src/errors.js';
import { mostTokensIn } from '../../src/llm/meter.js';
import type { ModelRequest } from '../../src/llm/model-step.js';
import { costOf, mostCost } from '../../src/llm/prices.js';
import { startAnthropic } from '../support/providers/anthropic.js';
import { startCompatible } from '../support/providers/compatible.js';
import { startGemini } from '../support/providers/gemini.js';
import { startGroq } from '../support/providers/groq.js';
import type { Script } from '../support/providers/script.js';
import { collect, impatient, question, recorder, refusalOf, router } from './asking.js';

/** Groq and then Anthropic, each as its script says. */
async function pair(t: TestContext, first: Script, second: Script = {}, more: Record<string, string> = {}) {
  const groq = await startGroq({ reply: () => first });
  const anthropic = await startAnthropic({ reply: () => second });
  t.after(() => Promise.all([groq.close(), anthropic.close()]));
  const keys = { GROQ_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' };
  const urls = { GROQ_BASE_URL: groq.url, ANTHROPIC_BASE_URL: anthropic.url };
  return { groq, anthropic, ...router({ ...keys, ...urls, ...more }) };
}

const summary = ({ calls }: ReturnType<typeof recorder>) =>
  calls.map(({ choice, outcome, counted }) => [choice.provider, outcome, counted?.inputTokens, counted?.outputTokens]);

test('every call is counted, a refusal as nothing and the one after it as it was (AG-3)', async (t) => {
  const { askModel } = await pair(t, { fault: { kind: 'status', status: 429 } }, { text: 'Here.' });
  const meter = recorder();
  await collect(askModel({ ...question, meter, maxOutputTokens: 99 }));
  assert.deepEqual(summary(meter), [
    ['groq', 'failed', 0, 0],
    ['anthropic', 'done', 11, 7],
  ]);
  assert.equal(meter.calls[1]?.counted?.estimated, false);
  assert.ok(meter.calls.every(({ outputTokens, inputTokens }) => outputTokens === 99 && inputTokens > 50));
});

test('a call that hangs or breaks off is counted by what was sent and what had come (AG-3)', async (t) => {
  const hung = await pair(t, { fault: { kind: 'hang' } }, {}, { ...impatient, LLM_ORDER: 'groq' });
  const meter = recorder();
  await refusalOf(collect(hung.askModel({ ...question, meter })));
  assert.deepEqual(summary(meter)[0]?.slice(0, 2), ['groq', 'failed']);
  assert.ok((meter.calls[0]?.counted?.inputTokens ?? 0) > 10, 'the prompt had been sent');

  const cut = await pair(t, { text: ['x'.repeat(400), 'y', 'z'], fault: { kind: 'cut', after: 3 } });
  const second = recorder();
  await refusalOf(collect(cut.askModel({ ...question, meter: second })));
  const counted = second.calls[0]?.counted;
  assert.deepEqual([second.calls.length, counted?.estimated, counted?.outputTokens], [1, true, 101]);
});

test('what a person stops is counted by what had come (AG-3)', async (t) => {
  const { askModel } = await pair(t, { text: ['x'.repeat(80), 'y'], fault: { kind: 'hang', after: 2 } });
  const meter = recorder();
  for await (const event of askModel({ ...question, meter })) if (event.type === 'text') break;
  assert.deepEqual(summary(meter)[0]?.slice(0, 2), ['groq', 'stopped']);
  assert.equal(meter.calls[0]?.counted?.outputTokens, 20);
});

test('where the meter says no, nobody is asked (AG-3, AG-6)', async (t) => {
  const { groq, anthropic, askModel } = await pair(t, {});
  const meter = { begin: () => Promise.reject(new Forbidden('There is nothing left.')) };
  await assert.rejects(collect(askModel({ ...question, meter })), /There is nothing left/);
  assert.equal(groq.requests.length + anthropic.requests.length, 0);
});

const cachedOf = async (environment: Record<string, string>, request: Partial<ModelRequest> = {}) => {
  const meter = recorder();
  await collect(router(environment).askModel({ ...question, ...request, meter }));
  const { inputTokens, cachedTokens, cacheWrites } = meter.calls[0]?.counted ?? {};
  return [inputTokens, cachedTokens, cacheWrites];
};

test('Anthropic is told what stays the same, and what came from its cache is counted (AG-3)', async (t) => {
  const usage = { input: 3000, output: 7, cached: 2000, written: 900 };
  const server = await startAnthropic({ reply: () => ({ text: 'Here.', usage }) });
  t.after(() => server.close());
  const environment = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: server.url };
  assert.deepEqual(await cachedOf(environment, { systemNow: 'Today is Sunday.' }), [3000, 2000, 900]);
  assert.deepEqual(Object(server.requests[0]?.body).system, [
    { type: 'text', text: 'You are Guide.', cache_control: { type: 'ephemeral' } },
    { type: 'text', text: 'Today is Sunday.' },
  ]);
  assert.equal(JSON.stringify(server.requests[0]?.body).match(/cache_control/g)?.length, 1);
});

test('what the others found in their caches is counted, and they get one system message (AG-3)', async (t) => {
  const reply = () => ({ text: 'Here.', usage: { input: 3000, output: 7, cached: 2048 } });
  const groq = await startGroq({ reply });
  const gemini = await startGemini({ reply });
  const own = await startCompatible({ reply });
  t.after(() => Promise.all([groq.close(), gemini.close(), own.close()]));
  const now = { systemNow: 'Today is Sunday.' };
  assert.deepEqual(await cachedOf({ GROQ_API_KEY: 'k', GROQ_BASE_URL: groq.url }, now), [3000, 2048, 0]);
  const google = { GOOGLE_GENERATIVE_AI_API_KEY: 'k', GOOGLE_GENERATIVE_AI_BASE_URL: gemini.url };
  assert.deepEqual(await cachedOf(google, now), [3000, 2048, 0]);
  assert.deepEqual(await cachedOf({ OPENAI_COMPATIBLE_BASE_URL: own.url }, now), [3000, 2048, 0]);
  const { messages } = Object(own.requests[0]?.body);
  assert.deepEqual(messages[0], { role: 'system', content: 'You are Guide.\n\nToday is Sunday.' });
  assert.doesNotMatch(JSON.stringify(own.requests[0]?.body), /cache_control/);
});

test('a cost is what the table says for each kind of token, and never more than was set aside (AG-3)', () => {
  const price = { in: 3, out: 15, cached: 0.3, cacheWrite: 3.75 };
  const counted = { inputTokens: 3000, outputTokens: 10, cachedTokens: 2000, cacheWrites: 900, estimated: false };
  assert.equal(costOf(price, counted), 100 * 3 + 2000 * 0.3 + 900 * 3.75 + 10 * 15);
  assert.equal(costOf({ in: 3, out: 15 }, counted), 3000 * 3 + 150, 'a kind without a price costs what others do');
  assert.ok(mostCost(price, counted) >= costOf(price, { ...counted, cachedTokens: 0, cacheWrites: 3000 }));
  assert.equal(costOf({ in: 0.05, out: 0 }, { ...counted, inputTokens: 1, cachedTokens: 0, cacheWrites: 0 }), 1);
});

test('what is set aside for a prompt follows its bytes, so that no script is counted as little (AG-3)', () => {
  assert.equal(mostTokensIn('a'.repeat(300)), 100);
  assert.equal(mostTokensIn('漢'.repeat(300)), 300);
});
