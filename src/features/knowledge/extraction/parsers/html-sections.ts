import { Parser } from 'htmlparser2';
import { Invalid } from '../../../../errors.js';
import type { SectionWriter } from '../section-writer.js';
import type { Attributes } from '../xml.js';
import { makeTableReader, type TableReader } from './html-table.js';

export interface HtmlOptions {
  /** Leave out navigation, footers and asides. */
  readonly withoutFrame?: boolean;
  /** Only what lies in such elements, for instance `main`. */
  readonly within?: (name: string, attributes: Attributes) => boolean;
  /** XHTML: `<title/>` is an empty element, not the start of a title that swallows the page. */
  readonly xhtml?: boolean;
  readonly onTitle?: (text: string) => void;
}

const unseen = new Set(
  'head script style noscript template svg math iframe object select textarea button canvas audio video'.split(' '),
);
const frame = new Set('nav footer aside dialog menu'.split(' '));
const blocks = new Set(
  `address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption figure footer form header hr
   legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul`.split(/\s+/u),
);

interface State {
  text: string;
  /** Set while inside an element: its heading level, how deep in lists and `pre`, the table being gathered. */
  heading: number;
  lists: number;
  preformatted: number;
  tables: number;
  table: TableReader | undefined;
  firstItem: boolean;
}

export interface HtmlShape {
  readonly depth: number;
  readonly elements: number;
}

/** The parser's time grows with the square of this. */
const deepest = 10_000;

/** Writes the visible text of HTML as sections by its headings. Links become their text; nothing is fetched or run. */
export function writeHtml(html: string, writer: SectionWriter, options: HtmlOptions = {}): HtmlShape {
  const state: State = {
    text: '',
    heading: 0,
    lists: 0,
    preformatted: 0,
    tables: 0,
    table: undefined,
    firstItem: false,
  };
  const shape = { depth: 0, elements: 0 };
  let [depth, hiddenFrom, insideFrom, inTitle] = [0, 0, options.within ? 0 : -1, false];
  let title: string | undefined;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth += 1;
        shape.elements += 1;
        shape.depth = Math.max(shape.depth, depth);
        if (depth > deepest)
          throw new Invalid('This page is nested too deeply. Save it as PDF or plain text and upload that.');
        inTitle = name === 'title' && title === undefined;
        if (hiddenFrom > 0) return;
        if (unseen.has(name) || isHidden(attributes) || (options.withoutFrame && frame.has(name))) hiddenFrom = depth;
        else if (insideFrom !== 0) opened(state, writer, name);
        else if (options.within?.(name, attributes)) insideFrom = depth;
      },
      ontext(text) {
        if (inTitle) title = (title ?? '') + text;
        else if (hiddenFrom === 0 && insideFrom !== 0)
          state.text += state.preformatted > 0 ? text : text.replace(/\s+/gu, ' ');
      },
      onclosetag(name) {
        inTitle = false;
        if (hiddenFrom === 0 && insideFrom !== 0) closed(state, writer, name);
        if (hiddenFrom === depth) hiddenFrom = 0;
        if (insideFrom === depth) insideFrom = 0;
        depth -= 1;
      },
    },
    { recognizeSelfClosing: options.xhtml ?? false },
  );
  for (let at = 0; at < html.length; at += 65_536) parser.write(html.slice(at, at + 65_536));
  parser.end();
  flush(state, writer);
  if (title) options.onTitle?.(title);
  return shape;
}

function opened(state: State, writer: SectionWriter, name: string): void {
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

function closed(state: State, writer: SectionWriter, name: string): void {
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

function flush(state: State, writer: SectionWriter, name = ''): void {
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

function isHidden(attributes: Attributes): boolean {
  const { style = '', hidden, 'aria-hidden': ariaHidden } = attributes;
  return (
    hidden !== undefined || ariaHidden === 'true' || /(?:display\s*:\s*none|visibility\s*:\s*hidden)/iu.test(style)
  );
}
