/** Makes small PDF files by hand (ISO 32000-1 chapter 7): one font, lines of text, an optional outline. */
export interface PdfLineSpec {
  readonly text: string;
  readonly size?: number;
  /** From the left edge, in points; 60 when absent. */
  readonly x?: number;
  /** Extra space above, in points. */
  readonly above?: number;
}

export interface PdfSpec {
  readonly pages: readonly (readonly (string | PdfLineSpec)[])[];
  readonly title?: string;
  /** Page from 1. */
  readonly outline?: readonly { readonly title: string; readonly page: number }[];
  /** Declares a password, as the Standard security handler does; the content stays as it is. */
  readonly locked?: boolean;
}

export function makePdf({ pages, title, outline, locked }: PdfSpec): Buffer {
  const objects: string[] = [];
  const add = (body: string) => objects.push(body);
  const [catalog, tree] = [add(''), add('')];
  const font = add('<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>');
  const kids = pages.map((lines) => {
    const stream = contentOf(lines);
    const content = add(`<</Length ${stream.length}>>stream\n${stream}\nendstream`);
    const resources = `/Resources<</Font<</F1 ${font} 0 R>>>>`;
    return add(`<</Type/Page/Parent ${tree} 0 R/MediaBox[0 0 595 842]${resources}/Contents ${content} 0 R>>`);
  });
  objects[tree - 1] = `<</Type/Pages/Count ${kids.length}/Kids[${kids.map((kid) => `${kid} 0 R`).join(' ')}]>>`;
  const outlines = outline?.length ? `/Outlines ${addOutline(add, objects, outline, kids)} 0 R` : '';
  objects[catalog - 1] = `<</Type/Catalog/Pages ${tree} 0 R${outlines}>>`;
  const info = title === undefined ? '' : `/Info ${add(`<</Title${literal(title)}>>`)} 0 R`;
  const lock = locked ? `/Encrypt ${add(securityHandler)} 0 R/ID[<00112233445566778899aabbccddeeff><00>]` : '';
  return assemble(objects, `/Root ${catalog} 0 R${info}${lock}`);
}

/** A book of text, a dozen words to a line; about 3,000 characters to a page of 40 lines. */
export function makeTextPdf(pageCount: number, lineCount = 40): Buffer {
  const lines = (page: number) => Array.from({ length: lineCount }, (_, line) => sentence(page, line));
  return makePdf({ pages: Array.from({ length: pageCount }, (_, page) => lines(page)) });
}

const vocabulary =
  'the quick brown fox jumps over a lazy dog while seventeen auditors review isolation evidence and sign each record'.split(
    ' ',
  );

export function sentence(page: number, line: number): string {
  const words = Array.from(
    { length: 12 },
    (_, word) => vocabulary[(page * 7 + line * 3 + word * word) % vocabulary.length],
  );
  return `${words.join(' ')} p${page + 1}l${line + 1}`;
}

function contentOf(lines: readonly (string | PdfLineSpec)[]): string {
  let y = 790;
  const shown = lines.map((line) => {
    const { text, size = 11, x = 60, above = 0 } = typeof line === 'string' ? { text: line } : line;
    y -= size * 1.3 + above;
    return `BT /F1 ${size} Tf ${x} ${y.toFixed(2)} Td ${literal(text)} Tj ET`;
  });
  return shown.join('\n');
}

function literal(text: string): string {
  return `(${text.replace(/[()\\]/gu, '\\$&')})`;
}

function addOutline(
  add: (body: string) => number,
  objects: string[],
  entries: readonly { readonly title: string; readonly page: number }[],
  kids: readonly number[],
): number {
  const root = add('');
  const first = root + 1;
  for (const [index, { title, page }] of entries.entries()) {
    const next = index + 1 < entries.length ? `/Next ${first + index + 1} 0 R` : '';
    add(`<</Title${literal(title)}/Parent ${root} 0 R/Dest[${kids[page - 1]} 0 R/Fit]${next}>>`);
  }
  objects[root - 1] =
    `<</Type/Outlines/First ${first} 0 R/Last ${first + entries.length - 1} 0 R/Count ${entries.length}>>`;
  return root;
}

/** Keys that no password opens: random bytes where the owner's and user's hashes belong. */
const securityHandler = `<</Filter/Standard/V 2/R 3/Length 128/P -3904/O<${'a5'.repeat(32)}>/U<${'5a'.repeat(32)}>>>`;

function assemble(objects: readonly string[], trailer: string): Buffer {
  let file = '%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n';
  const offsets = objects.map((body, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const xref = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  const end = `trailer<</Size ${objects.length + 1}${trailer}>>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(file + xref + end, 'latin1');
}
