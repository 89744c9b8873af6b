import type { SectionWriter } from '../section-writer.js';
import { makeTableReader, type TableReader } from './html-table.js';

const blocks = new Set(
  `address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption figure footer form header hr
   legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul`.split(/\s+/u),
);

export interface State {
  text: string;
  /** Set while inside an element: its heading level, how deep in lists and `pre`, the table being gathered. */
  heading: number;
  lists: number;
  preformatted: number;
  tables: number;
  table: TableReader | undefined;
  firstItem: boolean;
}

export function newState(): State {
  return { text: '', heading: 0, lists: 0, preformatted: 0, tables: 0, table: undefined, firstItem: false };
}

export function opened(state: State, writer: SectionWriter, name: string): void {
  if (name === 'br') state.text += '\n';
  if (!blocks.has(name)) {
    if (/^h[1-6]$/u.test(name)) startHeading(state, writer, Number(name[1]));
    return;
  }
  if (name === 'table') startTable(state, writer);
  else breakBlock(state, writer, name);
  if (name === 'ul' || name === 'ol') {
    state.firstItem = state.lists === 0;
    state.lists += 1;
  }
  if (name === 'pre') state.preformatted += 1;
}

export function closed(state: State, writer: SectionWriter, name: string): void {
  if (/^h[1-6]$/u.test(name)) endHeading(state, writer);
  if (!blocks.has(name) || endOfTablePart(state, writer, name)) return;
  if (name === 'table') {
    state.tables -= 1;
    if (state.tables === 0) {
      state.table?.finish();
      state.table = undefined;
    }
  }
  breakBlock(state, writer, name);
  if (name === 'ul' || name === 'ol') state.lists -= 1;
  if (name === 'pre') state.preformatted -= 1;
}

function breakBlock(state: State, writer: SectionWriter, name: string): void {
  if (state.table || state.heading > 0) state.text += ' ';
  // A paragraph inside a list item belongs to the item.
  else if (state.lists > 0 && state.preformatted === 0 && (name === 'p' || name === 'div')) state.text += '\n';
  else flush(state, writer, name);
}

export function flush(state: State, writer: SectionWriter, name = ''): void {
  const verbatim = state.preformatted > 0;
  const text = verbatim ? state.text : withoutLoneBlanks(state.text);
  state.text = '';
  if (text.trim() === '') return;
  const isItem = state.lists > 0 && !verbatim;
  if (isItem ? !state.firstItem : name === 'dd') writer.line(isItem ? `- ${text}` : text);
  else writer.paragraph(isItem ? `- ${text}` : text);
  if (isItem) state.firstItem = false;
}

function withoutLoneBlanks(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/ +/gu, ' ').trim());
  return lines.filter(Boolean).join('\n');
}

function startHeading(state: State, writer: SectionWriter, level: number): void {
  // A table with headings in it lays out a page: its cells are read as blocks.
  state.table?.finish();
  state.table = undefined;
  flush(state, writer);
  state.heading = level;
}

function endHeading(state: State, writer: SectionWriter): void {
  if (state.heading > 0) writer.heading(state.heading, state.text);
  [state.heading, state.text] = [0, ''];
}

function startTable(state: State, writer: SectionWriter): void {
  if (state.tables === 0) {
    flush(state, writer);
    state.table = makeTableReader(writer);
  } else breakBlock(state, writer, 'table');
  state.tables += 1;
}

function endOfTablePart(state: State, writer: SectionWriter, name: string): boolean {
  const table = state.tables === 1 ? state.table : undefined;
  if (!table) return false;
  if (name === 'td' || name === 'th') table.cell(state.text, name === 'th');
  else if (name === 'tr') table.endRow();
  else if (name === 'caption') writer.paragraph(state.text);
  else return false;
  state.text = '';
  return true;
}
