/**
 * Controls, byte order marks, soft hyphens, zero-width spaces and halves of characters carry nothing. Characters that turn
 * the direction of text, and the invisible "tag" letters, are how a document hides instructions from whoever reads it.
 */
const unwanted = /(?![\t\n])\p{Cc}|[\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}\p{Cs}]/gu;
const plainAscii = /^[\n -~]*$/u;

/** Clean text that keeps its line breaks, and the blanks at the start of its lines. */
export function tidyLines(text: string): string {
  if (plainAscii.test(text)) return withoutEmptyEnds(text);
  const plain = text
    .replace(/\r\n?|[\u2028\u2029\u0085]/gu, '\n')
    .replace(unwanted, '')
    .normalize('NFC');
  return withoutEmptyEnds(plain.replace(/[\p{Zs}\t]/gu, ' '));
}

/** Clean text on one line. */
export function oneLine(text: string, longest = 300): string {
  const line = text.replace(/\s+/gu, ' ').replace(unwanted, '').normalize('NFC').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1).replace(/\p{Cs}/gu, '')}…`;
}

/** Text cut into pieces of at most `most` characters, at the last blank or line end before. */
export function* pieces(text: string, most: number): Generator<string> {
  let start = 0;
  while (text.length - start > most) {
    const newline = text.lastIndexOf('\n', start + most);
    const blank = newline > start ? newline : text.lastIndexOf(' ', start + most);
    const end = blank > start ? blank : start + most;
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

function withoutEmptyEnds(text: string): string {
  const few = text.includes('\n\n\n') ? text.replace(/\n{3,}/gu, '\n\n') : text;
  return few.replace(/^(?: *\n)+/u, '').trimEnd();
}
