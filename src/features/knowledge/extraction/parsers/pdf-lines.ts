/** One piece of text as pdf.js reports it; `transform` is [a, b, c, d, x, y]. */
export interface PdfItem {
  readonly str: string;
  readonly transform: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly hasEOL: boolean;
}

export interface PdfLine {
  readonly text: string;
  readonly x: number;
  /** Upwards from the bottom of the page. */
  readonly y: number;
  readonly right: number;
  /** Of the letters. */
  readonly size: number;
}

/** Lines in the order of the page's content, which is the reading order in nearly all files. */
export function linesOf(items: readonly PdfItem[]): PdfLine[] {
  const lines: PdfLine[] = [];
  let line: PdfItem[] = [];
  const end = () => {
    const made = lineOf(line);
    if (made) lines.push(made);
    line = [];
  };
  for (const item of items) {
    const before = line.at(-1);
    if (before && item.str && Math.abs(yOf(item) - yOf(before)) > Math.max(item.height, before.height) * 0.7) end();
    if (item.str) line.push(item);
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

const yOf = (item: PdfItem) => item.transform[5] ?? 0;
const xOf = (item: PdfItem) => item.transform[4] ?? 0;

function lineOf(items: readonly PdfItem[]): PdfLine | undefined {
  const solid = items.filter((item) => item.str.trim() !== '');
  const [first, last] = [solid[0], solid.at(-1)];
  if (!first || !last) return undefined;
  const text = items
    .map((item) => item.str)
    .join('')
    .replace(/\s+/gu, ' ')
    .trim();
  // The size that most of the line has: a footnote mark or an initial does not make it small or large.
  const main = solid.reduce((best, item) => (item.str.length > best.str.length ? item : best), first);
  return { text, x: xOf(first), y: yOf(main), right: xOf(last) + last.width, size: main.height };
}

/** A hyphen at the end of a line is a broken word when small letters stand on both sides of it. */
export function joinLines(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (/\p{Ll}[-\u00ad\u2010]$/u.test(text) && /^\p{Ll}/u.test(line)) text = text.slice(0, -1) + line;
    else text += text === '' ? line : ` ${line}`;
  }
  return text;
}
