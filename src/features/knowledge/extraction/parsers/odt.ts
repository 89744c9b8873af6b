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

interface State {
  text: string;
  /** Of the heading that is being read; 0 in a paragraph. */
  level: number;
  /** How deep in each. */
  lists: number;
  notes: number;
  tables: number;
  skipping: number;
  table: TableReader | undefined;
}

function makeReader(writer: SectionWriter) {
  const state: State = { text: '', level: 0, lists: 0, notes: 0, tables: 0, skipping: 0, table: undefined };
  return {
    open(name: string, attributes: Attributes) {
      if (skipped.has(name) || state.skipping > 0) state.skipping += 1;
      else opened(state, writer, name, attributes);
    },
    text(piece: string) {
      if (state.skipping === 0) state.text += piece.replace(/\s+/gu, ' ');
    },
    close(name: string) {
      if (state.skipping > 0) state.skipping -= 1;
      else if (state.tables === 1) closedInTable(state, writer, name);
      else closed(state, writer, name);
    },
  };
}

function opened(state: State, writer: SectionWriter, name: string, attributes: Attributes): void {
  if (name === 'h' || name === 'p') {
    flush(state, writer);
    if (state.notes === 0) state.level = name === 'h' ? Number(attributes['text:outline-level'] ?? 1) : 0;
  } else if (name === 's' || name === 'tab') state.text += ' ';
  else if (name === 'line-break') state.text += '\n';
  else if (name === 'list') state.lists += 1;
  else if (name === 'note') {
    state.notes += 1;
    state.text += ' (';
  } else if (name === 'table') {
    flush(state, writer);
    state.tables += 1;
    state.table ??= makeTableReader(writer);
  }
}

function closed(state: State, writer: SectionWriter, name: string): void {
  if (name === 'h' || name === 'p') flush(state, writer);
  else if (name === 'list') state.lists -= 1;
  else if (name === 'table') state.tables -= 1;
  else if (name === 'note') {
    state.notes -= 1;
    state.text = `${state.text.trim()}) `;
  }
}

function closedInTable(state: State, writer: SectionWriter, name: string): void {
  if (name === 'table-cell') {
    state.table?.cell(state.text, false);
    state.text = '';
  } else if (name === 'table-row') state.table?.endRow();
  else if (name === 'table') {
    state.table?.finish();
    [state.table, state.tables, state.level] = [undefined, 0, 0];
  } else closed(state, writer, name);
}

function flush(state: State, writer: SectionWriter): void {
  // Notes and table cells stay with the paragraph or row around them.
  if (state.table || state.notes > 0) {
    state.text += ' ';
    return;
  }
  const paragraph = state.text.replace(/ +/gu, ' ').replaceAll('( ', '(').trim();
  state.text = '';
  if (paragraph === '') return;
  if (state.level > 0) writer.heading(Math.min(state.level, 6), paragraph);
  else if (state.lists > 0) writer.line(`- ${paragraph}`);
  else writer.paragraph(paragraph);
  state.level = 0;
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
