import type { SectionWriter } from '../section-writer.js';
import { writeHtml } from './html-sections.js';

/** Above this the page is read as a stream only: a tree of it would not fit the child's memory. */
const mostForTree = 2_000_000;

/** The main content of a page; its whole body, without navigation, where that cannot be told. Returns the page's title. */
export async function readHtml(html: string, writer: SectionWriter): Promise<string | undefined> {
  let title: string | undefined;
  const main = html.length <= mostForTree ? await mainContent(html) : undefined;
  if (main) writeHtml(main.content, writer);
  else writeHtml(html, writer, { withoutFrame: textLength(html, true) > 0, onTitle: (text) => (title = text) });
  return main?.title ?? title;
}

async function mainContent(html: string): Promise<{ content: string; title: string | undefined } | undefined> {
  const [{ parseHTML }, { Readability }] = await Promise.all([import('linkedom'), import('@mozilla/readability')]);
  try {
    const article = new Readability(parseHTML(html).document, { maxElemsToParse: 50_000 }).parse();
    if (!article?.content) return undefined;
    // Reference pages keep much outside of what looks like an article: then all of it is better than a third.
    const enough = textLength(article.content, false) >= textLength(html, true) / 3;
    return enough ? { content: article.content, title: article.title || undefined } : undefined;
  } catch {
    // Nested too deeply, or too many elements: the stream reader has no such limit.
    return undefined;
  }
}

function textLength(html: string, withoutFrame: boolean): number {
  let length = 0;
  const count = (text: string) => {
    length += text.length;
  };
  writeHtml(
    html,
    { heading: (_, text) => count(text), paragraph: count, line: count, page: count0, finish: count0 },
    { withoutFrame },
  );
  return length;
}

const count0 = () => {};
