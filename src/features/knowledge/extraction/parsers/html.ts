import type { SectionWriter } from '../section-writer.js';
import type { Attributes } from '../xml.js';
import { type HtmlOptions, type HtmlShape, writeHtml } from './html-sections.js';

/** Guessing the main content builds a tree and walks it often: beyond these it takes seconds, or the child's memory. */
const treeLimits = { characters: 500_000, elements: 10_000, depth: 100 };

/** Elements by which a page itself says what its main content is. */
const landmarks = [
  (name: string, attributes: Attributes) => name === 'main' || attributes.role === 'main',
  (name: string) => name === 'article',
];

/**
 * The main content of a page: as marked by itself, or as guessed from its looks, or all but the navigation. Reference pages
 * keep much outside of what looks like an article, so less than a third of the text is never taken for the whole.
 */
export async function readHtml(html: string, writer: SectionWriter): Promise<string | undefined> {
  const whole = measure(html, { withoutFrame: true });
  const isMost = (part: { readonly text: number }) => part.text > 0 && part.text >= whole.text / 3;
  let title: string | undefined;
  const onTitle = (text: string) => {
    title = text;
  };
  const within = landmarks.find((landmark) => isMost(measure(html, { within: landmark, withoutFrame: true })));
  const guessed = within || !fitsTree(html, whole) ? undefined : await guessMain(html);
  if (within) writeHtml(html, writer, { within, withoutFrame: true, onTitle });
  else if (guessed && isMost(measure(guessed.content, { withoutFrame: true }))) {
    writeHtml(guessed.content, writer, { withoutFrame: true });
    return guessed.title;
  } else writeHtml(html, writer, { withoutFrame: whole.text > 0, onTitle });
  return title;
}

function fitsTree(html: string, { elements, depth }: HtmlShape): boolean {
  return html.length <= treeLimits.characters && elements <= treeLimits.elements && depth <= treeLimits.depth;
}

async function guessMain(html: string): Promise<{ content: string; title: string | undefined } | undefined> {
  const [{ parseHTML }, { Readability }] = await Promise.all([import('linkedom'), import('@mozilla/readability')]);
  const article = new Readability(parseHTML(html).document).parse();
  return article?.content ? { content: article.content, title: article.title || undefined } : undefined;
}

function measure(html: string, options: HtmlOptions): HtmlShape & { readonly text: number } {
  let text = 0;
  const count = (piece: string) => {
    text += piece.length;
  };
  const ignore = () => {};
  const writer = { heading: ignore, paragraph: count, line: count, page: ignore, finish: ignore };
  return { ...writeHtml(html, writer, options), text };
}
