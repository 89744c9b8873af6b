import { joinLines, type PdfLine } from './pdf-lines.js';

/** A paragraph, or a heading of level 1 to 3. */
export interface PdfBlock {
  readonly level?: number;
  readonly text: string;
}

export interface BlockReader {
  /** `headings`: the outline's entries that point to this page. Without any in the file, larger letters make a heading. */
  readonly page: (lines: readonly PdfLine[], headings?: readonly OutlineEntry[]) => PdfBlock[];
}

export interface OutlineEntry {
  readonly level: number;
  readonly title: string;
}

const listMark = /^(?:[•‣◦▪–*·-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s/u;

export function makeBlockReader(): BlockReader {
  const lettersOfSize = new Map<number, number>();

  /** The size of most letters so far: running text. */
  const bodySize = (lines: readonly PdfLine[]) => {
    for (const { size, text } of lines) {
      const rounded = Math.round(size * 2) / 2;
      lettersOfSize.set(rounded, (lettersOfSize.get(rounded) ?? 0) + text.length);
    }
    return [...lettersOfSize].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
  };
  return {
    page(lines, headings) {
      const body = bodySize(lines);
      const levels = headings ? fromOutline(lines, headings) : lines.map((line) => fromSize(line, body));
      const unplaced = (headings ?? []).filter(({ title }) => !lines.some(({ text }) => sameTitle(text, title)));
      return [...unplaced.map(({ level, title }) => ({ level, text: title })), ...blocksOf(lines, levels)];
    },
  };
}

function blocksOf(lines: readonly PdfLine[], levels: readonly (number | undefined)[]): PdfBlock[] {
  const blocks: PdfBlock[] = [];
  let gathered: string[] = [];
  const gap = usualGap(lines);
  const end = (level: number | undefined) => {
    if (gathered.length > 0) blocks.push({ ...(level ? { level } : {}), text: joinLines(gathered) });
    gathered = [];
  };
  for (const [index, line] of lines.entries()) {
    const [before, level] = [lines[index - 1], levels[index - 1]];
    if (before && (level !== levels[index] || startsParagraph(before, line, gap))) end(level);
    gathered.push(line.text);
  }
  end(levels.at(-1));
  return blocks;
}

function usualGap(lines: readonly PdfLine[]): number {
  const gaps = lines.slice(1).map((line, index) => (lines[index]?.y ?? 0) - line.y);
  const downwards = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  return downwards[Math.floor(downwards.length / 2)] ?? 0;
}

function startsParagraph(before: PdfLine, line: PdfLine, gap: number): boolean {
  const down = before.y - line.y;
  if (Math.abs(before.size - line.size) > before.size * 0.15 || listMark.test(line.text)) return true;
  // Upwards is the next column: the sentence goes on there unless it has ended.
  const ended = /[.!?:…]["'”’)]?$/u.test(before.text);
  if (down <= 0) return ended;
  return down > gap * 1.4 || (ended && line.x > before.x + line.size * 0.8 && down > gap * 0.6);
}

function fromSize(line: PdfLine, body: number): number | undefined {
  const ratio = line.size / (body || line.size);
  if (ratio < 1.15 || line.text.length > 150 || !/\p{L}{2}/u.test(line.text) || /[.,;]$/u.test(line.text))
    return undefined;
  if (ratio >= 1.7) return 1;
  return ratio >= 1.35 ? 2 : 3;
}

function fromOutline(lines: readonly PdfLine[], headings: readonly OutlineEntry[]): (number | undefined)[] {
  return lines.map(({ text }) => headings.find(({ title }) => sameTitle(text, title))?.level);
}

/** "2.1 Scope" on the page and "Scope" in the outline are the same heading, in either direction. */
function sameTitle(line: string, title: string): boolean {
  if (line.length > 300 || Math.abs(line.length - title.length) > 12) return false;
  const bare = (text: string) => text.toLowerCase().replace(/^[\d.\s]+|[\s.]+$/gu, '');
  return bare(line) !== '' && bare(line) === bare(title);
}
