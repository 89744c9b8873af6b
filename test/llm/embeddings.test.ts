import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedder } from '../../src/llm/embeddings.js';
import { startCompatible } from '../support/providers/compatible.js';
import { eventually, refusalOf, settings } from './asking.js';

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
  const vectors = await embedTexts(Array.from({ length: 200 }, (_, index) => String(index)));
  assert.equal(vectors.length, 200);
  assert.ok(vectors[0] instanceof Float32Array);
  assert.ok(vectors.every((vector, index) => vector[0] === index && vector[1] === 1));
  assert.deepEqual(
    server.requests.map(({ body }) => (body as { input: string[] }).input.length),
    [96, 96, 8],
  );
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer emb_secret');
  assert.deepEqual(await embedTexts([]), []);
});

test('without an address there is no embedding model and asking says so (KB-4)', async () => {
  const { model, embedTexts } = embedder(settings({ EMBEDDING_MODEL: 'bge-m3' }));
  assert.equal(model, undefined);
  assert.match(await refusalOf(embedTexts(['x'])), /^No embedding server is configured\./);
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
    assert.equal(await refusalOf(embedTexts(['a', 'b'])), `The embedding server ${why}. Try again in a moment.`);
  });
}

test('large vectors fit (KB-4)', async (t) => {
  const server = await startCompatible({
    embed: (texts) => texts.map((_, index) => ({ index, embedding: new Array(4096).fill(-0.0123456789012345) })),
  });
  t.after(() => server.close());
  const vectors = await embedder(settings(environment(server.url))).embedTexts(new Array(96).fill('x'));
  assert.equal(vectors[95]?.length, 4096);
});

test('an embedding server is left alone after 5 failures (KB-4)', async (t) => {
  let now = 0;
  const server = await startCompatible({ embed: () => 'broken' });
  t.after(() => server.close());
  const { embedTexts } = embedder(settings(environment(server.url)), () => now);
  for (let failure = 1; failure <= 5; failure += 1) await refusalOf(embedTexts(['a']));
  assert.match(await refusalOf(embedTexts(['a'])), /failed repeatedly/);
  assert.equal(server.requests.length, 5);
  now += 30_000;
  await refusalOf(embedTexts(['a']));
  assert.equal(server.requests.length, 6);
});

test('a hanging embedding server is given up in time (KB-4)', async (t) => {
  const server = await startCompatible({ embed: () => new Promise(() => {}) });
  t.after(() => server.close());
  const { embedTexts } = embedder(settings({ ...environment(server.url), LLM_TURN_SECONDS: '0.3' }));
  assert.match(await refusalOf(embedTexts(['a'])), /^The embedding server did not finish within 0\.3 s\./);
  await eventually(() => server.requests[0]?.aborted === true, 'the request ends at the server');
});

test('embedding can be stopped (KB-4)', async (t) => {
  const server = await startCompatible();
  t.after(() => server.close());
  const { embedTexts } = embedder(settings(environment(server.url)));
  await assert.rejects(embedTexts(['a'], AbortSignal.abort(new Error('stopped'))), /stopped/);
});
