import { getDocumentProxy } from 'unpdf';
import { Invalid } from '../../../../errors.js';
import type { Limits } from '../limits.js';
import type { Progress } from '../section.js';
import type { SectionWriter } from '../section-writer.js';
import { makeBlockReader } from './pdf-blocks.js';
import { linesOf, type PdfItem } from './pdf-lines.js';
import { outlineByPage } from './pdf-outline.js';

export interface PdfReading {
  readonly bytes: Buffer;
  readonly writer: SectionWriter;
  readonly limits: Limits;
  readonly onProgress: (progress: Progress) => void;
}

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/** Page by page, so that memory does not grow with the book. */
export async function readPdf({
  bytes,
  writer,
  limits,
  onProgress,
}: PdfReading): Promise<{ title?: string; pages: number }> {
  const pdf = await open(bytes);
  if (pdf.numPages > limits.pages)
    throw new Invalid(
      `This PDF has ${pdf.numPages} pages; up to ${limits.pages} can be read. Split it and upload the parts.`,
    );
  const outline = await outlineByPage(pdf);
  const blocks = makeBlockReader();
  for (let number = 1; number <= pdf.numPages; number += 1) {
    writer.page(number);
    const items = await itemsOf(pdf, number);
    const headings = outline && (outline.get(number) ?? []);
    for (const { level, text } of blocks.page(linesOf(items), headings)) {
      if (level) writer.heading(level, text);
      else writer.paragraph(text);
    }
    onProgress({ done: number, total: pdf.numPages });
  }
  const title = await titleOf(pdf);
  return { ...(title ? { title } : {}), pages: pdf.numPages };
}

async function open(bytes: Buffer): Promise<Pdf> {
  try {
    const content = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return await getDocumentProxy(content, {
      disableFontFace: true,
      useSystemFonts: false,
      verbosity: 0,
      maxImageSize: 0,
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException')
      throw new Invalid('This PDF is locked with a password. Save a copy without one and upload that.');
    throw new Invalid('This PDF is damaged or incomplete. Open it, print it to a new PDF and upload that.');
  }
}

async function itemsOf(pdf: Pdf, number: number): Promise<PdfItem[]> {
  const page = await pdf.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  return items.filter((item) => 'str' in item);
}

/** Writers put the file's old name there ("Microsoft Word - offer.doc"): that is no title. */
async function titleOf(pdf: Pdf): Promise<string | undefined> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const title = 'Title' in info && typeof info.Title === 'string' ? info.Title.trim() : '';
  return title && !/\.\w{2,5}$|^untitled$/iu.test(title) ? title : undefined;
}
