import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTextPdf } from '../test/support/documents/pdf.js';
import { rounded, say } from './support.js';
import { makeText } from './texts.js';

/**
 * Taking documents in: 78 texts and 5 PDFs of 700 pages together, through the product's own actions, one after another and
 * four at a time, without and with the offline embedder; then one PDF of 1,000 pages. Each run is a process of its own.
 * TEXTS, PDFS and PAGES make it smaller.
 */
const texts = Number(process.env.TEXTS ?? 78);
const pdfs = Number(process.env.PDFS ?? 5);
const pages = Number(process.env.PAGES ?? 700);

const run = process.argv[2];
if (run) await ingest(JSON.parse(run));
else await runAll();

interface Run {
  readonly folder: string;
  readonly lanes: number;
  readonly only?: string;
}

async function runAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-ingest-'));
  for (let number = 0; number < texts; number += 1)
    writeFileSync(join(folder, `text-${number}.txt`), makeText(number, 3000));
  for (let number = 0; number < pdfs; number += 1)
    writeFileSync(join(folder, `book-${number}.pdf`), makeTextPdf(pages));
  const rows: Record<string, string | number>[] = [];
  for (const embedder of ['off', 'offline'] as const) {
    for (const lanes of [1, 4]) {
      const row = await inProcess({ folder, lanes }, embedder);
      // A run takes minutes: what is known is said at once.
      console.log(JSON.stringify(row));
      rows.push(row);
    }
  }
  say(`${texts} texts and ${pdfs} PDFs of ${pages} pages together`, rows);
  const single = mkdtempSync(join(tmpdir(), 'bailiwick-ingest-'));
  writeFileSync(join(single, 'long.pdf'), makeTextPdf(1000));
  const row = await inProcess({ folder: single, lanes: 1 }, 'off');
  const seconds = Number(row.seconds);
  say('A text PDF of 1,000 pages, from the upload to the answer', [{ ...row, 'pages/s': rounded(1000 / seconds, 0) }]);
}

function inProcess(task: Run, embedder: 'off' | 'offline'): Promise<Record<string, string | number>> {
  const env = { ...process.env, EMBEDDER: embedder, UPLOAD_MAX_MB: '200' };
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(task)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      const line = said.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve({ embedder, ...JSON.parse(line) });
      else reject(new Error(`the run ended with ${code}: ${said}`));
    });
  });
}

async function ingest({ folder, lanes }: Run): Promise<void> {
  const product = await startProduct();
  const waiting = readdirSync(folder).sort((one, other) => one.length - other.length || one.localeCompare(other));
  const ended: Ended[] = [];
  const lane = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) ended.push(await product.takeIn(join(folder, name)));
  };
  const measured = await measure(() => Promise.all(Array.from({ length: lanes }, lane)));
  const chunks = ended.reduce((sum, document) => sum + document.chunks, 0);
  const figures = {
    'at once': lanes,
    seconds: rounded(measured.seconds, 1),
    lost: ended.filter(({ stage }) => stage !== 'done').length,
    chunks,
    'chunks/s': rounded(chunks / measured.seconds, 0),
    ...measured.figures,
  };
  await product.stop();
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  process.exit(0);
}

interface Ended {
  readonly stage: 'done' | 'failed';
  readonly chunks: number;
}

/** Imported here and not above: the first process, which only starts the others, needs none of it. */
async function startProduct() {
  const { openTestDatabase } = await import('../test/support/database.js');
  const { recorder } = await import('../test/llm/asking.js');
  const { newWorkspace } = await import('../test/support/workspace.js');
  const { collectJobs } = await import('../src/background.js');
  const { startJobs } = await import('../src/jobs/runner.js');
  const { openDocument, uploadDocument } = await import('../src/features/knowledge/actions.js');
  const { placeForUpload } = await import('../src/features/knowledge/uploads.js');
  const { closeKnowledge } = await import('../src/features/knowledge/recovery.js');
  const { embedder } = await import('../src/features/knowledge/search/embedding.js');
  const database = await openTestDatabase({ tenants: 2 });
  collectJobs();
  const jobs = await startJobs();
  const context = await newWorkspace('bench');
  // Made ready once for a machine; not part of taking a document in.
  await embedder(recorder());
  return {
    /** From the upload until it is found by search, or was refused. */
    async takeIn(file: string): Promise<Ended> {
      const path = placeForUpload();
      copyFileSync(file, path);
      const id = await uploadDocument(context, { path, name: basename(file), size: statSync(path).size });
      for (;;) {
        const { stage, chunkCount } = await openDocument(context, id);
        if (stage === 'done' || stage === 'failed') return { stage, chunks: chunkCount };
        await pause(50);
      }
    },
    async stop() {
      await closeKnowledge();
      await jobs.stop();
      await database.close();
    },
  };
}

async function measure(work: () => Promise<unknown>) {
  const watch = watchMemory();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const started = performance.now();
  delay.enable();
  await work();
  const seconds = (performance.now() - started) / 1000;
  delay.disable();
  const memory = watch.end();
  const figures = {
    'CPU s': rounded(process.cpuUsage().user / 1e6, 1),
    'parent MB': memory.parent,
    'largest child MB': memory.child,
    'children MB': memory.children,
    'loop p99 ms': rounded(delay.percentile(99) / 1e6, 0),
    'loop max ms': rounded(delay.max / 1e6, 0),
  };
  return { seconds, figures };
}

/** Peaks of resident memory: this process, its largest child, all children together. Postgres is not counted. */
function watchMemory() {
  const peaks = { parent: 0, child: 0, children: 0 };
  const timer = setInterval(() => {
    peaks.parent = Math.max(peaks.parent, process.memoryUsage.rss());
    const sizes = childSizes();
    peaks.child = Math.max(peaks.child, ...sizes);
    peaks.children = Math.max(
      peaks.children,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }, 100);
  return {
    end() {
      clearInterval(timer);
      const megabytes = (bytes: number) => rounded(bytes / 1024 ** 2, 0);
      return {
        parent: megabytes(peaks.parent),
        child: megabytes(peaks.child),
        children: megabytes(peaks.children),
      };
    },
  };
}

function childSizes(): number[] {
  if (process.platform !== 'linux') return [];
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return pids.flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('child.js')) return [];
      const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return kilobytes ? [Number(kilobytes) * 1024] : [];
    } catch {
      return [];
    }
  });
}
