import { Invalid } from '../../../../errors.js';
import type { Progress } from '../section.js';
import type { SectionWriter } from '../section-writer.js';
import { type Attributes, readXml } from '../xml.js';
import type { Zip } from '../zip.js';
import { makeTableReader, type TableReader } from './html-table.js';

/** Not part of the text as it reads: comments, deleted text, generated indexes, form definitions. */
const skipped = new Set([
  'annotation',
  'tracked-changes',
  'table-of-content',
  'alphabetical-index',
  'forms',
  'sequence-decls',
  'note-citation',
  'automatic-styles',
]);

/** OpenDocument text (ODF 1.3 part 3): headings, paragraphs, lists, tables and notes. Returns the title. */
export function readOdt(zip: Zip, writer: SectionWriter, onProgress: (progress: Progress) => void): string | undefined {
  if (zip.readText('META-INF/manifest.xml')?.includes('encryption-data'))
    throw new Invalid('This document is locked with a password. Save a copy without one and upload that.');
  const content = zip.read('content.xml');
  if (!content) throw new Invalid('This OpenDocument text has no content. Save it again and upload that.');
  const reader = makeReader(writer);
  readXml(content, { ...reader, advanced: (bytes) => onProgress({ done: bytes, total: content.length }) });
  return metaTitle(zip);
}

function makeReader(writer: SectionWriter) {
  let [text, level, lists, notes, tables, skipping] = ['', 0, 0, 0, 0, 0];
  let table: TableReader | undefined;

  const flush = () => {
    // Notes and table cells stay with the paragraph or row around them.
    if (table || notes > 0) {
      text += ' ';
      return;
    }
    const paragraph = text.replace(/ +/gu, ' ').replaceAll('( ', '(').trim();
    text = '';
    if (paragraph === '') return;
    if (level > 0) writer.heading(Math.min(level, 6), paragraph);
    else if (lists > 0) writer.line(`- ${paragraph}`);
    else writer.paragraph(paragraph);
    level = 0;
  };
  const open = (name: string, attributes: Attributes) => {
    if (skipped.has(name) || skipping > 0) skipping += 1;
    else if (name === 'h' || name === 'p') {
      flush();
      if (notes === 0) level = name === 'h' ? Number(attributes['text:outline-level'] ?? 1) : 0;
    } else if (name === 's' || name === 'tab') text += ' ';
    else if (name === 'line-break') text += '\n';
    else if (name === 'note') {
      notes += 1;
      text += ' (';
    } else if (name === 'list') lists += 1;
    else if (name === 'table') {
      flush();
      tables += 1;
      table ??= makeTableReader(writer);
    }
  };
  const close = (name: string) => {
    if (skipping > 0) skipping -= 1;
    else if (name === 'h' || name === 'p') flush();
    else if (name === 'note') {
      notes -= 1;
      text = `${text.trim()}) `;
    } else if (name === 'list') lists -= 1;
    else if (tables === 1) closeTable(name);
    else if (name === 'table') tables -= 1;
  };
  const closeTable = (name: string) => {
    if (name === 'table-cell') {
      table?.cell(text, false);
      text = '';
    } else if (name === 'table-row') table?.endRow();
    else if (name === 'table') {
      table?.finish();
      [table, tables] = [undefined, 0];
    }
  };
  const addText = (piece: string) => {
    if (skipping === 0) text += piece.replace(/\s+/gu, ' ');
  };
  return { open, close, text: addText };
}

function metaTitle(zip: Zip): string | undefined {
  const meta = zip.read('meta.xml');
  let [title, inTitle] = ['', false];
  if (!meta) return undefined;
  readXml(meta, {
    open: (name) => {
      inTitle = name === 'title';
    },
    text: (piece) => {
      if (inTitle) title += piece;
    },
    close: () => {
      inTitle = false;
    },
  });
  return title.trim() || undefined;
}
