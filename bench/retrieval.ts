import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { queryLexemes } from '../src/features/knowledge/retrieval/analysis.js';
import { type FetchedPosting, type LexicalScores, scoreBm25 } from '../src/features/knowledge/retrieval/bm25.js';
import { type Chunk, chunkSections, prefixOf } from '../src/features/knowledge/retrieval/chunking.js';
import { type OfflineEmbedder, offlineEmbedder } from '../src/features/knowledge/retrieval/embedder.js';
import { fuse } from '../src/features/knowledge/retrieval/fusion.js';
import { postingsOf } from '../src/features/knowledge/retrieval/postings.js';
import { VectorIndex } from '../src/features/knowledge/retrieval/vector-index.js';
import { packVectors } from '../src/features/knowledge/retrieval/vectors.js';

/*
 * How well retrieval finds, against plain full-text search, and what it costs.
 *
 *   npm run bench:retrieval -- FOLDER [--database URL]
 *
 * FOLDER holds docs.jsonl {id, title, text}, queries.jsonl {id, text} and qrels.jsonl {qid, did, rel}. With a database,
 * Postgres' own full-text search is measured beside it, in a temporary table. A document ranks by its best chunk.
 */

interface Doc {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}
interface Query {
  readonly id: string;
  readonly text: string;
}
/** Document ids, best first. */
type System = (query: Query) => Promise<string[]> | string[];

const cutoff = 10;
const candidates = 50;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { database: { type: 'string' } } });
const [folder] = positionals;
if (!folder) {
  console.error('Say which folder: node dist/bench/retrieval.js FOLDER [--database URL]');
  process.exit(1);
}

const docs = readLines<Doc>('docs.jsonl');
const queries = readLines<Query>('queries.jsonl');
const relevant = new Map<string, Map<string, number>>();
for (const { qid, did, rel } of readLines<{ qid: string; did: string; rel: number }>('qrels.jsonl')) {
  relevant.set(qid, (relevant.get(qid) ?? new Map()).set(did, rel));
}

const measured: Record<string, Record<string, string>> = {};
const { index, chunks, cost: indexing } = buildLexical();
console.log(`${docs.length} documents, ${chunks.length} chunks, ${queries.length} queries`);
console.log(`chunk + analyse + blind + pack: ${indexing.toFixed(3)} CPU-ms a chunk`);

if (values.database) await measurePostgres(values.database);
await measure('BM25', (query) => distinct(index.search(query.text).top(candidates)));
const { embedder, reason } = await offlineEmbedder();
if (embedder) await measureDense(embedder);
else console.log(`No embedder: ${reason}`);
console.table(measured);

function readLines<Row>(name: string): Row[] {
  const lines = readFileSync(join(folder ?? '', name), 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Row);
}

function buildLexical() {
  const key = randomBytes(32);
  const blind = (lexeme: string): Buffer => createHmac('sha256', key).update(lexeme).digest().subarray(0, 6);
  const rows = new Map<string, FetchedPosting[]>();
  const all: { doc: Doc; chunks: Chunk[] }[] = [];
  let termTotal = 0;
  const started = process.cpuUsage();
  for (const doc of docs) {
    const made = chunkSections(doc.title, [{ headings: [], text: doc.text }]);
    const indexed = postingsOf(doc.title, made, blind);
    for (const { tag, entries } of indexed.rows) {
      const tagged = rows.get(tag.toString('hex')) ?? [];
      tagged.push({ tag, documentId: doc.id, entries });
      rows.set(tag.toString('hex'), tagged);
    }
    termTotal += indexed.termTotal;
    all.push({ doc, chunks: made });
  }
  const flat = all.flatMap(({ doc, chunks }) => chunks.map((chunk) => ({ doc, chunk })));
  const collection = { chunkCount: flat.length, averageLength: termTotal / flat.length };
  const search = (question: string): LexicalScores => {
    const found = queryLexemes(question).flatMap((lexeme) => rows.get(blind(lexeme).toString('hex')) ?? []);
    return scoreBm25(found, collection);
  };
  return { index: { search }, chunks: flat, cost: cpuSince(started) / flat.length };
}

async function measureDense(embedder: OfflineEmbedder): Promise<void> {
  const vectors = new VectorIndex(embedder.dimensions);
  const before = childCpu(embedder);
  const started = performance.now();
  const texts = chunks.map(({ doc, chunk }) => ({ prefix: prefixOf(doc.title, chunk), text: chunk.text }));
  const embedded = await embedder.embedPassages(texts);
  const wall = (performance.now() - started) / chunks.length;
  console.log(
    `embedding: ${((childCpu(embedder) - before) / chunks.length).toFixed(1)} CPU-ms a chunk, ${wall.toFixed(1)} ms`,
  );
  for (const doc of docs) {
    vectors.set(doc.id, packVectors(embedded.filter((_, i) => chunks[i]?.doc === doc)));
  }
  const queryVectors = new Map<string, Float32Array>();
  const beforeQueries = childCpu(embedder);
  for (const query of queries) queryVectors.set(query.id, await embedder.embedQuery(query.text));
  console.log(`a query: ${((childCpu(embedder) - beforeQueries) / queries.length).toFixed(1)} CPU-ms to embed`);
  console.log(`memory of the embedding process: ${childMegabytes(embedder)} MB`);
  await embedder.close();

  const vectorOf = (query: Query): Float32Array => queryVectors.get(query.id) ?? new Float32Array(embedder.dimensions);
  await measure('Vectors', (query) => distinct(vectors.scan(vectorOf(query), candidates)));
  await measure('BM25 and vectors', (query) => {
    const vector = vectorOf(query);
    const dense = {
      top: vectors.scan(vector, candidates),
      cosineOf: (documentId: string, ordinal: number) => vectors.cosineOf(documentId, ordinal, vector),
    };
    return distinct(fuse(index.search(query.text), dense, candidates));
  });
}

async function measurePostgres(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('create temp table plain (id text, words tsvector)');
  for (const { doc, chunk } of chunks) {
    const text = `${doc.title} ${chunk.text}`;
    await client.query(`insert into plain select $1, to_tsvector('english', $2)`, [doc.id, text]);
  }
  await client.query('create index on plain using gin (words)');
  await client.query('analyze plain');
  const ranked = (terms: string) => async (query: Query) => {
    const statement = `select p.id as "documentId" from plain p, (select ${terms} as terms) q
      where p.words @@ q.terms order by ts_rank(p.words, q.terms, 1) desc limit ${candidates}`;
    return distinct((await client.query<{ documentId: string }>(statement, [query.text])).rows);
  };
  await measure('Postgres, all words', ranked(`websearch_to_tsquery('english', $1)`));
  const any = `replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery`;
  await measure('Postgres, any word', ranked(any));
  await client.end();
}

function distinct(hits: readonly { documentId: string }[]): string[] {
  return [...new Set(hits.map(({ documentId }) => documentId))];
}

async function measure(name: string, system: System): Promise<void> {
  const sums = { ndcg: 0, mrr: 0, recall: 0 };
  const started = process.cpuUsage();
  for (const query of queries) {
    const gains = relevant.get(query.id) ?? new Map<string, number>();
    const found = (await system(query)).slice(0, cutoff).map((id) => gains.get(id) ?? 0);
    const ideal = [...gains.values()].sort((one, other) => other - one).slice(0, cutoff);
    const first = found.findIndex((gain) => gain > 0);
    sums.ndcg += discounted(ideal) > 0 ? discounted(found) / discounted(ideal) : 0;
    sums.mrr += first < 0 ? 0 : 1 / (first + 1);
    sums.recall += gains.size > 0 ? found.filter((gain) => gain > 0).length / gains.size : 0;
  }
  const mean = (sum: number): string => (sum / queries.length).toFixed(4);
  measured[name] = {
    'nDCG@10': mean(sums.ndcg),
    'MRR@10': mean(sums.mrr),
    'recall@10': mean(sums.recall),
    'CPU-ms a search': (cpuSince(started) / queries.length).toFixed(2),
  };
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, rank) => sum + (2 ** gain - 1) / Math.log2(rank + 2), 0);
}

function cpuSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** Milliseconds, from Linux' /proc; NaN elsewhere. */
function childCpu(embedder: OfflineEmbedder): number {
  try {
    const fields = readFileSync(`/proc/${embedder.pid()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

function childMegabytes(embedder: OfflineEmbedder): string {
  try {
    const status = readFileSync(`/proc/${embedder.pid()}/status`, 'utf8');
    return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toFixed(0);
  } catch {
    return 'unknown';
  }
}
