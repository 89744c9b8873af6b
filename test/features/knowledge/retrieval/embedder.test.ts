import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UpstreamFailed } from '../../../../src/errors.js';
import { type OfflineEmbedder, offlineEmbedder } from '../../../../src/features/knowledge/retrieval/embedder.js';
import { until } from '../../../support/until.js';

const folder = mkdtempSync(join(tmpdir(), 'models-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function started(idleMs?: number): Promise<OfflineEmbedder> {
  const { embedder, reason } = await offlineEmbedder({ folder, ...(idleMs === undefined ? {} : { idleMs }) });
  assert.ok(embedder, reason);
  return embedder;
}

/** One process serves the tests that need nothing special of it; the last of them closes it. */
let shared: Promise<OfflineEmbedder> | undefined;
const sharedEmbedder = (): Promise<OfflineEmbedder> => {
  shared ??= started();
  return shared;
};

const dot = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, k) => sum + value * (other[k] ?? 0), 0);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a question is nearer to the passage that answers it than to others, offline (KB-4)', async () => {
  const embedder = await sharedEmbedder();
  const vectors = await embedder.embedPassages([
    { prefix: 'Handbook > Sign-in', text: 'Forgotten credentials can be recovered from the sign-in page.' },
    { prefix: 'Handbook > Food', text: 'The canteen serves soup and fish on Fridays.' },
  ]);
  const query = await embedder.embedQuery('How do I reset my password?');
  const [related, unrelated] = vectors.map((vector) => dot(vector, query));
  assert.ok((related ?? 0) > (unrelated ?? 0) + 0.2, `${related} and ${unrelated}`);
  for (const vector of [...vectors, query]) {
    assert.equal(vector.length, embedder.dimensions);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  }
});

test('passages keep their order, whatever their length, and a long one is read to its end (KB-4)', async () => {
  const embedder = await sharedEmbedder();
  const filler = 'The committee met again to discuss the minutes of the previous meeting. '.repeat(16);
  const texts = ['', 'short', filler, `${filler} Penguins live in Antarctica and eat krill.`, '漢字'.repeat(300), '😀'];
  const passages = Array.from({ length: 40 }, (_, i) => ({ prefix: 'Title', text: texts[i % texts.length] ?? '' }));
  const together = await embedder.embedPassages(passages);
  assert.equal(together.length, 40);
  for (const [i, text] of texts.entries()) {
    const [alone = new Float32Array()] = await embedder.embedPassages([{ prefix: 'Title', text }]);
    assert.ok(dot(alone, together[i] as Float32Array) > 0.99);
    assert.ok(dot(alone, together[i + texts.length] as Float32Array) > 0.99);
  }
  const penguins = await embedder.embedQuery('What do penguins eat?');
  const [without, within] = [together[2] as Float32Array, together[3] as Float32Array];
  assert.ok(dot(within, penguins) > dot(without, penguins) + 0.05);
  assert.deepEqual(await embedder.embedPassages([]), []);
});

test('of an endless question only the beginning is read (KB-4)', async () => {
  const embedder = await sharedEmbedder();
  const question = 'What does the contract say about notice? '.repeat(100).slice(0, 4000);
  const endless = `${question}${'And what about penguins? '.repeat(40_000)}`;
  assert.deepEqual(await embedder.embedQuery(endless), await embedder.embedQuery(question));
});

test('the embedding process killed in the middle is started again and nothing is lost (KB-4)', async () => {
  const embedder = await sharedEmbedder();
  const first = embedder.pid();
  const passages = Array.from({ length: 48 }, (_, i) => ({ prefix: '', text: `Passage ${i} about travel expenses.` }));
  const embedding = embedder.embedPassages(passages);
  process.kill(first ?? 0, 'SIGKILL');
  const vectors = await embedding;
  assert.equal(vectors.length, 48);
  assert.notEqual(embedder.pid(), first);
  const [again = new Float32Array()] = await embedder.embedPassages(passages.slice(47));
  assert.ok(dot(again, vectors[47] as Float32Array) > 0.99);
});

test('requests that wait when the embedder closes are told so (KB-4)', async () => {
  const embedder = await sharedEmbedder();
  const waiting = embedder.embedQuery('too late');
  const closing = embedder.close();
  await assert.rejects(waiting, UpstreamFailed);
  await closing;
  assert.equal(embedder.pid(), undefined);
});

test('the embedding process leaves when nobody asks, and comes back when somebody does (KB-4)', async () => {
  const embedder = await started(20);
  const first = embedder.pid() ?? 0;
  await until('the process has ended', () => embedder.pid() === undefined && !isAlive(first));
  assert.equal((await embedder.embedQuery('back again')).length, 512);
  await embedder.close();
});

test('a damaged model file is converted again, and no half-written one is left (KB-4)', async () => {
  const [file = ''] = readdirSync(folder);
  writeFileSync(join(folder, file), 'no model');
  const embedder = await started();
  await embedder.close();
  assert.deepEqual(readdirSync(folder), [file]);
});

test('where the model cannot be kept there is a reason instead of an embedder (KB-4)', async () => {
  const path = join(folder, 'a-file');
  writeFileSync(path, '');
  const { embedder, reason } = await offlineEmbedder({ folder: path });
  assert.equal(embedder, undefined);
  assert.match(reason ?? '', /^The offline embedder does not work here\. .*a-file/);
  assert.ok(existsSync(path));
});
