import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { circuitBreaker } from '../../src/llm/breaker.js';
import { startAnthropic } from '../support/providers/anthropic.js';
import { startGroq } from '../support/providers/groq.js';
import type { Script } from '../support/providers/script.js';
import { collect, providerOf, question, refusalOf, router } from './asking.js';

/** Groq answers as the script says at the time, Anthropic always well. */
async function pair(t: TestContext, script: () => Script, now?: () => number) {
  const groq = await startGroq({ reply: script });
  const anthropic = await startAnthropic();
  t.after(() => Promise.all([groq.close(), anthropic.close()]));
  const environment = {
    GROQ_API_KEY: 'k',
    GROQ_BASE_URL: groq.url,
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: anthropic.url,
  };
  return { groq, ...router(environment, now) };
}

/** A clock that goes on when told. */
function clock() {
  let now = 1_000;
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { now: () => now, pass };
}

test('the breaker opens after 5 failures in a row, for 30 s (AG-3)', () => {
  const { now, pass } = clock();
  const breaker = circuitBreaker(now);
  for (let failure = 1; failure <= 4; failure += 1) breaker.failed();
  assert.equal(breaker.isOpen(), false);
  breaker.succeeded();
  for (let failure = 1; failure <= 4; failure += 1) breaker.failed();
  assert.equal(breaker.isOpen(), false, 'a success in between starts the count again');
  breaker.failed();
  assert.equal(breaker.isOpen(), true);
  pass(29_999);
  assert.equal(breaker.isOpen(), true);
  pass(1);
  assert.equal(breaker.isOpen(), false);
});

test('after the pause one trial decides (AG-3)', () => {
  const { now, pass } = clock();
  const breaker = circuitBreaker(now);
  for (let failure = 1; failure <= 5; failure += 1) breaker.failed();
  pass(30_000);
  breaker.asked();
  assert.equal(breaker.isOpen(), true, 'the others wait for the trial');
  breaker.failed();
  pass(29_999);
  assert.equal(breaker.isOpen(), true, 'failed: the pause starts again');
  pass(1);
  breaker.asked();
  breaker.succeeded();
  assert.equal(breaker.isOpen(), false);
});

test('a provider that keeps failing is skipped while another one answers, and tried again later (AG-3)', async (t) => {
  let script: Script = { fault: { kind: 'status', status: 500 } };
  const { now, pass } = clock();
  const { groq, askModel } = await pair(t, () => script, now);
  const answeredBy = async () => providerOf(await collect(askModel(question)));

  for (let turn = 1; turn <= 8; turn += 1) assert.equal(await answeredBy(), 'anthropic');
  assert.equal(groq.requests.length, 5, 'the sixth and later turns did not ask it');
  pass(30_000);
  assert.equal(await answeredBy(), 'anthropic');
  assert.equal(await answeredBy(), 'anthropic');
  assert.equal(groq.requests.length, 6, 'one trial');
  script = { text: 'Back.' };
  pass(30_000);
  assert.equal(await answeredBy(), 'groq');
  assert.equal(await answeredBy(), 'groq');
});

test('the only provider is asked even when its breaker is open (AG-3)', async (t) => {
  let script: Script = { fault: { kind: 'status', status: 429 } };
  const groq = await startGroq({ reply: () => script });
  t.after(() => groq.close());
  const { askModel } = router({ GROQ_API_KEY: 'k', GROQ_BASE_URL: groq.url });
  for (let turn = 1; turn <= 6; turn += 1) await refusalOf(collect(askModel(question)));
  script = { text: 'Back.' };
  assert.equal(providerOf(await collect(askModel(question))), 'groq');
});

test("requests that are a tenant's own fault do not close a provider to the others (AG-3)", async (t) => {
  let script: Script = { fault: { kind: 'status', status: 413 } };
  const { askModel } = await pair(t, () => script);
  for (let turn = 1; turn <= 7; turn += 1) await collect(askModel(question));
  script = { text: 'Short enough.' };
  assert.equal(providerOf(await collect(askModel(question))), 'groq');
});

test('stopping a turn is no failure of the provider (AG-3)', async (t) => {
  let script: Script = { fault: { kind: 'hang' } };
  const { askModel } = await pair(t, () => script);
  for (let turn = 1; turn <= 6; turn += 1) {
    await assert.rejects(collect(askModel({ ...question, signal: AbortSignal.timeout(5) })), { name: 'TimeoutError' });
  }
  script = { text: 'Here.' };
  assert.equal(providerOf(await collect(askModel(question))), 'groq');
});
