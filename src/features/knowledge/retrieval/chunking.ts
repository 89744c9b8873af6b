import { layOut, type Section } from './document-text.js';
import { type Span, sentencesOf, trimmed } from './sentences.js';
import { walkWords } from './words.js';

export { documentText, type Section } from './document-text.js';

/** About 256 tokens of a model: measured best for what a prompt pays. */
export const maxWords = 192;
const overlapWords = Math.floor(maxWords * 0.15);

export interface Chunk {
  readonly ordinal: number;
  /** From the outermost heading to the innermost, without the document's title. */
  readonly headings: readonly string[];
  readonly page?: number;
  /** Exactly `documentText(sections).slice(start, end)`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Sentence extends Span {
  readonly words: number;
}

/** Chunks of at most 192 words, of whole sentences where these fit, never across a section's border. */
export function chunkSections(title: string, sections: readonly Section[]): Chunk[] {
  const { text, spans } = layOut(sections);
  const chunks: Chunk[] = [];
  for (const [index, section] of sections.entries()) {
    const span = spans[index];
    if (!span || span.start === span.end) continue;
    const headings = section.headings.filter((heading, depth) => heading !== '' && !(depth === 0 && heading === title));
    const page = section.page === undefined ? {} : { page: section.page };
    for (const { start, end } of pack(sentencesWithin(text, span))) {
      chunks.push({ ordinal: chunks.length, headings, ...page, text: text.slice(start, end), start, end });
    }
  }
  return chunks;
}

/** What is put in front of a chunk for indexing and embedding: "Title > Heading > Subheading". */
export function prefixOf(title: string, { headings }: Pick<Chunk, 'headings'>): string {
  return [title, ...headings].filter((part) => part !== '').join(' > ');
}

function sentencesWithin(text: string, span: Span): Sentence[] {
  const sentences: Sentence[] = [];
  for (const sentence of sentencesOf(text, span.start, span.end)) {
    let rest: Span = sentence;
    while (rest.end > rest.start) {
      const { at, words } = walkWords(text, rest, maxWords);
      if (at === rest.end) {
        sentences.push({ ...rest, words });
        break;
      }
      const end = kindCut(text, rest.start, at);
      const part = trimmed(text, rest.start, end);
      sentences.push({ ...part, words: walkWords(text, part).words });
      rest = trimmed(text, end, rest.end);
    }
  }
  return sentences;
}

/** The best place in front of `limit` to cut what is too long: a line, a clause, a word; never inside a surrogate pair. */
function kindCut(text: string, start: number, limit: number): number {
  const half = start + Math.floor((limit - start) / 2);
  const latter = text.slice(half, limit);
  const line = latter.lastIndexOf('\n');
  const clause = Math.max(latter.lastIndexOf('; '), latter.lastIndexOf(', '));
  const place = [line, clause, latter.lastIndexOf(' ')].find((found) => found > 0);
  if (place !== undefined) return half + place + 1;
  const code = text.charCodeAt(limit);
  return code >= 0xdc00 && code < 0xe000 && limit - 1 > start ? limit - 1 : limit;
}

/** Greedy packing; where a section had to be cut, up to 15 % of whole sentences are repeated. */
function pack(sentences: readonly Sentence[]): Span[] {
  const spans: Span[] = [];
  let first = 0;
  while (first < sentences.length) {
    let last = first;
    let words = 0;
    for (
      let next = sentences[last];
      next && (words + next.words <= maxWords || last === first);
      next = sentences[last]
    ) {
      words += next.words;
      last++;
    }
    spans.push({ start: sentences[first]?.start ?? 0, end: sentences[last - 1]?.end ?? 0 });
    first = last < sentences.length ? overlapStart(sentences, first, last) : last;
  }
  return spans;
}

/** Where the next chunk starts: late enough that the sentence at `last` still fits, and after `first`. */
function overlapStart(sentences: readonly Sentence[], first: number, last: number): number {
  const room = Math.min(overlapWords, maxWords - (sentences[last]?.words ?? 0));
  let start = last;
  let words = 0;
  while (start - 1 > first && words + (sentences[start - 1]?.words ?? 0) <= room) {
    start--;
    words += sentences[start]?.words ?? 0;
  }
  return start;
}
