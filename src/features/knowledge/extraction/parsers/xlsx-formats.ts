import type { Zip } from '../zip.js';
import { readPart } from './office-parts.js';

export type CellFormat = 'date' | 'time' | 'instant' | 'duration' | 'percent';

export interface CellFormats {
  /** By a cell's style number; undefined is a plain number. */
  readonly of: (style: number) => CellFormat | undefined;
  readonly from1904: boolean;
}

/** Number formats that Excel does not write out (ECMA-376 18.8.30), with those of East Asian versions. */
function builtIn(id: number): CellFormat | undefined {
  if (id === 9 || id === 10) return 'percent';
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 58)) return 'date';
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id === 45 || id === 47) return 'time';
  if (id === 22) return 'instant';
  return id === 46 ? 'duration' : undefined;
}

export function readFormats(zip: Zip): CellFormats {
  const custom = new Map<number, CellFormat | undefined>();
  const styles: (CellFormat | undefined)[] = [];
  let [inCellStyles, from1904] = [false, false];
  readPart(zip, 'xl/styles.xml', {
    open(name, attributes) {
      const id = Number(attributes.numFmtId ?? 0);
      if (name === 'numFmt') custom.set(id, formatOf(attributes.formatCode ?? ''));
      if (name === 'cellXfs') inCellStyles = true;
      if (name === 'xf' && inCellStyles) styles.push(custom.has(id) ? custom.get(id) : builtIn(id));
    },
    close(name) {
      if (name === 'cellXfs') inCellStyles = false;
    },
  });
  readPart(zip, 'xl/workbook.xml', {
    open(name, { date1904 }) {
      if (name === 'workbookPr') from1904 = date1904 === '1' || date1904 === 'true';
    },
  });
  return { of: (style) => styles[style], from1904 };
}

/** What a format code shows, judged by its letters outside of quotes, escapes and brackets. */
function formatOf(code: string): CellFormat | undefined {
  if (/\[h+\]|\[m+\]|\[s+\]/iu.test(code)) return 'duration';
  const letters = code.replace(/"[^"]*"|\\.|\[[^\]]*\]|_.|\*./gu, '');
  if (letters.includes('%')) return 'percent';
  const [day, hour] = [/[yd]/iu.test(letters), /[hs]/iu.test(letters)];
  if (day) return hour ? 'instant' : 'date';
  if (hour) return 'time';
  return /^[^0#?]*m/iu.test(letters) ? 'date' : undefined;
}

/** A number as people read it: dates as ISO 8601, and 0.30000000000000004 as 0.3. */
export function shownNumber(value: string, format: CellFormat | undefined, from1904: boolean): string {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return value;
  const plain = (figure: number) => String(Number(figure.toPrecision(15)));
  if (format === undefined) return plain(number);
  if (format === 'percent') return `${plain(number * 100)}%`;
  if (format === 'duration') return clock(Math.round(number * 86_400));
  // Serial 60 is 29 February 1900, a day that Excel keeps although it never was.
  const days = from1904 ? number + 1462 : number < 60 ? number + 1 : number;
  if (number < 0 || days > 2_958_466) return plain(number);
  const iso = new Date(Date.UTC(1899, 11, 30) + Math.round(days * 86_400) * 1000).toISOString();
  const time = iso.slice(17, 19) === '00' ? iso.slice(11, 16) : iso.slice(11, 19);
  if (format === 'time') return time;
  return format === 'date' ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${time}`;
}

function clock(seconds: number): string {
  const two = (figure: number) => String(figure).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
