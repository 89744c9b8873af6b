import type { SectionWriter } from '../section-writer.js';
import { type HtmlShape, writeHtml } from './html-sections.js';

/** Finding the main content builds a tree and walks it often: beyond these it takes seconds, or the child's memory. */
const treeLimits = { characters: 500_000, elements: 10_000, depth: 100 };

/** The main content of a page; its whole body, without navigation, where that cannot be told. Returns the page's title. */
export async function readHtml(html: string, writer: SectionWriter): Promise<string | undefined> {
  const whole = measure(html, true);
  const main = fitsTree(html, whole) ? await mainContent(html, whole.text) : undefined;
  if (main) {
    writeHtml(main.content, writer);
    return main.title;
  }
  let title: string | undefined;
  const onTitle = (text: string) => {
    title = text;
  };
  writeHtml(html, writer, { withoutFrame: whole.text > 0, onTitle });
  return title;
}

function fitsTree(html: string, { elements, depth }: HtmlShape): boolean {
  return html.length <= treeLimits.characters && elements <= treeLimits.elements && depth <= treeLimits.depth;
}

async function mainContent(
  html: string,
  wholeText: number,
): Promise<{ content: string; title: string | undefined } | undefined> {
  const [{ parseHTML }, { Readability }] = await Promise.all([import('linkedom'), import('@mozilla/readability')]);
  const article = new Readability(parseHTML(html).document).parse();
  if (!article?.content) return undefined;
  // Reference pages keep much outside of what looks like an article: then all of it is better than a third.
  const enough = measure(article.content, false).text >= wholeText / 3;
  return enough ? { content: article.content, title: article.title || undefined } : undefined;
}

function measure(html: string, withoutFrame: boolean): HtmlShape & { readonly text: number } {
  let text = 0;
  const count = (piece: string) => {
    text += piece.length;
  };
  const ignore = () => {};
  const writer = { heading: ignore, paragraph: count, line: count, page: ignore, finish: ignore };
  return { ...writeHtml(html, writer, { withoutFrame }), text };
}
