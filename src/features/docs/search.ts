import type { Guide } from './guides.js';
import type { ReadGuide, Section } from './rendering.js';

/** A piece of an excerpt; what was looked for is marked. */
interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

export interface Found {
  readonly guide: Guide;
  readonly heading: string;
  readonly href: string;
  readonly excerpt: readonly Piece[];
}

const mostFound = 30;
const mostWords = 8;
const around = 80;

/** Where all of these words are, in a section or its guide's title: best first, as they stand when equally good. */
export function searchGuides(read: readonly ReadGuide[], query: string): Found[] {
  const words = [...new Set(query.toLowerCase().split(/\s+/).filter(Boolean))].slice(0, mostWords);
  if (words.length === 0) return [];
  const scored = read.flatMap(({ guide, sections }) =>
    sections.flatMap((section) => {
      const score = scoreOf(words, guide, section);
      return score > 0 ? [{ score, found: foundIn(words, guide, section) }] : [];
    }),
  );
  return scored
    .sort((one, other) => other.score - one.score)
    .slice(0, mostFound)
    .map(({ found }) => found);
}

/** A word counts where it is heaviest: in the heading, in the guide's title, in the text. One that is nowhere ends it. */
function scoreOf(words: readonly string[], { title }: Guide, { heading, text }: Section): number {
  const places: readonly [string, number][] = [
    [heading.toLowerCase(), 8],
    [title.toLowerCase(), 4],
    [text.toLowerCase(), 1],
  ];
  const weights = words.map((word) =>
    Math.max(0, ...places.map(([place, weight]) => (place.includes(word) ? weight : 0))),
  );
  return weights.includes(0) ? 0 : weights.reduce((sum, weight) => sum + weight, 0);
}

function foundIn(words: readonly string[], guide: Guide, { id, heading, text }: Section): Found {
  const href = `/docs/${guide.slug}${id ? `#${id}` : ''}`;
  return { guide, heading: heading || guide.title, href, excerpt: marked(excerptOf(words, text), words) };
}

function excerptOf(words: readonly string[], text: string): string {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const at = Math.min(...places, text.length);
  const from = at === text.length ? 0 : Math.max(0, at - around);
  const start = from === 0 ? 0 : text.indexOf(' ', from) + 1;
  const to = Math.min(text.length, start + 3 * around);
  const end = to === text.length ? to : text.lastIndexOf(' ', to);
  return `${start > 0 ? '… ' : ''}${text.slice(start, end)}${end < text.length ? ' …' : ''}`;
}

function marked(text: string, words: readonly string[]): Piece[] {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text
    .split(new RegExp(`(${escaped.join('|')})`, 'i'))
    .map((piece, index) => ({ text: piece, isHit: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}
