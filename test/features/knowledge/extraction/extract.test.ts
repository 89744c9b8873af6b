import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Invalid } from '../../../../src/errors.js';
import { nodeFlags, systemLimits } from '../../../../src/features/knowledge/extraction/confinement.js';
import { type ExtractOptions, extractDocument } from '../../../../src/features/knowledge/extraction/extract.js';
import { makeEpub } from '../../../support/documents/books.js';
import { makeXlsx, sheetXml } from '../../../support/documents/excel.js';
import { lyingSize } from '../../../support/documents/hostile.js';
import { makePdf, makeTextPdf, sentence } from '../../../support/documents/pdf.js';
import { makeDocx } from '../../../support/documents/word.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'extraction-'));
});
after(() => rm(folder, { recursive: true }));

let made = 0;
async function extract(content: Buffer | string, fileName: string, options: ExtractOptions & { scope?: string } = {}) {
  made += 1;
  const path = join(folder, String(made));
  await writeFile(path, content);
  try {
    const { scope = 'acme', ...rest } = options;
    return await extractDocument({ path, fileName, scope }, rest);
  } finally {
    await rm(path);
  }
}

const refused = (message: RegExp) => (error: unknown) => error instanceof Invalid && message.test(error.message);

/** The processes that a process has started, by their ids. */
async function childIds(parent = process.pid): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const stats = await Promise.all(ids.map((id) => readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')));
  const started = stats.filter((stat) => stat.replace(/^.*\) /su, '').split(' ')[1] === String(parent));
  return started.filter((stat) => !/\) Z /u.test(stat)).map((stat) => Number.parseInt(stat, 10));
}

const book = makeTextPdf(400, 10);

test('a PDF of 1,000 pages comes back whole, telling how far it is (KB-1, KB-3)', async () => {
  const told: number[] = [];
  const document = await extract(makeTextPdf(1000, 10), 'book.pdf', {
    onProgress: ({ done, total }) => told.push(done / total),
  });
  assert.deepEqual([document.mediaType, document.pages, document.sections.length], ['application/pdf', 1000, 1000]);
  assert.ok(document.sections[999]?.text.endsWith(sentence(999, 9)));
  assert.ok(told.length > 3 && told.at(-1) === 1 && told.every((part, index) => part >= (told[index - 1] ?? 0)));
});

test('many files at once are all read, by two children at most, and none is lost (KB-1)', async () => {
  let most = 0;
  const watching = setInterval(async () => {
    most = Math.max(most, (await childIds()).length);
  }, 20);
  const files = Array.from({ length: 12 }, (_, index): [Buffer | string, string] => {
    if (index % 4 === 0) return [makeTextPdf(5), `${index}.pdf`];
    return index % 4 === 1
      ? [makeDocx([{ paragraph: `word ${index}` }]), `${index}.docx`]
      : [`text ${index}`, `${index}.txt`];
  });
  const read = await Promise.all(files.map(([content, name]) => extract(content, name)));
  clearInterval(watching);
  assert.deepEqual(
    read.map(({ sections }) => sections.length),
    files.map(([, name]) => (name.endsWith('.pdf') ? 5 : 1)),
  );
  assert.ok(most >= 1 && most <= 2, `${most} children`);
});

test('a child reads several files of one workspace, and never those of another (IS-1)', async () => {
  const readBy = async (scope: string, name: string) => {
    await extract('some text', name, { scope });
    return childIds();
  };
  const before = await childIds();
  const first = (await readBy('one', 'a.txt')).find((id) => !before.includes(id));
  assert.ok(first, 'a new workspace has a child of its own');
  assert.ok((await readBy('one', 'b.md')).includes(first), 'which is kept');
  const afterwards = await readBy('two', 'c.txt');
  assert.ok(
    afterwards.some((id) => id !== first && !before.includes(id)),
    'and not lent to another workspace',
  );
  assert.ok(afterwards.length <= 2);
});

test('a file that takes too long is given up in time, and the next one is read (KB-5)', async () => {
  const started = performance.now();
  const limits = { seconds: 0.3, secondsPerPage: 0 };
  await assert.rejects(extract(book, 'a.pdf', { limits }), refused(/could not be read within 0\.3 seconds/u));
  assert.ok(performance.now() - started < 20_000);
  // A Word document is one step, of which nothing is heard before its end.
  const long = makeDocx(Array.from({ length: 40_000 }, (_, index) => ({ paragraph: `paragraph ${index}` })));
  const silence = { limits: { silentSeconds: 0.3 } };
  await assert.rejects(extract(long, 'a.docx', silence), refused(/could not be read within 0\.3 seconds/u));
  assert.equal((await extract('still here', 'b.txt')).sections[0]?.text, 'still here');
});

test('a file that eats memory ends its child only (KB-5)', async () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => [`a${index}`, `b${index}`, index]);
  const eating = makeXlsx([{ name: 'A', rows: [['x']] }], { 'xl/worksheets/sheet1.xml': sheetXml(rows) });
  await assert.rejects(
    extract(eating, 'a.xlsx', { limits: { memoryBytes: 60 * 1024 * 1024 } }),
    refused(/more memory than one file may use/u),
  );
  assert.equal((await extract('still here', 'b.txt')).sections[0]?.text, 'still here');
});

/** Reads the book, and sends its child a signal as soon as it has begun. */
async function readInterrupted(signal: NodeJS.Signals) {
  let sent = 0;
  const document = await extract(book, 'book.pdf', {
    scope: signal,
    onProgress: async () => {
      sent += 1;
      if (sent === 1) for (const id of await childIds()) process.kill(id, signal);
    },
  });
  return { sent, document };
}

test('a child that is killed from outside is replaced, and the file is read all the same (KB-5)', async () => {
  const { sent, document } = await readInterrupted('SIGKILL');
  assert.ok(sent > 0);
  assert.equal(document.sections.length, 400);
});

test('a child whose heap is full, or whose parser crashes, refuses its file only (KB-5)', async () => {
  await assert.rejects(readInterrupted('SIGABRT'), refused(/more memory than one file may use/u));
  await assert.rejects(readInterrupted('SIGSEGV'), refused(/could not be read\. It may be damaged/u));
  assert.equal((await extract('still here', 'b.txt')).sections[0]?.text, 'still here');
});

test('whoever asked can give up, while waiting and while reading (KB-5)', async () => {
  const reason = new Error('deleted');
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = () => controller.abort(reason);
  const asked = ['a.pdf', 'b.pdf', 'c.pdf', 'd.pdf'].map((name) => extract(book, name, { signal, onProgress }));
  for (const end of await Promise.allSettled(asked)) assert.deepEqual(end, { status: 'rejected', reason });
  assert.equal((await extract('still here', 'b.txt')).sections[0]?.text, 'still here');
});

test('a child ends with its parent, even when that is killed (KB-3)', {
  skip: systemLimits().length === 0,
}, async () => {
  const path = join(folder, 'book');
  await writeFile(path, makeTextPdf(2000, 20));
  const script = fileURLToPath(new URL('../../../support/documents/parent.js', import.meta.url));
  const parent = spawn(process.execPath, [script, path, 'book.pdf'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  const [child] = await childIds(parent.pid);
  assert.ok(child);
  parent.kill('SIGKILL');
  const deadline = Date.now() + 5000;
  while (Date.now() < deadline && (await readFile(`/proc/${child}/stat`).catch(() => undefined))) await setTimeout(20);
  await assert.rejects(readFile(`/proc/${child}/stat`), { code: 'ENOENT' });
  await rm(path);
});

test('hostile files are refused by the child with a message for people, and leave nothing behind (KB-3, KB-5)', async () => {
  const bomb = makeDocx([{ paragraph: 'x' }], { 'word/extra.xml': Buffer.alloc(11 * 1024 * 1024) });
  const hostile: [Buffer | string, string, RegExp][] = [
    ['', 'a.txt', /empty/u],
    ['x'.repeat(1001), 'a.txt', /larger than 1000 bytes/u],
    [makePdf({ pages: [['x']], locked: true }), 'a.pdf', /locked with a password/u],
    [makeDocx([{ paragraph: 'x' }]), 'a.pdf', /named \.pdf but its content is a Word document/u],
    [bomb, 'a.docx', /unpacks to far more/u],
    [lyingSize(bomb, 'word/extra.xml', 10), 'a.docx', /unpacks to far more/u],
    [makeEpub('T', ['<p>x</p>']).subarray(0, 700), 'a.epub', /damaged/u],
    [Buffer.from('a\0b'), '../../x\u202e\u0000\n.txt', /not text/u],
    ['x', `${'n'.repeat(300)}.exe`, /cannot be read/u],
  ];
  for (const [content, name, message] of hostile) {
    const limits = name === 'a.txt' ? { bytes: 1000 } : {};
    await assert.rejects(extract(content, name, { limits }), refused(message), `${name} ${message}`);
  }
  assert.deepEqual(await readdir(folder), []);
});

test('a file that is gone is no fault of the person: the error is the system’s (KB-3)', async () => {
  await assert.rejects(extractDocument({ path: join(folder, 'missing'), fileName: 'a.txt' }), { code: 'ENOENT' });
});

test('the child may read no file, write no file, start nothing and make no code (KB-3, KB-5, V1.2.5)', async () => {
  const tries = {
    read: `require('fs').readFileSync('/etc/passwd')`,
    list: `require('fs').readdirSync(${JSON.stringify(folder)})`,
    write: `require('fs').writeFileSync(${JSON.stringify(join(folder, 'left'))}, 'x')`,
    start: `require('child_process').execFileSync('true')`,
    thread: `new (require('worker_threads').Worker)('1', { eval: true })`,
    code: `new Function('return 1')()`,
    inspect: `require('inspector').open(0)`,
  };
  for (const [name, code] of Object.entries(tries)) {
    const script = `try { ${code}; console.log('allowed') } catch (error) { console.log(error.code ?? error.name) }`;
    const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags(), '-e', script], { env: {} });
    assert.match(stdout, /^(?:ERR_ACCESS_DENIED|EvalError)\n$/u, name);
  }
  assert.deepEqual(await readdir(folder), []);
});
