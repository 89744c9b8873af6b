import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { makeZip } from '../../support/documents/container.js';
import { makeXlsx } from '../../support/documents/excel.js';
import { makePdf } from '../../support/documents/pdf.js';
import { makeDocx } from '../../support/documents/word.js';
import { until } from '../../support/until.js';
import {
  added,
  type Library,
  openLibrary,
  type Reader,
  settled,
  untilNothingIsLeft,
  upload,
  uploadsLeft,
  type Workspace,
} from './library.js';

let library: Library;
let acme: Workspace;
const megabyte = 1024 * 1024;

before(async () => {
  library = await openLibrary();
  acme = await library.open('Acme', 'alice');
});
after(() => library?.close());

const bomb = makeZip({
  'word/media.xml': Buffer.alloc(24 * megabyte, 32),
  '[Content_Types].xml': '<Types/>',
  'word/document.xml': '<w:document/>',
});

const bad: Readonly<Record<string, { name: string; content: Buffer | string; says: RegExp }>> = {
  'an empty file': { name: 'empty.txt', content: '', says: /empty/i },
  'a program named as a document': {
    name: 'report.pdf',
    content: Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(500)]),
    says: /named \.pdf but its content is/,
  },
  'a Word document named as a PDF': {
    name: 'report.pdf',
    content: makeDocx([{ paragraph: 'Hello' }]),
    says: /content is a Word document.*rename it to \.docx/,
  },
  'a locked PDF': { name: 'locked.pdf', content: makePdf({ pages: [['x']], locked: true }), says: /password/ },
  'a ZIP bomb': { name: 'bomb.docx', content: bomb, says: /unpack|larger|compress/i },
  'a cut container': {
    name: 'cut.xlsx',
    content: makeXlsx([{ name: 'S', rows: [['a', 1]] }]).subarray(0, 400),
    says: /damaged|could not be read|incomplete/i,
  },
  'a PDF without text': { name: 'scan.pdf', content: makePdf({ pages: [[]] }), says: /No text|scanned/i },
};

describe('a file that cannot be taken says why, and nothing of it is left (KB-2, KB-3, KB-5)', () => {
  for (const [what, { name, content, says }] of Object.entries(bad)) {
    test(what, async () => {
      const { id, statusUrl } = added(await upload(acme.owner, acme.home, [{ name, content }]));
      const status = await settled(acme.owner, statusUrl);
      assert.equal(status.stage, 'failed');
      assert.match(status.failure ?? '', says);
      const shown = await acme.owner.person.get(`${acme.home}/${id}`);
      assert.match(shown.text, /This could not be added/);
      assert.deepEqual(await acme.rows('document_texts', `document_id = '${id}'`), []);
      await untilNothingIsLeft();
      const failed = (await acme.events()).filter(({ event }) => event === 'document.failed').at(-1);
      assert.equal(failed?.outcome, 'failed');
    });
  }

  test('the list tells of them, and shows them alone when asked', async () => {
    const list = await acme.owner.person.get(acme.home);
    assert.match(list.text, /could not be added/);
    const failed = await acme.owner.person.get(`${acme.home}?state=failed`);
    assert.match(failed.text, /report\.pdf/);
    assert.match(failed.text, /rename it to \.docx/);
  });
});

describe('size (KB-5)', () => {
  const of = (size: number) => [{ name: 'large.txt', content: Buffer.alloc(size, 'a word ') }];

  test('a file of exactly the limit is taken', async () => {
    const { statusUrl } = added(await upload(acme.owner, acme.home, of(megabyte)));
    assert.equal((await settled(acme.owner, statusUrl)).stage, 'done');
  });

  test('a byte more is 413, with the limit in words', async () => {
    const answer = await upload(acme.owner, acme.home, of(megabyte + 1));
    assert.equal(answer.status, 413);
    assert.match(answer.text, /A file may be at most 1 MB large/);
    await untilNothingIsLeft();
  });

  test('one too large among several: none is taken', async () => {
    const before = (await acme.rows('documents')).length;
    const files = [{ name: 'small.txt', content: 'small enough' }, ...of(megabyte + 1)];
    const answer = await upload(acme.owner, acme.home, files, { json: false });
    assert.equal(answer.status, 413);
    assert.match(answer.text, /<h1/);
    await untilNothingIsLeft();
    assert.equal((await acme.rows('documents')).length, before);
  });

  test('more files than a form may have are 413', async () => {
    const files = Array.from({ length: 21 }, (_, index) => ({ name: `${index}.txt`, content: 'text' }));
    const answer = await upload(acme.owner, acme.home, files);
    assert.equal(answer.status, 413);
    assert.match(answer.text, /at most 20 files/);
    await untilNothingIsLeft();
  });
});

describe('nothing is left of what no document came from (KB-3)', () => {
  test('a wrong token', async () => {
    const before = (await acme.rows('documents')).length;
    const answer = await upload(acme.owner, acme.home, [{ name: 'a.txt', content: 'text' }], { token: 'wrong' });
    assert.equal(answer.status, 403);
    await untilNothingIsLeft();
    assert.equal((await acme.rows('documents')).length, before);
  });

  test('a new version of a document that is not there', async () => {
    const action = `${acme.home}/0190a000-0000-7000-8000-000000000000/versions`;
    const answer = await upload(acme.owner, acme.home, [{ name: 'a.txt', content: 'text' }], { action });
    assert.equal(answer.status, 404);
    await untilNothingIsLeft();
  });

  test('a connection that breaks in the middle of a file, at every stage of it', async () => {
    for (const [index, sent] of [0, 1, 100, 5_000, 100_000, 300_000, 300_000, 300_000].entries()) {
      await cutUpload(acme.owner, sent, index % 2 === 0);
    }
    await untilNothingIsLeft();
  });
});

/** Sends the head of a form and so many bytes of its file, then hangs up. */
async function cutUpload({ person }: Reader, bytes: number, waitForFile: boolean): Promise<void> {
  const { hostname, port } = new URL(person.origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const part =
    '--cut\r\nContent-Disposition: form-data; name="files"; filename="cut.txt"\r\nContent-Type: text/plain\r\n\r\n';
  socket.write(
    `POST ${acme.home} HTTP/1.1\r\nHost: ${new URL(person.origin).host}\r\nOrigin: ${person.origin}\r\nCookie: ${cookie}\r\n` +
      `Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 900000\r\n\r\n${part}`,
  );
  await new Promise<void>((resolve) => socket.write(Buffer.alloc(bytes, 'x'), () => resolve()));
  if (waitForFile && bytes > 0) await until('the file arrives', () => uploadsLeft().length > 0);
  socket.destroy();
}
