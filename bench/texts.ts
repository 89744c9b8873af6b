/** A small generator of its own, so that every run has the same texts (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const syllables = 'ba co di fer gal hum ir jol ken lim mar nor op pri qua res sol tan ul ver wic yon zed'.split(' ');
const endings = ['', 's', 'ed', 'ing', 'er', 'ly', 'ment', 'tion'];
const little = 'the of and to in a is that for it as with on be by are this from at or'.split(' ');

/** Words that look like English to a stemmer, the frequent ones short. */
export const vocabulary: readonly string[] = Array.from({ length: 30_000 }, (_, rank) => {
  const pick = random(rank + 1);
  const length = 1 + Math.min(3, Math.floor(Math.log10(rank + 10)));
  const stem = Array.from({ length }, () => syllables[Math.floor(pick() * syllables.length)]).join('');
  return stem + endings[Math.floor(pick() * endings.length)];
});

/** By Zipf's law: the n-th most frequent word is n times rarer than the first. */
export function zipfWord(pick: () => number): string {
  if (pick() < 0.4) return little[Math.floor(pick() * little.length)] ?? 'the';
  const rank = Math.floor(Math.exp(pick() * Math.log(vocabulary.length)));
  return vocabulary[Math.min(rank, vocabulary.length - 1)] ?? 'word';
}

/** Sentences of 8 to 20 words, paragraphs of five sentences, a heading every 400 words. */
export function makeText(seed: number, words: number): string {
  const pick = random(seed + 7919);
  const parts: string[] = [];
  for (let written = 0, sentence = 0; written < words; sentence += 1) {
    const length = 8 + Math.floor(pick() * 13);
    const sentenceWords = Array.from({ length }, () => zipfWord(pick));
    const [first = ''] = sentenceWords;
    parts.push(
      `${first.charAt(0).toUpperCase()}${sentenceWords.join(' ').slice(1)}.${sentence % 5 === 4 ? '\n\n' : ' '}`,
    );
    written += length;
  }
  return parts.join('');
}
