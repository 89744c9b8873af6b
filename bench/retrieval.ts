import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { queryLexemes } from '../src/features/knowledge/retrieval/analysis.js';
import { type FetchedPosting, type LexicalScores, scoreBm25 } from '../src/features/knowledge/retrieval/bm25.js';
import { chunkSections, prefixOf } from '../src/features/knowledge/retrieval/chunking.js';
import { type OfflineEmbedder, offlineEmbedder } from '../src/features/knowledge/retrieval/embedder.js';
import { fuse } from '../src/features/knowledge/retrieval/fusion.js';
import { postingsOf } from '../src/features/knowledge/retrieval/postings.js';
import { rememberTags } from '../src/features/knowledge/retrieval/tags.js';
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
interface System {
  /** Document ids, best first. */
  readonly find: (query: Query) => Promise<string[]> | string[];
  /** Another process that works for it. */
  readonly pid?: number | undefined;
}

const cutoff = 10;
const candidates = 50;

const allWords = `select id as "documentId" from plain, websearch_to_tsquery('english', $1) as asked
  where words @@ asked order by ts_rank(words, asked, 1) desc limit 50`;
const anyWord = `select id as "documentId"
  from plain, cast(replace(cast(plainto_tsquery('english', $1) as text), '&', '|') as tsquery) as asked
  where words @@ asked order by ts_rank(words, asked, 1) desc limit 50`;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { database: { type: 'string' } } });
const [folder] = positionals;
if (!folder) {
  console.error('Say which folder: npm run bench:retrieval -- FOLDER [--database URL]');
  process.exit(1);
}

const docs = readLines<Doc>('docs.jsonl');
const queries = readLines<Query>('queries.jsonl');
const relevant = new Map<string, Map<string, number>>();
for (const { qid, did, rel } of readLines<{ qid: string; did: string; rel: number }>('qrels.jsonl')) {
  relevant.set(qid, (relevant.get(qid) ?? new Map()).set(did, rel));
}
const chunked = docs.map((doc) => ({ doc, chunks: chunkSections(doc.title, [{ headings: [], text: doc.text }]) }));
const chunks = chunked.flatMap(({ doc, chunks: own }) => own.map((chunk) => ({ doc, chunk })));
console.log(`${docs.length} documents, ${chunks.length} chunks, ${queries.length} queries`);

const key = randomBytes(32);
const blind = (lexeme: string): Buffer => createHmac('sha256', key).update(lexeme).digest().subarray(0, 6);
const table: Record<string, Record<string, string>> = {};
const search = indexWords();
measureIndexing();
if (values.database) await measurePostgres(values.database);
await measure('BM25', { find: (query) => distinct(search(query.text).top(candidates)) });
const { embedder, reason } = await offlineEmbedder();
if (embedder) await measureVectors(embedder);
else console.log(`No embedder: ${reason}`);
console.table(table);

function readLines<Row>(name: string): Row[] {
  const lines = readFileSync(join(folder ?? '', name), 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Row);
}

function indexWords(): (question: string) => LexicalScores {
  const rows = new Map<string, FetchedPosting[]>();
  let termTotal = 0;
  for (const { doc, chunks: own } of chunked) {
    const indexed = postingsOf(doc.title, own, blind);
    termTotal += indexed.termTotal;
    for (const { tag, entries } of indexed.rows) {
      const known = rows.get(tag.toString('hex')) ?? [];
      known.push({ tag, documentId: doc.id, entries });
      rows.set(tag.toString('hex'), known);
    }
  }
  const collection = { chunkCount: chunks.length, averageLength: termTotal / chunks.length };
  return (question) =>
    scoreBm25(
      queryLexemes(question).flatMap((lexeme) => rows.get(blind(lexeme).toString('hex')) ?? []),
      collection,
    );
}

/** The work before the database, once warm, with a fresh HMAC for each word of a document and with tags remembered. */
function measureIndexing(): void {
  const ways = { 'tags made for each document': blind, 'tags remembered': rememberTags(blind) };
  for (const [name, way] of Object.entries(ways)) {
    const once = (): void => {
      for (const { title, text } of docs) postingsOf(title, chunkSections(title, [{ headings: [], text }]), way);
    };
    for (let round = 0; round < 5; round++) once();
    const started = cpuOf(process.pid);
    for (let round = 0; round < 10; round++) once();
    const perChunk = (cpuOf(process.pid) - started) / chunks.length / 10;
    console.log(`chunk, analyse, blind, pack (${name}): ${perChunk.toFixed(3)} CPU-ms a chunk`);
  }
}

async function measureVectors(embedder: OfflineEmbedder): Promise<void> {
  const texts = chunks.map(({ doc, chunk }) => ({ prefix: prefixOf(doc.title, chunk), text: chunk.text }));
  const before = { cpu: cpuOf(embedder.pid()), at: performance.now() };
  const embedded = await embedder.embedPassages(texts);
  const cpu = (cpuOf(embedder.pid()) - before.cpu) / chunks.length;
  const wall = (performance.now() - before.at) / chunks.length;
  console.log(`embedding: ${cpu.toFixed(1)} CPU-ms a chunk, ${wall.toFixed(1)} ms by the clock`);
  const vectors = new VectorIndex(embedder.dimensions);
  for (const { doc } of chunked) vectors.set(doc.id, packVectors(embedded.filter((_, i) => chunks[i]?.doc === doc)));

  const find = async (query: Query, lexical?: LexicalScores): Promise<string[]> => {
    const vector = await embedder.embedQuery(query.text);
    const top = vectors.scan(vector, candidates);
    if (!lexical) return distinct(top);
    const cosineOf = (id: string, ordinal: number) => vectors.cosineOf(id, ordinal, vector);
    return distinct(fuse(lexical, { top, cosineOf }, candidates));
  };
  const pid = embedder.pid();
  await measure('Vectors', { pid, find: (query) => find(query) });
  await measure('BM25 and vectors', { pid, find: (query) => find(query, search(query.text)) });
  console.log(`memory of the embedding process, at most: ${peakMegabytes(pid)} MB`);
  await embedder.close();
}

async function measurePostgres(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('create temp table plain (id text, words tsvector)');
  for (const { doc, chunk } of chunks) {
    const content = `${doc.title} ${chunk.text}`;
    await client.query(`insert into plain (id, words) values ($1, to_tsvector('english', $2))`, [doc.id, content]);
  }
  await client.query('create index on plain using gin (words)');
  await client.query('analyze plain');
  const [backend] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  const asking = (text: string): System => ({
    pid: backend?.pid,
    find: async (query) => distinct((await client.query<{ documentId: string }>(text, [query.text])).rows),
  });
  await measure('Postgres, all words', asking(allWords));
  await measure('Postgres, any word', asking(anyWord));
  await client.end();
}

function distinct(hits: readonly { documentId: string }[]): string[] {
  return [...new Set(hits.map(({ documentId }) => documentId))];
}

async function measure(name: string, { find, pid }: System): Promise<void> {
  const sums = { ndcg: 0, mrr: 0, recall: 0 };
  const cpu = (): number => cpuOf(process.pid) + (pid === undefined ? 0 : cpuOf(pid));
  const started = cpu();
  for (const query of queries) {
    const gains = relevant.get(query.id) ?? new Map<string, number>();
    const found = (await find(query)).slice(0, cutoff).map((id) => gains.get(id) ?? 0);
    const ideal = discounted([...gains.values()].sort((one, other) => other - one).slice(0, cutoff));
    const first = found.findIndex((gain) => gain > 0);
    sums.ndcg += ideal > 0 ? discounted(found) / ideal : 0;
    sums.mrr += first < 0 ? 0 : 1 / (first + 1);
    sums.recall += gains.size > 0 ? found.filter((gain) => gain > 0).length / gains.size : 0;
  }
  const mean = (sum: number, digits = 4): string => (sum / queries.length).toFixed(digits);
  table[name] = {
    'nDCG@10': mean(sums.ndcg),
    'MRR@10': mean(sums.mrr),
    'recall@10': mean(sums.recall),
    'CPU-ms a search': mean(cpu() - started, 2),
  };
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, rank) => sum + (2 ** gain - 1) / Math.log2(rank + 2), 0);
}

/** Milliseconds of processor time so far. Of other processes to ten milliseconds, and on Linux only. */
function cpuOf(pid: number | undefined): number {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  const fields = readProc(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function peakMegabytes(pid: number | undefined): string {
  return (Number(/VmHWM:\s+(\d+)/.exec(readProc(pid, 'status'))?.[1]) / 1024).toFixed(0);
}

function readProc(pid: number | undefined, name: string): string {
  const path = `/proc/${pid}/${name}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
