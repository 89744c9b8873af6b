import { performance } from 'node:perf_hooks';
import { newId } from '../src/database/id.js';
import { insertDocument, saveText } from '../src/features/knowledge/queries.js';
import { normalised, packVectors } from '../src/features/knowledge/retrieval/vectors.js';
import { closeEmbedder, embedder } from '../src/features/knowledge/search/embedding.js';
import { findIndexed, markDone, saveVectors } from '../src/features/knowledge/search/indexing/queries.js';
import { indexWords } from '../src/features/knowledge/search/indexing/words.js';
import { searchKnowledge } from '../src/features/knowledge/search/search.js';
import { forgetAllVectors } from '../src/features/knowledge/search/vector-cache.js';
import { closeThreads } from '../src/features/knowledge/text/threads.js';
import type { TenantContext } from '../src/tenancy/context.js';
import { inTenant, readTenant } from '../src/tenancy/in-tenant.js';
import { recorder } from '../test/llm/asking.js';
import { openTestDatabase } from '../test/support/database.js';
import { newWorkspace } from '../test/support/workspace.js';
import { median, percentile, rounded, say } from './support.js';
import { makeText, random, vocabulary } from './texts.js';

/**
 * Searching 1,000, 10,000 and 100,000 chunks of synthetic text, by words and meaning, through the product's own search:
 * the question is embedded, tags are looked up, vectors are scanned, passages are opened. The vectors of the documents are
 * random: what they say does not matter to the time. SIZES and QUERIES change the scale.
 */
const sizes = (process.env.SIZES ?? '1000,10000,100000').split(',').map(Number);
const queries = Number(process.env.QUERIES ?? 200);
const wordsEach = 16_000;

const database = await openTestDatabase({ tenants: 2 });
const context = await newWorkspace('bench');
const model = await embedder(recorder());
const rows: Record<string, string | number>[] = [];
const pick = random(42);
let [chunks, documents] = [0, 0];

for (const size of sizes) {
  const started = performance.now();
  const before = chunks;
  while (chunks < size) chunks += await addDocument(context, documents++);
  const seconds = (performance.now() - started) / 1000;
  rows.push({ chunks, documents, 'indexed chunks/s': rounded((chunks - before) / seconds, 0), ...(await measure()) });
  console.log(rows.at(-1));
}
say(`Search, ms, ${queries} questions of 3 to 6 words, ${model ? model.id : 'no embedder'}`, rows);
await closeEmbedder();
await closeThreads();
await database.close();
process.exit(0);

async function addDocument(where: TenantContext, number: number): Promise<number> {
  const [id, title] = [newId(), `Book ${number}`];
  const text = { sections: [{ headings: [], text: makeText(number, wordsEach) }] };
  await inTenant(where, 'knowledge.create', async (db) => {
    await insertDocument(db, { id, title, source: 'paste', byteSize: 1, mediaType: 'text/plain', createdBy: null });
    await saveText(db, { id, title, mediaType: 'text/plain', pageCount: undefined, text });
  });
  await indexWords(where, id);
  const found = await readTenant(where, 'knowledge.update', (db) => findIndexed(db, id));
  if (!found) throw new Error('nothing was indexed');
  if (model) {
    const vectors = Array.from({ length: found.chunkCount }, () =>
      normalised(Float32Array.from({ length: model.dimensions }, () => pick() - 0.5)),
    );
    const saved = { embedder: model.id, packed: packVectors(vectors), state: found.state };
    await inTenant(where, 'knowledge.update', async (db) => {
      await saveVectors(db, id, saved);
      await markDone(db, id);
    });
  }
  return found.chunkCount;
}

async function measure(): Promise<Record<string, number>> {
  forgetAllVectors();
  const cold = await timed();
  for (let warming = 0; warming < 5; warming += 1) await timed();
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let asked = 0; asked < queries; asked += 1) times.push(await timed());
  const { user, system } = process.cpuUsage(cpu);
  return {
    'first, cold': rounded(cold, 0),
    p50: rounded(median(times), 1),
    p95: rounded(percentile(times, 0.95), 1),
    p99: rounded(percentile(times, 0.99), 1),
    'CPU here': rounded((user + system) / 1000 / queries, 1),
    'MB here': rounded(process.memoryUsage.rss() / 1024 ** 2, 0),
  };
}

/** Words of a question are mostly of the middling kind: neither everywhere nor in one document. */
async function timed(): Promise<number> {
  const count = 3 + Math.floor(pick() * 4);
  const word = () => vocabulary[Math.floor(20 * 500 ** pick())] ?? 'word';
  const query = `what is the ${Array.from({ length: count }, word).join(' ')}`;
  const started = performance.now();
  const found = await searchKnowledge(context, { query, limit: 6 });
  if (found.length === 0) throw new Error('nothing was found');
  return performance.now() - started;
}
