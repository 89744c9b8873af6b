import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startAnthropic } from '../support/providers/anthropic.js';
import { startCompatible } from '../support/providers/compatible.js';
import { startGemini } from '../support/providers/gemini.js';
import { startGroq } from '../support/providers/groq.js';
import type { Fault, Script } from '../support/providers/script.js';
import { collect, impatient, providerOf, question, refusalOf, router, textOf } from './asking.js';

/** Groq first, then Anthropic; Groq answers as the script says, Anthropic always well. */
async function pair(t: TestContext, script: Script, more: Record<string, string> = {}) {
  const groq = await startGroq({ reply: () => script });
  const anthropic = await startAnthropic({ reply: () => ({ text: 'From Anthropic.' }) });
  const environment = {
    GROQ_API_KEY: 'k',
    GROQ_BASE_URL: groq.url,
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: anthropic.url,
    ...more,
  };
  t.after(() => Promise.all([groq.close(), anthropic.close()]));
  return { groq, anthropic, ...router(environment) };
}

test('without a key no model is configured and asking says so (AG-3)', async () => {
  const { configuredModels, askModel } = router({ GROQ_API_KEY: '' });
  assert.deepEqual(configuredModels(), []);
  assert.match(await refusalOf(collect(askModel(question))), /^No language model is configured\./);
});

test('models come in the order of LLM_ORDER, once each, and only those with a key (AG-3)', () => {
  const keys = { GROQ_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', GOOGLE_GENERATIVE_AI_API_KEY: 'k', GROQ_MODEL: 'small' };
  const ids = (order?: string) =>
    router({ ...keys, ...(order && { LLM_ORDER: order }) })
      .configuredModels()
      .map(({ id }) => id);
  assert.deepEqual(ids(), ['groq:small', 'gemini:gemini-2.5-flash', 'anthropic:claude-sonnet-4-5']);
  assert.deepEqual(ids('anthropic, groq,anthropic,compatible'), ['anthropic:claude-sonnet-4-5', 'groq:small']);
  assert.throws(() => ids('anthropic,constructor'), /LLM_ORDER/);
});

test('the preferred model is asked first, an unknown one is passed over (AG-3)', async (t) => {
  const both = await pair(t, { text: 'From Groq.' });
  const answeredBy = async (preferred?: string) => providerOf(await collect(both.askModel({ ...question, preferred })));
  assert.equal(await answeredBy(), 'groq');
  assert.equal(await answeredBy('anthropic:claude-sonnet-4-5'), 'anthropic');
  assert.equal(await answeredBy('gemini:gone'), 'groq');
});

test('only those that an agent names are asked, in its order, and nobody when none of them is set up (AG-1, AG-3)', async (t) => {
  const both = await pair(t, { fault: { kind: 'status', status: 500 } });
  const ask = (...only: string[]) => collect(both.askModel({ ...question, only }));
  const [groq = '', anthropic = ''] = both.configuredModels().map(({ id }) => id);
  assert.equal(providerOf(await ask(anthropic, groq)), 'anthropic');
  assert.equal(both.groq.requests.length, 0);
  assert.equal(providerOf(await ask(groq, 'gemini:gone', anthropic)), 'anthropic');
  assert.match(await refusalOf(ask(groq)), /^No model could answer: Groq is having trouble/);
  const asked = both.anthropic.requests.length;
  assert.match(await refusalOf(ask('gemini:gone')), /^None of the models that this agent may use/);
  assert.equal(both.anthropic.requests.length, asked);
});

const beforeFirstToken: [string, Script, string][] = [
  ['is over its limit', { fault: { kind: 'status', status: 429, retryAfterSeconds: 60 } }, 'Groq is over its limit'],
  ['has an error of its own', { fault: { kind: 'status', status: 500 } }, 'Groq is having trouble (status 500)'],
  ['refuses the key', { fault: { kind: 'status', status: 401 } }, 'Groq refused the key'],
  ['finds the prompt too long', { fault: { kind: 'status', status: 413 } }, 'Groq finds the conversation too long'],
  ['points elsewhere', { fault: { kind: 'status', status: 307 } }, 'Groq did not accept the request (status 307)'],
  ['never answers', { fault: { kind: 'hang' } }, 'Groq did not answer within 0.3 s'],
  ['opens a stream and stays silent', { fault: { kind: 'hang', after: 1 } }, 'Groq did not answer within 0.3 s'],
  ['hangs up', { fault: { kind: 'cut', after: 0 } }, 'Groq closed the connection'],
  [
    'ends without an answer',
    { fault: { kind: 'cut', after: 1, clean: true } },
    'Groq broke off before the end of its answer',
  ],
  [
    'sends a web page',
    { fault: { kind: 'garbage', body: '<html>Sign in to the hotel</html>' } },
    'Groq broke off before the end of its answer',
  ],
  [
    'sends broken events',
    { fault: { kind: 'garbage', body: 'data: {"choices":[{\n\n' } },
    'Groq sent something unreadable',
  ],
  ['reports an error in its stream', { fault: { kind: 'error-event', after: 1 } }, 'Groq reported an error'],
  [
    'breaks off inside a tool call',
    {
      calls: [{ name: 'search_knowledge', arguments: { query: 'x'.repeat(99) } }],
      fault: { kind: 'cut', after: 4, clean: true },
    },
    'Groq broke off before the end of its answer',
  ],
  ['finishes with nothing', { text: [] }, 'Groq sent an empty answer'],
  ['filters the answer', { text: [], finish: 'filtered' }, 'Groq declined to answer'],
];

for (const [what, script, why] of beforeFirstToken) {
  test(`the next provider is asked when the first ${what} (AG-3)`, async (t) => {
    const both = await pair(t, script, script.fault?.kind === 'hang' ? impatient : {});
    const events = await collect(both.askModel(question));
    assert.equal(textOf(events), 'From Anthropic.');
    assert.deepEqual(events[0], {
      type: 'started',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      failedBefore: [{ provider: 'groq', why }],
    });
    assert.equal(both.groq.requests.length, 1, 'asked once: no hidden retries');
  });
}

test('a provider that cannot be reached is passed over (AG-3)', async (t) => {
  const gone = await startGroq();
  await gone.close();
  const both = await pair(t, {}, { GROQ_BASE_URL: gone.url });
  const events = await collect(both.askModel(question));
  assert.deepEqual(events[0]?.type === 'started' && events[0].failedBefore, [
    { provider: 'groq', why: 'Groq cannot be reached' },
  ]);
});

const afterFirstToken: [string, Fault, RegExp][] = [
  ['breaks', { kind: 'cut', after: 3 }, /Groq closed the connection/],
  ['just ends', { kind: 'cut', after: 3, clean: true }, /Groq broke off/],
  ['falls silent', { kind: 'hang', after: 3 }, /Groq sent nothing for 0\.3 s/],
  ['reports an error', { kind: 'error-event', after: 3 }, /Groq reported an error/],
];

for (const [what, fault, message] of afterFirstToken) {
  test(`an answer that ${what} after its first token is not begun anew elsewhere (AG-3)`, async (t) => {
    const both = await pair(t, { text: ['Two ', 'members ', 'of'], fault }, fault.kind === 'hang' ? impatient : {});
    const seen: string[] = [];
    const asking = async () => {
      for await (const event of both.askModel(question)) if (event.type === 'text') seen.push(event.text);
    };
    const shown = await refusalOf(asking());
    assert.match(shown, /^The answer is incomplete: /);
    assert.match(shown, message);
    assert.deepEqual(seen, ['Two ', 'members ']);
    assert.equal(both.anthropic.requests.length, 0);
  });
}

test('when all fail the person reads which and why, and nothing secret (AG-3)', async (t) => {
  const groq = await startGroq({ reply: () => ({ fault: { kind: 'status', status: 429 } }) });
  const gemini = await startGemini({ reply: () => ({ fault: { kind: 'status', status: 503 } }) });
  const own = await startCompatible({ reply: () => ({ fault: { kind: 'garbage', body: 'data: nothing good\n\n' } }) });
  t.after(() => Promise.all([groq.close(), gemini.close(), own.close()]));
  const { askModel } = router({
    GROQ_API_KEY: 'gsk_secret',
    GROQ_BASE_URL: groq.url,
    GOOGLE_GENERATIVE_AI_API_KEY: 'AIza_secret',
    GOOGLE_GENERATIVE_AI_BASE_URL: gemini.url,
    OPENAI_COMPATIBLE_BASE_URL: own.url,
  });
  assert.equal(
    await refusalOf(collect(askModel(question))),
    'No model could answer: Groq is over its limit; Gemini is having trouble (status 503); ' +
      'OpenAI-compatible sent something unreadable. Try again in a moment.',
  );
});

test('a conversation begun with one provider goes on with another (AG-3)', async (t) => {
  const both = await pair(t, { fault: { kind: 'status', status: 500 } });
  const call = { id: 'functions.search:0', name: 'search_knowledge', arguments: '{"que', malformed: true } as const;
  const messages = [
    ...question.messages,
    { role: 'assistant', text: '', toolCalls: [call] },
    { role: 'tool', id: call.id, name: call.name, result: 'The arguments were no JSON.', failed: true },
    { role: 'assistant', text: ' ' },
    { role: 'member', text: 'Go on.' },
  ] as const;
  assert.equal(textOf(await collect(both.askModel({ ...question, messages }))), 'From Anthropic.');
  assert.match(JSON.stringify(both.anthropic.requests[0]?.body), /"tool_use_id":"functions_search_0".*"is_error":true/);
});
