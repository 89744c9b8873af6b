import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanFileName, fileNameOfAddress } from '../../../../src/features/knowledge/extraction/file-name.js';

const cases: readonly [raw: string, clean: string][] = [
  ['report.pdf', 'report.pdf'],
  ['Jahresbericht – Q3 (final).PDF', 'Jahresbericht – Q3 (final).PDF'],
  ['../../x', 'x'],
  ['../../../etc/passwd', 'passwd'],
  ['C:\\Users\\alice\\..\\secret.docx', 'secret.docx'],
  ['folder/', 'folder'],
  ['..', 'file'],
  ['', 'file'],
  [' . . ', 'file'],
  ['.pdf', 'file.pdf'],
  ['.htaccess', 'file.htaccess'],
  ['name.pdf. . ', 'name.pdf'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['a\u0000b\u0007c\r\nd\u2028e.txt', 'abc d e.txt'],
  ['zero\u200bwidth\ufeff\u2066.md', 'zerowidth.md'],
  ['cafe\u0301.txt', 'caf\u00e9.txt'],
  ['a<b>c:d"e|f?g*.txt', 'a_b_c_d_e_f_g_.txt'],
  ['page.html:hidden.exe', 'page.html_hidden.exe'],
  ['CON', 'file-CON'],
  ['nul.txt', 'file-nul.txt'],
  ['Com1.tar.gz', 'file-Com1.tar.gz'],
  ['LPT\u00b9.txt', 'file-LPT\u00b9.txt'],
  ['console.log', 'console.log'],
  ['\ud800broken\udc00.txt', 'broken.txt'],
  ['  many   blanks .csv', 'many blanks.csv'],
  ['\u0645\u0633\u062a\u0646\u062f.pdf', '\u0645\u0633\u062a\u0646\u062f.pdf'],
];

test('file names lose paths, invisible characters and reserved names, and keep what people wrote (KB-2)', () => {
  for (const [raw, clean] of cases) assert.equal(cleanFileName(raw), clean, JSON.stringify(raw));
});

test('long names are cut to 120 characters between visible letters, extension kept (KB-2)', () => {
  assert.equal(cleanFileName(`${'x'.repeat(300)}.docx`), `${'x'.repeat(115)}.docx`);
  const faces = cleanFileName(`${'\u{1f469}\u200d\u{1f680}'.repeat(100)}.txt`);
  assert.doesNotMatch(faces, /\p{Cs}/u);
  assert.ok(faces.length <= 120 && Buffer.byteLength(faces) <= 240 && faces.endsWith('\u{1f680}.txt'), faces);
  const accents = cleanFileName(`${'\u05d0\u05b7'.repeat(200)}.pdf`);
  assert.ok(accents.endsWith('\u05d0\u05b7.pdf') && Buffer.byteLength(accents) <= 240);
  assert.equal(cleanFileName(`a${'.'.repeat(200_000)}`), 'a');
  assert.equal(cleanFileName(`${'b'.repeat(5)}${' '.repeat(200_000)}.txt`), 'bbbbb.txt');
});

test('whatever comes in, the name is safe and cleaning it again changes nothing (KB-2)', () => {
  const alphabet = [
    ...'aB.\u0301/\\:*?"<>| -_\u202e\u200d\u0000\n\u00e9\u4e2d~$',
    'CON',
    'nul',
    'com1',
    '..',
    '.pdf',
    '\u{1f680}',
    '\ud800',
    'x'.repeat(70),
  ];
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 5000; round += 1) {
    const raw = Array.from({ length: next(12) }, () => alphabet[next(alphabet.length)]).join('');
    const clean = cleanFileName(raw);
    assert.match(clean, /^[^/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}]{1,120}$/u, JSON.stringify(raw));
    assert.doesNotMatch(clean, /^\.|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu, JSON.stringify(raw));
    assert.equal(cleanFileName(clean), clean, JSON.stringify(raw));
  }
});

test('what is fetched is named after its address and its declared type (KB-1)', () => {
  const named = (address: string, type: string) => fileNameOfAddress(address, type);
  assert.equal(
    named('https://example.org/guide/Getting%20started', 'text/html; charset=utf-8'),
    'Getting started.html',
  );
  assert.equal(named('https://example.org/', 'text/html'), 'example.org.html');
  assert.equal(named('https://example.org/report.pdf?download=1', 'application/pdf'), 'report.pdf');
  assert.equal(named('https://example.org/index.php', 'TEXT/HTML'), 'index.php.html');
  assert.equal(named('https://example.org/README.md', 'text/plain'), 'README.md');
  assert.equal(named('https://example.org/notes', 'text/plain'), 'notes');
  assert.equal(named('https://example.org/table.csv', 'application/octet-stream'), 'table.csv');
  assert.equal(named('https://example.org/..%2f..%2fCON', ''), 'file-CON');
  assert.equal(named('https://example.org/%E0%A4%A', 'text/markdown'), '%E0%A4%A.md');
});
