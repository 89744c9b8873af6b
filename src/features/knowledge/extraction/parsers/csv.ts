import { parse } from 'csv-parse/sync';
import type { SectionWriter } from '../section-writer.js';
import { makeRowWriter } from './rows.js';
import { readText } from './text.js';

const delimiters = [',', ';', '\t', '|'];

/** Throws nothing over odd quoting: a file that is no table after all is read as plain text. */
export function readCsv(text: string, writer: SectionWriter): void {
  const delimiter = delimiterOf(text);
  if (!delimiter) readText(text, writer);
  else readTable(text, delimiter, writer);
}

function readTable(text: string, delimiter: string, writer: SectionWriter): void {
  const rows = makeRowWriter(writer);
  parse(text, {
    delimiter,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    // Rows are written as they come and not gathered.
    on_record: (cells: string[]) => {
      rows.row(cells);
      return null;
    },
  });
  rows.finish();
}

/** The one that occurs most evenly in the first lines. */
function delimiterOf(text: string): string | undefined {
  const lines = text.slice(0, 65_536).split(/\r?\n/u).filter(Boolean).slice(0, 20);
  const least = (delimiter: string) => {
    const counts = lines.map((line) => line.split(delimiter).length - 1).sort((a, b) => a - b);
    return counts[Math.floor(counts.length / 4)] ?? 0;
  };
  const [best] = delimiters
    .map((delimiter) => ({ delimiter, count: least(delimiter) }))
    .sort((a, b) => b.count - a.count);
  return best && best.count > 0 ? best.delimiter : undefined;
}
