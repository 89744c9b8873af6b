import { corePart, makeZip, type Parts, packageParts, relationshipsPart, xmlHead, xmlText } from './container.js';

/** A date is written as a serial number with a date format; seconds from midnight decide whether the time is shown. */
export type Cell = string | number | boolean | Date | { readonly percent: number };

export interface SheetSpec {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
  readonly hidden?: boolean;
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** Words go to the shared strings, as Excel writes them; `extra` replaces or adds parts. */
export function makeXlsx(sheets: readonly SheetSpec[], extra: Parts = {}): Buffer {
  const strings: string[] = [];
  const parts = sheets.map(
    ({ rows }, index) => [`xl/worksheets/sheet${index + 1}.xml`, sheetXml(rows, strings)] as const,
  );
  const list = sheets.map(
    ({ name, hidden }, index) =>
      `<sheet name="${xmlText(name)}" sheetId="${index + 1}"${hidden ? ' state="hidden"' : ''} r:id="rId${index + 1}"/>`,
  );
  const links = sheets.map((_, index) => ({ type: 'worksheet', target: `worksheets/sheet${index + 1}.xml` }));
  const sharedStrings = strings.map((text) => `<si><t xml:space="preserve">${xmlText(text)}</t></si>`).join('');
  return makeZip({
    ...packageParts('xl/workbook.xml', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'),
    'xl/workbook.xml': `${xmlHead}<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationshipsPart(links),
    'xl/styles.xml': `${xmlHead}<styleSheet xmlns="${main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts><cellStyleXfs count="1"><xf numFmtId="9"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${xmlHead}<sst xmlns="${main}">${sharedStrings}</sst>`,
    'docProps/core.xml': corePart(''),
    ...Object.fromEntries(parts),
    ...extra,
  });
}

export function sheetXml(rows: readonly (readonly Cell[])[], strings: string[] = []): string {
  const written = rows.map(
    (row, index) =>
      `<row r="${index + 1}">${row.map((cell, column) => cellXml(cell, `${String.fromCharCode(65 + column)}${index + 1}`, strings)).join('')}</row>`,
  );
  return `${xmlHead}<worksheet xmlns="${main}"><sheetData>${written.join('')}</sheetData></worksheet>`;
}

function cellXml(cell: Cell, reference: string, strings: string[]): string {
  if (cell === '') return '';
  if (typeof cell === 'string') return `<c r="${reference}" t="s"><v>${strings.push(cell) - 1}</v></c>`;
  if (typeof cell === 'boolean') return `<c r="${reference}" t="b"><v>${Number(cell)}</v></c>`;
  if (typeof cell === 'number') return `<c r="${reference}"><v>${cell}</v></c>`;
  if (!(cell instanceof Date)) return `<c r="${reference}" s="3"><v>${cell.percent / 100}</v></c>`;
  const serial = (cell.getTime() - Date.UTC(1899, 11, 30)) / 86_400_000;
  return `<c r="${reference}" s="${Number.isInteger(serial) ? 1 : 2}"><v>${serial}</v></c>`;
}
