import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Forbidden } from '../../src/errors.js';
import { embedder } from '../../src/llm/embeddings.js';
import { nothingUsed } from '../../src/llm/meter.js';
import { startCompatible } from '../support/providers/compatible.js';
import { until } from '../support/until.js';
import { recorder, refusalOf, settings } from './asking.js';

const environment = (url: string) => ({
  EMBEDDING_BASE_URL: `${url}/`,
  EMBEDDING_MODEL: 'bge-m3',
  EMBEDDING_API_KEY: 'emb_secret',
});

test('texts come back as vectors in their order, 96 to a request (KB-4)', async (t) => {
  const server = await startCompatible({
    embed: (texts) => texts.map((text, index) => ({ index, embedding: [Number(text), 1] })).reverse(),
  });
  t.after(() => server.close());
  const { embedTexts, model } = embedder(settings(environment(server.url)));
  assert.equal(model, 'bge-m3');
  const vectors = await embedTexts(
    Array.from({ length: 200 }, (_, index) => String(index)),
    recorder(),
  );
  assert.equal(vectors.length, 200);
  assert.ok(vectors[0] instanceof Float32Array);
  assert.ok(vectors.every((vector, index) => vector[0] === index && vector[1] === 1));
  assert.deepEqual(
    server.requests.map(({ body }) => (body as { input: string[] }).input.length),
    [96, 96, 8],
  );
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer emb_secret');
  assert.deepEqual(await embedTexts([], recorder()), []);
});

test('without an address there is no embedding model and asking says so (KB-4)', async () => {
  const { model, embedTexts } = embedder(settings({ EMBEDDING_MODEL: 'bge-m3' }));
  assert.equal(model, undefined);
  assert.match(await refusalOf(embedTexts(['x'], recorder())), /^No embedding server is configured\./);
});

const unfit: [string, unknown, string][] = [
  ['too few vectors', [{ index: 0, embedding: [1] }], 'sent vectors that do not fit the texts'],
  [
    'one place twice',
    [
      { index: 0, embedding: [1] },
      { index: 0, embedding: [1] },
    ],
    'sent vectors that do not fit the texts',
  ],
  [
    'a place too far',
    [
      { index: 0, embedding: [1] },
      { index: 2, embedding: [1] },
    ],
    'sent vectors that do not fit the texts',
  ],
  [
    'unequal lengths',
    [
      { index: 0, embedding: [1] },
      { index: 1, embedding: [1, 2] },
    ],
    'sent vectors that do not fit the texts',
  ],
  [
    'words for numbers',
    [
      { index: 0, embedding: ['1'] },
      { index: 1, embedding: [1] },
    ],
    'sent something unreadable',
  ],
  ['no list', 'vectors', 'sent something unreadable'],
];

for (const [what, data, why] of unfit) {
  test(`a reply with ${what} is refused as a whole (KB-4)`, async (t) => {
    const server = await startCompatible({ embed: () => data });
    t.after(() => server.close());
    const { embedTexts } = embedder(settings(environment(server.url)));
    assert.equal(
      await refusalOf(embedTexts(['a', 'b'], recorder())),
      `The embedding server ${why}. Try again in a moment.`,
    );
  });
}

test('large vectors fit (KB-4)', async (t) => {
  const server = await startCompatible({
    embed: (texts) => texts.map((_, index) => ({ index, embedding: new Array(4096).fill(-0.0123456789012345) })),
  });
  t.after(() => server.close());
  const vectors = await embedder(settings(environment(server.url))).embedTexts(new Array(96).fill('x'), recorder());
  assert.equal(vectors[95]?.length, 4096);
});

test('an embedding server is left alone after 5 failures (KB-4)', async (t) => {
  let now = 0;
  const server = await startCompatible({ embed: () => 'broken' });
  t.after(() => server.close());
  const { embedTexts } = embedder(settings(environment(server.url)), () => now);
  for (let failure = 1; failure <= 5; failure += 1) await refusalOf(embedTexts(['a'], recorder()));
  assert.match(await refusalOf(embedTexts(['a'], recorder())), /failed repeatedly/);
  assert.equal(server.requests.length, 5);
  now += 30_000;
  await refusalOf(embedTexts(['a'], recorder()));
  assert.equal(server.requests.length, 6);
});

test('a hanging embedding server is given up in time (KB-4)', async (t) => {
  const server = await startCompatible({ embed: () => new Promise(() => {}) });
  t.after(() => server.close());
  const { embedTexts } = embedder(settings({ ...environment(server.url), LLM_TURN_SECONDS: '0.3' }));
  assert.match(await refusalOf(embedTexts(['a'], recorder())), /^The embedding server did not finish within 0\.3 s\./);
  await until('the request ends at the server', () => server.requests[0]?.aborted === true);
});

test('embedding can be stopped (KB-4)', async (t) => {
  const server = await startCompatible();
  t.after(() => server.close());
  const { embedTexts } = embedder(settings(environment(server.url)));
  await assert.rejects(embedTexts(['a'], recorder(), AbortSignal.abort(new Error('stopped'))), /stopped/);
});

test('every request is counted: what it can come to before, what it came to after (AG-3)', async (t) => {
  const server = await startCompatible({
    embed: (texts) => (texts[0] === 'bad' ? 'broken' : texts.map(() => ({ embedding: [1] }))),
  });
  t.after(() => server.close());
  const { embedTexts } = embedder(settings(environment(server.url)));
  const meter = recorder();
  await embedTexts(new Array(97).fill('four'), meter);
  await refusalOf(embedTexts(['bad'], meter));
  const choice = { id: 'embedding:bge-m3', provider: 'embedding', model: 'bge-m3', label: 'Embeddings bge-m3' };
  const of = (inputTokens: number, estimated: boolean) => ({ ...nothingUsed, inputTokens, estimated });
  assert.deepEqual(meter.calls, [
    { choice, inputTokens: 192, outputTokens: 0, outcome: 'done', counted: of(5, false) },
    { choice, inputTokens: 2, outputTokens: 0, outcome: 'done', counted: of(5, false) },
    { choice, inputTokens: 1, outputTokens: 0, outcome: 'failed', counted: of(1, true) },
  ]);
});

test('a request that may not be made is not made, and is not the fault of the server (AG-3)', async (t) => {
  const server = await startCompatible();
  t.after(() => server.close());
  const { embedTexts } = embedder(settings(environment(server.url)));
  const refusing = { begin: () => Promise.reject(new Forbidden('You have used what a month allows.')) };
  for (let refused = 1; refused <= 6; refused += 1) {
    await assert.rejects(embedTexts(['a'], refusing), /what a month allows/);
  }
  assert.equal(server.requests.length, 0);
  assert.equal((await embedTexts(['a'], recorder())).length, 1);
});
