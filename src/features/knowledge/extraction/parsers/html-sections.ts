import { Parser } from 'htmlparser2';
import { Invalid } from '../../../../errors.js';
import type { SectionWriter } from '../section-writer.js';
import type { Attributes } from '../xml.js';
import { closed, flush, newState, opened } from './html-blocks.js';

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
export interface HtmlShape {
  readonly depth: number;
  readonly elements: number;
}

/** The parser's time grows with the square of this. */
const deepest = 10_000;

/** Writes the visible text of HTML as sections by its headings. Links become their text; nothing is fetched or run. */
export function writeHtml(html: string, writer: SectionWriter, options: HtmlOptions = {}): HtmlShape {
  const state = newState();
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

function isHidden(attributes: Attributes): boolean {
  const { style = '', hidden, 'aria-hidden': ariaHidden } = attributes;
  return (
    hidden !== undefined || ariaHidden === 'true' || /(?:display\s*:\s*none|visibility\s*:\s*hidden)/iu.test(style)
  );
}
