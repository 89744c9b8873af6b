import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpstreamFailed } from '../../../../src/errors.js';
import { providerEmbedder } from '../../../../src/features/knowledge/retrieval/provider-embedder.js';
import { recorder } from '../../../llm/asking.js';

const meter = recorder();

test("a provider's model gets whole chunks with their prefix, and its vectors are made comparable (KB-4)", async () => {
  const sent: string[] = [];
  const embedder = await providerEmbedder(
    async (texts) => {
      sent.push(...texts);
      return texts.map((text) => [3, 4, text.length > 20 ? 1 : 0]);
    },
    { modelName: 'small-model', meter },
  );
  assert.equal(embedder.id, 'provider/small-model/3');
  assert.equal(embedder.dimensions, 3);
  const passages = Array.from({ length: 150 }, (_, i) => ({ prefix: 'Guide > Part', text: `text ${i}` }));
  const vectors = await embedder.embedPassages(passages, meter);
  assert.equal(vectors.length, 150);
  assert.equal(sent.at(-1), 'Guide > Part\n\ntext 149');
  for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
  assert.deepEqual([...(await embedder.embedQuery('why?', meter))].map(Math.fround), [0.6, 0.8, 0].map(Math.fround));
});

test('vectors of another number or length are refused rather than mixed with others (KB-4)', async () => {
  let answer = [[1, 0]];
  const embedder = await providerEmbedder(async () => answer, { modelName: 'changing', meter });
  answer = [[1, 0, 0]];
  await assert.rejects(embedder.embedQuery('why?', meter), UpstreamFailed);
  answer = [];
  await assert.rejects(embedder.embedPassages([{ prefix: '', text: 'a' }], meter), UpstreamFailed);
  await assert.rejects(
    providerEmbedder(async () => [[]], { modelName: 'empty', meter }),
    UpstreamFailed,
  );
});
