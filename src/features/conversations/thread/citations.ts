const marker = /\[(\d{1,3}(?:, ?\d{1,3}){0,9})\](?!\()/g;

/** Which of the numbers 1 to `most` a text cites, in order and once each. */
export function citedNumbers(text: string, most: number): number[] {
  const cited = [...text.matchAll(marker)].flatMap(([, list = '']) => list.split(',').map(Number));
  return [...new Set(cited)].filter((number) => number >= 1 && number <= most).sort((one, other) => one - other);
}
