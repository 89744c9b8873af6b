import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../../../src/features/knowledge/extraction/parsers/pdf-lines.js';
import { makePdf, makeTextPdf, sentence } from '../../../support/documents/pdf.js';
import { inShort, readHere } from '../../../support/documents/reading.js';

test('a PDF keeps its pages and paragraphs, and mends broken words (KB-1, KB-4)', async () => {
  const file = makePdf({
    title: 'Security policy',
    pages: [
      [
        { text: 'Passwords', size: 20 },
        'Every password is stored as a hash that takes long to com-',
        'pute, and is never written to a log. Well-known',
        'passwords are refused.',
        { text: 'Sessions end after half an hour without use, as the work-', above: 14 },
        'Station is often shared.',
        { text: 'Second factors', size: 15, above: 10 },
        'A code, or a key:',
        '- a code by mail',
        '- a key that is plugged in',
      ],
      ['Page two (with brackets) goes on.'],
    ],
  });
  const read = await readHere(file, 'policy.pdf');
  assert.deepEqual([read.mediaType, read.title, read.pages], ['application/pdf', 'Security policy', 2]);
  assert.deepEqual(inShort(read.sections), [
    'Passwords | p1 | Every password is stored as a hash that takes long to compute, and is never written to a log. Well-known passwords are refused.\n\nSessions end after half an hour without use, as the work- Station is often shared.',
    'Passwords > Second factors | p1 | A code, or a key:\n\n- a code by mail\n\n- a key that is plugged in',
    'Passwords > Second factors | p2 | Page two (with brackets) goes on.',
  ]);
});

test('the outline of a PDF gives its headings, at the line where they stand (KB-4)', async () => {
  const file = makePdf({
    pages: [['Preface text.', '1.1 Scope', 'All sites.'], ['More of it.'], ['Ends here.']],
    outline: [
      { title: 'Scope', page: 1 },
      { title: 'Annex', page: 3 },
    ],
  });
  assert.deepEqual(inShort((await readHere(file, 'a.pdf')).sections), [
    'p1 | Preface text.',
    '1.1 Scope | p1 | All sites.',
    '1.1 Scope | p2 | More of it.',
    'Annex | p3 | Ends here.',
  ]);
});

test('a book of 200 pages is read whole and in order (KB-1)', async () => {
  const read = await readHere(makeTextPdf(200, 10), 'book.pdf');
  assert.deepEqual([read.pages, read.sections.length], [200, 200]);
  assert.ok(read.sections[199]?.text.endsWith(sentence(199, 9)));
  assert.ok(read.sections.every((section, index) => section.page === index + 1));
});

test('a PDF that cannot be taken says why (KB-5)', async () => {
  const book = makeTextPdf(3);
  await assert.rejects(readHere(makePdf({ pages: [['x']], locked: true }), 'a.pdf'), /locked with a password/u);
  await assert.rejects(readHere(makePdf({ pages: [[], []] }), 'scan.pdf'), /no text in this file.*OCR/u);
  await assert.rejects(readHere(book, 'a.pdf', { pages: 2 }), /has 3 pages; up to 2/u);
  await assert.rejects(readHere(Buffer.from('%PDF-1.7\nnothing of the kind'), 'a.pdf'), /damaged/u);
  await assert.rejects(readHere(book, 'a.pdf', { characters: 500 }), /more text than/u);
});

test('Arabic and Hebrew that a PDF holds as it looks are turned into reading order (KB-1)', () => {
  const lineOf = (...pieces: [text: string, dir: string][]) => {
    const items = pieces.map(([str, dir], index) => {
      return { str, dir, transform: [1, 0, 0, 1, 60 + index * 10, 700], width: 8, height: 10, hasEOL: false };
    });
    return linesOf(items).map((line) => line.text);
  };
  const word = [...'\u05dd\u05d5\u05dc\u05e9'].map((letter): [string, string] => [letter, 'rtl']);
  assert.deepEqual(lineOf(...word), ['\u05e9\u05dc\u05d5\u05dd']);
  assert.deepEqual(lineOf(...word, [' ', 'ltr'], ['\u05d0', 'rtl'], [' ', 'ltr'], ['4', 'ltr'], ['2', 'ltr']), [
    '42 \u05d0 \u05e9\u05dc\u05d5\u05dd',
  ]);
  assert.deepEqual(lineOf(['They say ', 'ltr'], ...word, [' to each other', 'ltr']), [
    'They say \u05e9\u05dc\u05d5\u05dd to each other',
  ]);
  assert.deepEqual(lineOf(['\ufee3\ufeae', 'rtl']), ['\u0645\u0631']);
});
