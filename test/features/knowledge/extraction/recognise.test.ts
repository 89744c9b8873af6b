import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import type { Limits } from '../../../../src/features/knowledge/extraction/limits.js';
import { makeEpub, makeOdt } from '../../../support/documents/books.js';
import { makeZip, packageParts } from '../../../support/documents/container.js';
import { makeXlsx } from '../../../support/documents/excel.js';
import { lyingSize } from '../../../support/documents/hostile.js';
import { makeTextPdf } from '../../../support/documents/pdf.js';
import { readHere } from '../../../support/documents/reading.js';
import { makePptx } from '../../../support/documents/slides.js';
import { makeDocx } from '../../../support/documents/word.js';

const docx = makeDocx([{ paragraph: 'Hello.' }]);
const pdf = makeTextPdf(1);
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');

async function refusal(content: Buffer | string, fileName: string, limits: Partial<Limits> = {}): Promise<string> {
  const read = readHere(content, fileName, limits);
  return read.then(
    ({ mediaType }) => `taken as ${mediaType}`,
    (error: Error) => `${error.name === 'Error' ? '' : error.name}${error.message}`,
  );
}

test('each type is known by its content when the name says nothing (KB-2)', async () => {
  const files: [Buffer | string, string][] = [
    [pdf, 'application/pdf'],
    [docx, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    [makeXlsx([{ name: 'A', rows: [['x']] }]), 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    [
      makePptx([{ title: 'A', lines: ['b'] }]),
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
    [makeOdt('<text:p>x</text:p>'), 'application/vnd.oasis.opendocument.text'],
    [makeEpub('T', ['<p>x</p>']), 'application/epub+zip'],
    ['<!-- hi -->\n<!DOCTYPE html><p>x', 'text/html'],
    ['solid words, BM and MZ, and no markup', 'text/plain'],
  ];
  for (const [content, type] of files) assert.equal((await readHere(content, 'file')).mediaType, type);
});

test('a lying file name is judged by its content (KB-2, V5.2.2)', async () => {
  assert.match(await refusal(png, 'scan.pdf'), /named \.pdf but its content is a PNG image, which cannot be read/u);
  assert.match(await refusal(docx, 'a.pdf'), /named \.pdf but its content is a Word document.*rename it to \.docx/u);
  assert.match(await refusal(pdf, 'a.txt'), /named \.txt but its content is a PDF document/u);
  assert.match(await refusal('<html><body>x', 'a.txt'), /content is an HTML page/u);
  assert.match(await refusal('<html><body>x', 'a.csv'), /content is an HTML page/u);
  assert.match(await refusal('just words', 'a.html'), /content is plain text/u);
  assert.match(await refusal('just words', 'a.pdf'), /content is plain text/u);
  assert.match(await refusal('just words', 'a.json'), /Files named \.json cannot be read/u);
  assert.match(await refusal(pdf, 'a.bin'), /content is a PDF document/u);
  assert.match(await refusal(makeXlsx([{ name: 'A', rows: [['x']] }]), 'a.docx'), /content is an Excel workbook/u);
  assert.equal(await refusal('<p align="center">Logo</p>\n\n# Read me', 'README.md'), 'taken as text/markdown');
});

test('what cannot be read is named, with what to do (KB-5)', async () => {
  assert.match(await refusal('', 'a.txt'), /empty/u);
  assert.match(await refusal(' \n\t ', 'a.txt'), /no text in this file/u);
  assert.match(await refusal(png, 'photo.png'), /This is a PNG image, which cannot be read\. Upload PDF/u);
  assert.match(await refusal('{\\rtf1 x}', 'a.txt'), /RTF/u);
  assert.match(await refusal('<?xml version="1.0"?><svg/>', 'a.txt'), /XML/u);
  assert.match(await refusal(Buffer.from('abc\0def'), 'a.txt'), /not text/u);
  assert.match(
    await refusal(Buffer.from([...Array(2000).keys()].map((n) => (n * 37) % 251 || 1)), 'a.txt'),
    /not text|cannot be read/u,
  );
  const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
  assert.match(await refusal(compound, 'old.doc'), /old Office format/u);
  const locked = Buffer.concat([compound, Buffer.from('EncryptedPackage', 'utf16le')]);
  assert.match(await refusal(locked, 'a.docx'), /Office file is locked with a password/u);
  const macros = makeZip(packageParts('word/document.xml', 'application/vnd.ms-word.document.macroEnabled.main+xml'));
  assert.match(await refusal(macros, 'a.docm'), /with macros/u);
  assert.match(
    await refusal(makeOdt('<text:p>x</text:p>', { manifest: '<manifest:encryption-data/>' }), 'a.odt'),
    /locked with a password/u,
  );
  assert.match(
    await refusal(makeZip({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet' }), 'a.ods'),
    /other than a text/u,
  );
});

test('archives are not opened, however deep (KB-5)', async () => {
  let nested = makeZip({ 'a.txt': 'x' });
  for (let depth = 0; depth < 30; depth += 1) nested = makeZip({ 'inner.zip': nested });
  assert.match(await refusal(nested, 'a.zip'), /ZIP archive\. Unpack it/u);
  assert.match(await refusal(nested, 'a.docx'), /named \.docx but its content is a ZIP archive/u);
});

test('a file that is two things at once is refused (KB-2)', async () => {
  assert.match(await refusal(Buffer.concat([pdf, docx]), 'a.pdf'), /another file in front of it or behind it/u);
  assert.match(await refusal(Buffer.concat([Buffer.from('GIF89a;'), pdf]), 'a.pdf'), /another file in front of it/u);
  assert.match(await refusal(Buffer.concat([docx, Buffer.from('trailing')]), 'a.docx'), /damaged/u);
  assert.match(await refusal(Buffer.concat([png, docx]), 'a.docx'), /PNG image/u);
});

test('containers that unpack to too much are refused by what they declare (KB-5, V5.2.3)', async () => {
  const zeros = Buffer.alloc(11 * 1024 * 1024);
  const bomb = makeDocx([{ paragraph: 'x' }], { 'word/media/image.xml': zeros });
  assert.match(await refusal(bomb, 'a.docx'), /unpacks to far more than its size/u);
  assert.match(await refusal(docx, 'a.docx', { entries: 3 }), /unpacks to far more/u);
  assert.match(await refusal(docx, 'a.docx', { unpackedBytes: 500 }), /unpacks to far more/u);
});

test('a header that lies about its size is caught while unpacking, before it costs anything (KB-5)', async () => {
  const bomb = makeDocx([{ paragraph: 'x' }], { 'word/extra.xml': Buffer.alloc(11 * 1024 * 1024) });
  const started = performance.now();
  assert.match(await refusal(lyingSize(bomb, 'word/extra.xml', 10), 'a.docx'), /unpacks to far more/u);
  assert.ok(performance.now() - started < 20_000);
  assert.match(await refusal(lyingSize(docx, 'word/document.xml', 100_000), 'a.docx'), /damaged/u);
});

test('damaged containers are refused, not guessed at (KB-5)', async () => {
  assert.match(await refusal(docx.subarray(0, docx.length - 30), 'a.docx'), /damaged/u);
  assert.match(await refusal(Buffer.concat([docx.subarray(0, 40), deflateRawSync('x')]), 'a.docx'), /damaged/u);
  for (let at = 0; at < docx.length; at += 7) {
    const broken = Buffer.from(docx);
    broken[at] = (broken[at] ?? 0) ^ 0xff;
    // Some bytes do not matter; none may do harm.
    await readHere(broken, 'a.docx').catch((error: Error) => assert.ok(error instanceof Error));
  }
});

test('document types in Office files are refused, and nothing outside of a file is ever read (KB-5, V1.5.1)', async () => {
  const entity =
    '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
  const document = `<?xml version="1.0"?>${entity}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&secret;&b;</w:t></w:r></w:p></w:body></w:document>`;
  assert.match(
    await refusal(makeDocx([], { 'word/document.xml': document }), 'a.docx'),
    /declarations that Office never writes/u,
  );
  const wide = Buffer.from(`\ufeff${document}`, 'utf16le');
  assert.match(
    await refusal(makeDocx([], { 'word/document.xml': wide }), 'a.docx'),
    /declarations that Office never writes/u,
  );
  const strings = `<?xml version="1.0"?>${entity}<sst><si><t>&secret;&b;</t></si></sst>`;
  const workbook = makeXlsx([{ name: 'A', rows: [['x']] }], { 'xl/sharedStrings.xml': strings });
  assert.match(await refusal(workbook, 'a.xlsx'), /declarations that Office never writes/u);
  const book = await readHere(makeEpub('T', [`${entity}<p>start &secret; &b; end</p>`]), 'a.epub');
  assert.doesNotMatch(JSON.stringify(book.sections), /root:|aaaaaaaaaa/u);
});

test('the test file for virus scanners is refused, also inside of a document (KB-5, V5.4.3)', async () => {
  const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
  assert.match(await refusal(eicar, 'a.txt'), /EICAR/u);
  assert.match(await refusal(makeDocx([{ paragraph: 'x' }], { 'word/embeddings/a.bin': eicar }), 'a.docx'), /EICAR/u);
});
