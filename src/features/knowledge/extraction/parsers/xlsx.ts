import { Invalid } from '../../../../errors.js';
import type { Progress } from '../section.js';
import type { SectionWriter } from '../section-writer.js';
import type { Zip } from '../zip.js';
import { coreTitle, readPart, relationships } from './office-parts.js';
import { makeRowWriter } from './rows.js';
import { type CellFormat, type CellFormats, readFormats, shownNumber } from './xlsx-formats.js';

/** Sheets can be 16,384 columns wide; rows that wide are no text. */
const mostColumns = 500;

interface Sheet {
  readonly name: string;
  readonly part: string;
}

/** Each visible sheet becomes a section, each row a line with the names of its columns. Returns the title. */
export function readXlsx(
  zip: Zip,
  writer: SectionWriter,
  onProgress: (progress: Progress) => void,
): string | undefined {
  const sheets = visibleSheets(zip);
  const strings = sharedStrings(zip);
  const formats = readFormats(zip);
  const total = sheets.reduce((sum, sheet) => sum + zip.sizeOf(sheet.part), 0);
  let before = 0;
  for (const sheet of sheets) {
    readSheet({
      zip,
      sheet,
      strings,
      formats,
      writer,
      onAdvance: (bytes) => onProgress({ done: before + bytes, total }),
    });
    before += zip.sizeOf(sheet.part);
  }
  return coreTitle(zip);
}

function visibleSheets(zip: Zip): Sheet[] {
  const targets = relationships(zip, 'xl/workbook.xml');
  const sheets: Sheet[] = [];
  const present = readPart(zip, 'xl/workbook.xml', {
    open(name, { name: title = '', state, 'r:id': id = '' }) {
      const part = targets.get(id)?.target;
      if (name === 'sheet' && part && (state ?? 'visible') === 'visible') sheets.push({ name: title, part });
    },
  });
  if (!present) throw new Invalid('This Excel workbook lacks its main part. Save it again from Excel and upload that.');
  return sheets;
}

function sharedStrings(zip: Zip): string[] {
  const strings: string[] = [];
  let [text, inText, phonetic] = ['', false, false];
  readPart(zip, 'xl/sharedStrings.xml', {
    open(name) {
      if (name === 'si') text = '';
      if (name === 'rPh') phonetic = true;
      inText = name === 't' && !phonetic;
    },
    text: (piece) => {
      if (inText) text += piece;
    },
    close(name) {
      inText = false;
      if (name === 'rPh') phonetic = false;
      if (name === 'si') strings.push(text);
    },
  });
  return strings;
}

interface SheetReading {
  readonly zip: Zip;
  readonly sheet: Sheet;
  readonly strings: readonly string[];
  readonly formats: CellFormats;
  readonly writer: SectionWriter;
  readonly onAdvance: (bytes: number) => void;
}

function readSheet({ zip, sheet, strings, formats, writer, onAdvance }: SheetReading): void {
  const rows = makeRowWriter(writer);
  let named = false;
  let cells: string[] = [];
  let cell = { column: 0, type: 'n', format: undefined as CellFormat | undefined };
  let [value, inValue] = ['', false];
  readPart(zip, sheet.part, {
    advanced: onAdvance,
    open(name, attributes) {
      if (name === 'row') cells = [];
      inValue = name === 'v' || name === 't';
      if (name !== 'c') return;
      value = '';
      const column = attributes.r ? columnOf(attributes.r) : cells.length;
      cell = { column, type: attributes.t ?? 'n', format: formats.of(Number(attributes.s ?? 0)) };
    },
    text(piece) {
      if (inValue) value += piece;
    },
    close(name) {
      inValue = false;
      if (name === 'row' && cells.some(Boolean)) {
        if (!named) writer.heading(1, sheet.name);
        named = true;
        rows.row(cells);
      }
      if (name !== 'c' || cell.column >= mostColumns) return;
      while (cells.length < cell.column) cells.push('');
      cells[cell.column] = cellText(cell, value, { strings, formats });
    },
  });
  rows.finish();
}

function cellText(
  cell: { type: string; format: CellFormat | undefined },
  value: string,
  { strings, formats }: Pick<SheetReading, 'strings' | 'formats'>,
): string {
  if (cell.type === 's') return strings[Number(value)] ?? '';
  if (cell.type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (cell.type === 'n') return shownNumber(value, cell.format, formats.from1904);
  return cell.type === 'e' ? '' : value;
}

/** "C7" -> 2. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of reference.slice(0, 3)) {
    const digit = letter.charCodeAt(0) - 64;
    if (digit < 1 || digit > 26) break;
    column = column * 26 + digit;
  }
  return Math.max(0, column - 1);
}
