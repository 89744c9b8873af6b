import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeEpub, makeOdt } from '../../support/documents/books.js';
import { makeXlsx } from '../../support/documents/excel.js';
import { makePdf, makeTextPdf } from '../../support/documents/pdf.js';
import { makePptx } from '../../support/documents/slides.js';
import { makeDocx } from '../../support/documents/word.js';
import {
  added,
  type FileSpec,
  type Library,
  openLibrary,
  settled,
  untilNothingIsLeft,
  upload,
  uploadsLeft,
  type Workspace,
} from './library.js';

let library: Library;
let acme: Workspace;

before(async () => {
  library = await openLibrary();
  acme = await library.open('Acme', 'alice');
});
after(() => library?.close());

const line = 'The warehouse closes at seven in the evening on weekdays.';
const kinds: readonly FileSpec[] = [
  { name: 'handbook.pdf', content: makePdf({ pages: [[line], ['A second page.']] }) },
  { name: 'handbook.docx', content: makeDocx([{ heading: 'Hours', level: 1 }, { paragraph: line }]) },
  {
    name: 'stock.xlsx',
    content: makeXlsx([
      {
        name: 'Stock',
        rows: [
          ['Item', 'Count'],
          [line, 3],
        ],
      },
    ]),
  },
  { name: 'talk.pptx', content: makePptx([{ title: 'Hours', lines: [line] }]) },
  { name: 'letter.odt', content: makeOdt(`<text:p>${line}</text:p>`) },
  { name: 'book.epub', content: makeEpub('A book', [`<h1>Hours</h1><p>${line}</p>`]) },
  { name: 'page.html', content: `<!doctype html><title>Hours</title><p>${line}</p>` },
  { name: 'notes.md', content: `# Hours\n\n${line}\n` },
  { name: 'table.csv', content: `what,when\nwarehouse,"${line}"\n` },
  { name: 'plain.txt', content: line },
];

test('files of every kind, several at once, are read and their uploads deleted (KB-1, KB-3)', async () => {
  const { documents } = added(await upload(acme.owner, acme.home, kinds));
  assert.equal(documents.length, kinds.length);
  for (const [index, { statusUrl, id }] of documents.entries()) {
    const status = await settled(acme.owner, statusUrl);
    assert.equal(status.stage, 'done', `${kinds[index]?.name}: ${status.failure}`);
    const shown = await acme.owner.person.get(`${acme.home}/${id}`);
    assert.match(shown.text, /warehouse closes at seven/, kinds[index]?.name);
    assert.match(shown.text, /Upload deleted/);
  }
  await untilNothingIsLeft();
  const events = (await acme.events()).filter(({ event }) => event === 'document.read');
  assert.equal(events.length, kinds.length);
  assert.ok(events.every(({ details }) => details.uploadDeleted === true));
});

test('with script the answer names where to ask, and the stages pass by in order (KB-1)', async () => {
  const answer = await upload(acme.owner, acme.home, [{ name: 'long.pdf', content: makeTextPdf(120) }]);
  const { id, statusUrl } = added(answer);
  assert.equal(statusUrl, `${acme.home}/${id}/status`);
  const { stages, progress, href } = await settled(acme.owner, statusUrl);
  const order = ['reading', 'chunking', 'indexing', 'done'];
  assert.deepEqual(
    stages,
    order.filter((stage) => stages.includes(stage)),
    'no stage comes back',
  );
  assert.equal(stages[0], 'reading');
  assert.equal(progress, 100);
  assert.equal(href, `${acme.home}/${id}`);
});

describe('without script', () => {
  test('the form leads back to the list, which shows what is going on and says how to see more (KB-1)', async () => {
    const answer = await upload(acme.owner, acme.home, [{ name: 'slow.pdf', content: makeTextPdf(150) }], {
      json: false,
    });
    assert.equal(answer.status, 303);
    assert.equal(answer.location, acme.home);
    const list = await acme.owner.person.get(acme.home);
    const row = /<li class="progress-row"[^>]*data-status-url="([^"]+)"[\s\S]*?<\/li>/.exec(list.text);
    assert.match(row?.[0] ?? '', /slow\.pdf/);
    assert.match(row?.[0] ?? '', /Reload to see more/);
    await settled(acme.owner, row?.[1] ?? '');
    assert.doesNotMatch((await acme.owner.person.get(acme.home)).text, /data-status-url/);
  });

  test('a form without a file is answered with what to do', async () => {
    const answer = await upload(acme.owner, acme.home, [], { json: false });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /Choose at least one file/);
  });
});

test('names are cleaned, shown safely, and never used as a path (KB-2, V5.3.2)', async () => {
  const names = [
    ['../../etc/passwd.txt', 'passwd.txt'],
    ['..\\..\\boot.txt', 'boot.txt'],
    ['CON.txt', 'file-CON.txt'],
    ['evil\u202Egpj.txt', 'evilgpj.txt'],
    ['<script>alert(1)</script>.txt', 'script_.txt'],
    [`${'n'.repeat(300)}.txt`, `${'n'.repeat(116)}.txt`],
    ['  ...  ', 'file'],
    ['Übersicht 目录.txt', 'Übersicht 目录.txt'],
  ] as const;
  for (const [given, clean] of names) {
    const { id, statusUrl } = added(await upload(acme.owner, acme.home, [{ name: given, content: line }]));
    const status = await settled(acme.owner, statusUrl);
    assert.equal(status.title, clean, JSON.stringify(given));
    const { text } = await acme.owner.person.get(`${acme.home}/${id}`);
    assert.doesNotMatch(text, /<script>alert|\u202E/);
  }
  await untilNothingIsLeft();
});

test('control characters in a name are refused as they are, and dropped when they come encoded (KB-2)', async () => {
  const raw = await upload(acme.owner, acme.home, [{ name: 'line\u0007bell.txt', content: line }]);
  assert.equal(raw.status, 400);
  const token = await acme.owner.person.token(`${acme.home}/new`);
  const part = (head: string, body: string) => `--cut\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
  const file = part(`name="files"; filename*=utf-8''line%07%00bell%0A%E2%80%AE.txt`, line);
  const answer = await acme.owner.person.send(acme.home, {
    method: 'POST',
    body: `${part('name="_csrf"', token)}${file}--cut--\r\n`,
    headers: {
      Origin: acme.owner.person.origin,
      Accept: 'application/json',
      'Content-Type': 'multipart/form-data; boundary=cut',
    },
  });
  assert.equal((await settled(acme.owner, added(answer).statusUrl)).title, 'linebell.txt');
  await untilNothingIsLeft();
});

test('a title of the document itself comes before the name that its owner knows (KB-1)', async () => {
  const content = makePdf({ pages: [[line]], title: 'Opening hours <b>of</b> the warehouse' });
  const { statusUrl } = added(await upload(acme.owner, acme.home, [{ name: 'scan_0042.pdf', content }]));
  const { title, href } = await settled(acme.owner, statusUrl);
  assert.equal(title, 'Opening hours <b>of</b> the warehouse (scan_0042.pdf)');
  const { text } = await acme.owner.person.get(href);
  assert.match(text, /Opening hours &lt;b&gt;of&lt;\/b&gt; the warehouse \(scan_0042\.pdf\)/);
});

test('the queue, which all workspaces share, holds ids and nothing else; a lost reading is told of after a day', async () => {
  const { rows } = await library.server.database.admin.query(
    `select t.identifier, j.payload, j.run_at - now() > interval '23 hours' as late
     from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier like 'tenant:knowledge.%'`,
  );
  const expiries = rows.filter(({ identifier }) => identifier === 'tenant:knowledge.expire');
  assert.ok(expiries.length > 0 && expiries.every(({ late }) => late));
  assert.ok(rows.every(({ payload }) => Object.keys(payload).sort().join() === 'documentId,tenant'));
});

test('the folder of uploads is open to its owner only', async () => {
  const { stat } = await import('node:fs/promises');
  const { varPath } = await import('../../../src/config.js');
  assert.equal((await stat(varPath('uploads'))).mode & 0o777, 0o700);
  assert.deepEqual(uploadsLeft(), []);
});
