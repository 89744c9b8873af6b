import type { SectionWriter } from '../section-writer.js';

export interface RowWriter {
  /** The cells of one row, by column; empty cells are ''. */
  readonly row: (cells: readonly string[]) => void;
  readonly finish: () => void;
}

const sampleRows = 20;

/**
 * Writes a table so that each row can be understood by itself: "Name: Alice; Amount: 12". The first row with several cells
 * gives the names when it looks like a header beside the rows after it; otherwise cells are joined by " | ".
 */
export function makeRowWriter(writer: SectionWriter): RowWriter {
  let waiting: (readonly string[])[] | undefined = [];
  let names: readonly string[] = [];

  const put = (cells: readonly string[]) => writer.line(rowText(cells, names));
  const decide = (rows: readonly (readonly string[])[]) => {
    waiting = undefined;
    const [first, ...rest] = rows;
    if (first === undefined) return;
    if (looksLikeHeader(first, rest)) {
      names = first;
      writer.paragraph(`Columns: ${first.filter(Boolean).join(', ')}`);
    } else put(first);
    rest.forEach(put);
  };
  return {
    row(cells) {
      const trimmed = cells.map((cell) => cell.trim());
      const filled = trimmed.filter(Boolean).length;
      if (filled === 0) return;
      if (!waiting) return put(trimmed);
      // A lone cell above the table is its caption; a table of one column consists of nothing else.
      if (waiting.length === 0 && filled === 1) return writer.line(trimmed.join(''));
      waiting.push(trimmed);
      if (waiting.length > sampleRows) decide(waiting);
    },
    finish: () => waiting && decide(waiting),
  };
}

export function rowText(cells: readonly string[], names: readonly string[]): string {
  const flat = cells.map((cell) => cell.replace(/\s+/gu, ' '));
  if (names.length === 0) return flat.filter(Boolean).join(' | ');
  return flat
    .flatMap((cell, index) => (cell === '' ? [] : [names[index] ? `${names[index]}: ${cell}` : cell]))
    .join('; ');
}

const isFigure = (cell: string) => /\d/u.test(cell) && /^[-+()\d.,:/%\s€$£TZ]+$/u.test(cell);

function looksLikeHeader(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const names = first.filter(Boolean);
  if (names.length < 2 || new Set(names).size < names.length || rest.length === 0) return false;
  if (names.some((name) => isFigure(name) || name.length > 80)) return false;
  if (names.length > 2 || first.some((_, column) => mostlyFigures(rest, column))) return true;
  // Two columns of words may be a list of terms without a header; a header is shorter than what it heads.
  const average = (cells: readonly string[]) => cells.join('').length / Math.max(1, cells.length);
  return average(rest.flat()) > 1.5 * average(names);
}

function mostlyFigures(rows: readonly (readonly string[])[], column: number): boolean {
  const cells = rows.flatMap((row) => row[column] || []);
  return cells.filter(isFigure).length > cells.length / 2;
}
