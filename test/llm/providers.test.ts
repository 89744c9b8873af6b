import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ModelMessage, ProviderName, ToolCall } from '../../src/llm/model-step.js';
import { startAnthropic } from '../support/providers/anthropic.js';
import { startCompatible } from '../support/providers/compatible.js';
import { startGemini } from '../support/providers/gemini.js';
import { startGroq } from '../support/providers/groq.js';
import type { Script } from '../support/providers/script.js';
import type { ProviderOptions, ProviderServer } from '../support/providers/server.js';
import { collect, question, router, searchTool, textOf } from './asking.js';

interface Vendor {
  readonly provider: ProviderName;
  readonly model: string;
  start(options: ProviderOptions): Promise<ProviderServer>;
  environment(url: string): Record<string, string>;
}

const vendors: Vendor[] = [
  {
    provider: 'groq',
    model: 'llama-3.3-70b-versatile',
    start: startGroq,
    environment: (url) => ({ GROQ_API_KEY: 'gsk_test', GROQ_BASE_URL: url }),
  },
  {
    provider: 'gemini',
    model: 'gemini-2.5-flash',
    start: startGemini,
    environment: (url) => ({ GOOGLE_GENERATIVE_AI_API_KEY: 'AIza_test', GOOGLE_GENERATIVE_AI_BASE_URL: url }),
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    start: startAnthropic,
    environment: (url) => ({ ANTHROPIC_API_KEY: 'sk-ant-test', ANTHROPIC_BASE_URL: url }),
  },
  {
    provider: 'compatible',
    model: 'default',
    start: startCompatible,
    environment: (url) => ({ OPENAI_COMPATIBLE_BASE_URL: url, OPENAI_COMPATIBLE_API_KEY: 'own' }),
  },
];

const elevenAndSeven = { inputTokens: 11, outputTokens: 7, cachedTokens: 0, cacheWrites: 0, estimated: false };

for (const { provider, model, start, environment } of vendors) {
  describe(`${provider} on its own wire format (AG-3)`, async () => {
    let script: Script = {};
    const server = await start({ reply: () => script });
    const { askModel, configuredModels } = router(environment(server.url));
    after(() => server.close());

    test(`${provider} is listed with its model (AG-3)`, () => {
      const [choice, ...others] = configuredModels();
      assert.equal(choice?.id, `${provider}:${model}`);
      assert.equal(choice?.provider, provider);
      assert.deepEqual(others, []);
    });

    test(`${provider} streams text and counts tokens (AG-3)`, async () => {
      script = { text: ['Two ', 'mémbers ', 'of the board 🙂.'] };
      assert.deepEqual(await collect(askModel(question)), [
        { type: 'started', provider, model, failedBefore: [] },
        { type: 'text', text: 'Two ' },
        { type: 'text', text: 'mémbers ' },
        { type: 'text', text: 'of the board 🙂.' },
        { type: 'finished', reason: 'stop', ...elevenAndSeven },
      ]);
      const sent = JSON.stringify(server.requests.at(-1)?.body);
      for (const part of ['You are Guide.', 'Who may sign?', searchTool.description]) assert.ok(sent.includes(part));
    });

    test(`${provider} may cut its stream anywhere between two bytes (AG-3)`, async () => {
      script = { text: ['Zürich ', '🙂'], pace: { bytes: 37, everyMs: 0 } };
      assert.equal(textOf(await collect(askModel(question))), 'Zürich 🙂');
    });

    test(`${provider} asks for tools and gets their results back (AG-3)`, async () => {
      script = {
        text: 'I look it up.',
        calls: [
          { name: 'search_knowledge', arguments: { query: 'who may "sign"? ä' }, signature: 'c2lnbmVk' },
          { name: 'search_knowledge', arguments: { query: 'board' } },
        ],
      };
      const events = await collect(askModel(question));
      const calls = events.flatMap(({ type, ...call }): ToolCall[] => (type === 'tool-call' ? [call as ToolCall] : []));
      assert.deepEqual(
        calls.map((call) => [call.name, call.arguments, call.malformed]),
        [
          ['search_knowledge', { query: 'who may "sign"? ä' }, undefined],
          ['search_knowledge', { query: 'board' }, undefined],
        ],
      );
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2, 'two calls, two ids');
      assert.deepEqual(events.at(-1), { type: 'finished', reason: 'tool-calls', ...elevenAndSeven });

      // The server refuses what its vendor would refuse, so an answer shows that the history was in order.
      script = { text: 'Alice.' };
      const messages: ModelMessage[] = [
        ...question.messages,
        { role: 'assistant', text: 'I look it up.', toolCalls: calls },
        ...calls.map(({ id, name }, index) => ({ role: 'tool' as const, id, name, result: `passage ${index}` })),
      ];
      assert.equal(textOf(await collect(askModel({ ...question, messages }))), 'Alice.');
      const sent = JSON.stringify(server.requests.at(-1)?.body);
      assert.match(sent, /passage 0.*passage 1/);
      if (provider === 'gemini') assert.match(sent, /"thoughtSignature":"c2lnbmVk"/, 'Gemini 3 refuses calls without');
    });

    test(`${provider} is told when an answer met the length limit (AG-3)`, async () => {
      script = { text: 'Half an ans', finish: 'length' };
      const events = await collect(askModel({ ...question, maxOutputTokens: 5 }));
      assert.equal(events.find((event) => event.type === 'finished')?.reason, 'length');
      assert.match(JSON.stringify(server.requests.at(-1)?.body), /"(max_tokens|maxOutputTokens)":5\b/);
    });

    if (provider !== 'gemini') {
      test(`${provider} calls a tool with something else than a JSON object: the event says so (AG-3)`, async () => {
        script = {
          calls: [
            { id: 'one', name: 'search_knowledge', arguments: '{"query": "cut' },
            { id: 'two', name: 'search_knowledge', arguments: '["list"]' },
            { id: 'three', name: 'search_knowledge', arguments: '' },
          ],
        };
        const calls = (await collect(askModel(question))).filter((event) => event.type === 'tool-call');
        assert.deepEqual(
          calls.map((call) => [call.id, call.arguments, call.malformed]),
          [
            ['one', '{"query": "cut', true],
            ['two', '["list"]', true],
            ['three', {}, undefined],
          ],
        );
      });
    }
  });
}

test('keys travel in the header of their vendor only (AG-3)', async (t) => {
  const places: Record<ProviderName, [string, string]> = {
    groq: ['authorization', 'Bearer gsk_test'],
    gemini: ['x-goog-api-key', 'AIza_test'],
    anthropic: ['x-api-key', 'sk-ant-test'],
    compatible: ['authorization', 'Bearer own'],
  };
  for (const { provider, start, environment } of vendors) {
    const server = await start({});
    t.after(() => server.close());
    await collect(router(environment(server.url)).askModel(question));
    const [name, value] = places[provider];
    const request = server.requests[0];
    assert.equal(request?.headers[name], value);
    assert.doesNotMatch(`${request?.path} ${JSON.stringify(request?.body)}`, /gsk_test|AIza|sk-ant|own/);
  }
});

test('a server that does not count tokens is estimated (AG-3)', async (t) => {
  const server = await startCompatible({ reply: () => ({ text: 'x'.repeat(40), usage: 'none' }) });
  t.after(() => server.close());
  const events = await collect(router({ OPENAI_COMPATIBLE_BASE_URL: server.url }).askModel(question));
  const finished = events.find((event) => event.type === 'finished');
  assert.equal(finished?.outputTokens, 10);
  assert.ok((finished?.inputTokens ?? 0) > 5);
  assert.equal(finished?.estimated, true);
});

test('steps in a row use one connection (AG-3)', async (t) => {
  const server = await startGroq();
  t.after(() => server.close());
  const { askModel } = router({ GROQ_API_KEY: 'k', GROQ_BASE_URL: server.url });
  for (let step = 0; step < 4; step += 1) {
    await collect(askModel(question));
    // undici frees a connection one turn of the event loop later; a real turn runs tools in between.
    await nextTurn();
  }
  assert.equal(server.connections(), 1);
});
