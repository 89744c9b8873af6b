/** One piece of text as pdf.js reports it; `transform` is [a, b, c, d, x, y]. */
export interface PdfItem {
  readonly str: string;
  readonly dir: string;
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
  const text = inReadingOrder(items)
    .map((item) => item.str)
    .join('')
    .replace(/[\ufb1d-\ufdff\ufe70-\ufefc]+/gu, (letters) => letters.normalize('NFKC'))
    .replace(/\s+/gu, ' ')
    .trim();
  // The size that most of the line has: a footnote mark or an initial does not make it small or large.
  const main = solid.reduce((best, item) => (item.str.length > best.str.length ? item : best), first);
  return { text, x: xOf(first), y: yOf(main), right: xOf(last) + last.width, size: main.height };
}

/**
 * Many writers put Arabic and Hebrew letters down from left to right, as they look; text goes the other way. In a line of
 * such letters the Latin runs keep their order, in a Latin line the others are turned.
 */
function inReadingOrder(items: readonly PdfItem[]): readonly PdfItem[] {
  const letters = (dir: string) =>
    items.reduce((sum, item) => sum + (item.dir === dir ? item.str.trim().length : 0), 0);
  const rightToLeft = letters('rtl');
  if (rightToLeft === 0) return items;
  const kept = rightToLeft > 2 * letters('ltr') ? 'ltr' : 'rtl';
  const runs = runsOf(items, kept);
  if (kept === 'ltr') return isTurned(items) ? runs.reverse().flat() : items;
  return runs.flatMap((run) => (run[0]?.dir === 'rtl' && isTurned(run) ? run.reverse() : run));
}

/** Neighbours of this direction together, with the blanks between them; every other item by itself. */
function runsOf(items: readonly PdfItem[], dir: string): PdfItem[][] {
  const runs: PdfItem[][] = [];
  let [run, blanks] = [undefined as PdfItem[] | undefined, [] as PdfItem[]];
  for (const item of items) {
    if (run && item.str.trim() === '') blanks.push(item);
    else if (run && item.dir === dir) {
      run.push(...blanks, item);
      blanks = [];
    } else {
      runs.push(...blanks.map((blank) => [blank]), [item]);
      [run, blanks] = [item.dir === dir && item.str.trim() !== '' ? runs.at(-1) : undefined, []];
    }
  }
  runs.push(...blanks.map((blank) => [blank]));
  return runs;
}

function isTurned(items: readonly PdfItem[]): boolean {
  const [first, last] = [items[0], items.at(-1)];
  return first !== undefined && last !== undefined && xOf(first) < xOf(last);
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
