import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeEpub, makeOdt } from '../../../support/documents/books.js';
import { makeXlsx } from '../../../support/documents/excel.js';
import { inShort, readHere } from '../../../support/documents/reading.js';
import { makePptx } from '../../../support/documents/slides.js';
import { makeDocx } from '../../../support/documents/word.js';

test('a Word document keeps its headings and tables (KB-1, KB-4)', async () => {
  const file = makeDocx(
    [
      { paragraph: 'Before any heading.' },
      { heading: 'Leave', level: 1 },
      { paragraph: 'Everyone has 30 days – Sundays & holidays aside.' },
      { heading: 'Carry-over', level: 2 },
      {
        table: [
          ['Year', 'Days'],
          ['2024', '5'],
        ],
      },
      { heading: 'Pay', level: 1 },
      { paragraph: 'On the 25th.' },
    ],
    {},
    'Handbook',
  );
  const read = await readHere(file, 'handbook.docx');
  assert.equal(read.title, 'Handbook');
  assert.deepEqual(inShort(read.sections), [
    'Before any heading.',
    'Leave | Everyone has 30 days – Sundays & holidays aside.',
    'Leave > Carry-over | Year | Days\n2024 | 5',
    'Pay | On the 25th.',
  ]);
});

test('a workbook is read row by row with the names of its columns, dates as ISO, hidden sheets left out (KB-1)', async () => {
  const file = makeXlsx([
    {
      name: 'Orders',
      rows: [
        ['Orders of May', '', '', ''],
        ['Customer', 'Ordered', 'Shipped', 'Discount', 'Sum', 'Paid'],
        ['Aydın & Co', new Date('2024-05-03'), new Date('2024-05-04T16:30:00Z'), { percent: 12.5 }, 0.1 + 0.2, true],
        [],
        ['Łukasz', '', '', '', 7, false],
      ],
    },
    { name: 'Secret', rows: [['hidden']], hidden: true },
    {
      name: 'Rates',
      rows: [
        ['EUR', 1],
        ['USD', 1.1],
      ],
    },
  ]);
  assert.deepEqual(inShort((await readHere(file, 'orders.xlsx')).sections), [
    'Orders | Orders of May\n\nColumns: Customer, Ordered, Shipped, Discount, Sum, Paid\n' +
      'Customer: Aydın & Co; Ordered: 2024-05-03; Shipped: 2024-05-04 16:30; Discount: 12.5%; Sum: 0.3; Paid: TRUE\n' +
      'Customer: Łukasz; Sum: 7; Paid: FALSE',
    'Rates | EUR | 1\nUSD | 1.1',
  ]);
});

test('each slide is a page with its title first and its notes last (KB-1, KB-4)', async () => {
  const file = makePptx(
    [
      { title: 'Plan', lines: ['First', 'Second'], notes: 'Speak slowly.' },
      { title: '', lines: ['Only text'] },
    ],
    'Kick-off',
  );
  const read = await readHere(file, 'plan.pptx');
  assert.deepEqual([read.title, read.pages], ['Kick-off', 2]);
  assert.deepEqual(inShort(read.sections), [
    'Plan | p1 | First\nSecond\n\nNotes: Speak slowly.',
    'Slide 2 | p2 | Only text',
  ]);
});

test('an OpenDocument text keeps headings, lists, tables and notes, without comments and deletions (KB-1)', async () => {
  const file = makeOdt(
    `<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
     <text:h text:outline-level="1">Scope</text:h>
     <text:p>All <text:span>sites</text:span>,<text:s text:c="3"/>and<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>since May</text:p></text:note-body></text:note> offices.<office:annotation><text:p>Why?</text:p></office:annotation></text:p>
     <text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>
     <text:h text:outline-level="2">Times</text:h>
     <table:table><table:table-row><table:table-cell><text:p>Mon</text:p></table:table-cell><table:table-cell><text:p>9</text:p><text:p>to 5</text:p></table:table-cell></table:table-row></table:table>`,
    { title: 'Policy' },
  );
  const read = await readHere(file, 'policy.odt');
  assert.equal(read.title, 'Policy');
  assert.deepEqual(inShort(read.sections), [
    'Scope | All sites, and (since May) offices.\n- one\n- two',
    'Scope > Times | Mon | 9 to 5',
  ]);
});

test('empty sheets and slides are no text, but a slide with only a title is (KB-1)', async () => {
  await assert.rejects(readHere(makeXlsx([{ name: 'Sheet1', rows: [[], ['']] }]), 'a.xlsx'), /no text in this file/u);
  const slides = makePptx([
    { title: '', lines: [] },
    { title: 'Thank you', lines: [] },
  ]);
  assert.deepEqual(inShort((await readHere(slides, 'a.pptx')).sections), ['p2 | Thank you']);
});

test('a book is read in the order of its spine, also with blanks in its names (KB-1)', async () => {
  const file = makeEpub('Travels', ['<h1>One</h1><p>It&nbsp;began.</p>', '<h1>Two</h1><ul><li>a</li><li>b</li></ul>']);
  const read = await readHere(file, 'travels.epub');
  assert.equal(read.title, 'Travels');
  assert.deepEqual(inShort(read.sections), ['One | It began.', 'Two | - a\n- b']);
});

test('a book whose chapters are locked says so; locked fonts alone do not matter (KB-5)', async () => {
  const lock = (path: string) => ({
    'META-INF/encryption.xml': `<encryption><EncryptedData><CipherData><CipherReference URI="${path}"/></CipherData></EncryptedData></encryption>`,
  });
  await assert.rejects(
    readHere(makeEpub('T', ['<p>x</p>'], lock('OEBPS/text/chapter%200.xhtml')), 'b.epub'),
    /locked by its shop/u,
  );
  assert.equal((await readHere(makeEpub('T', ['<p>x</p>'], lock('OEBPS/fonts/a.otf')), 'b.epub')).sections.length, 1);
});
