import type { SectionWriter } from '../section-writer.js';
import { rowText } from './rows.js';

export interface TableReader {
  readonly cell: (text: string, isHeader: boolean) => void;
  readonly endRow: () => void;
  readonly finish: () => void;
}

/** Gathers one table. A first row of `th` names the columns of each later row; without one, cells are joined by " | ". */
export function makeTableReader(writer: SectionWriter): TableReader {
  let names: string[] = [];
  let cells: string[] = [];
  let [rows, headers] = [0, 0];
  const put = (text: string) => (rows === 0 ? writer.paragraph(text) : writer.line(text));

  const endRow = () => {
    if (cells.some(Boolean)) {
      const isHeader = rows === 0 && headers === cells.length && cells.length > 1;
      if (isHeader) names = cells;
      put(isHeader ? `Columns: ${cells.filter(Boolean).join(', ')}` : rowText(cells, names));
      rows += 1;
    }
    [cells, headers] = [[], 0];
  };
  return {
    cell(text, isHeader) {
      cells.push(text.replace(/\s+/gu, ' ').trim());
      if (isHeader) headers += 1;
    },
    endRow,
    finish: endRow,
  };
}
