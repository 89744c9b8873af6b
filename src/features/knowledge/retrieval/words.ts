import type { Span } from './sentences.js';

const longRun = 16;
const perWideCharacter = 0.5;

const firstWide = 0x0e00;

/** White space between words, including no-break and ideographic spaces. */
function isSpace(code: number): boolean {
  if (code < 0xa0) return code <= 0x20;
  return code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x3000;
}

/** Scripts written without spaces: Thai to Khmer, kana, Han, Hangul, and the Han of the astral planes. */
function isWide(code: number): boolean {
  if (code < 0x1800) return code < 0x1100 || code >= 0x1780;
  return (code >= 0x2e80 && code < 0xd880) || (code >= 0xf900 && code < 0xfb00) || (code >= 0xff66 && code < 0xffa0);
}

export interface Walk {
  /** Where the next word would have been too many, or the end. */
  readonly at: number;
  readonly words: number;
}

/**
 * Counts words until there are more than `limit`. Two characters of a script without spaces are a word, and every
 * sixteen further characters of an endless run (code, base64) are one more: both cost a model about that much.
 */
export function walkWords(text: string, { start, end }: Span, limit = Number.POSITIVE_INFINITY): Walk {
  let words = 0;
  let run = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    let price = 0;
    if (isSpace(code)) run = 0;
    else if (code >= firstWide && isWide(code)) {
      price = perWideCharacter;
      run = 0;
    } else {
      if (run % longRun === 0) price = 1;
      run++;
    }
    if (words + price > limit) return { at: i, words };
    words += price;
  }
  return { at: end, words };
}
