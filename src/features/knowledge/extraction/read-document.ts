import type { Limits } from './limits.js';
import type { MediaType } from './media-types.js';
import { type Recognised, recognise } from './recognise.js';
import type { Progress, Section } from './section.js';
import { makeSectionWriter, type SectionWriter } from './section-writer.js';
import { oneLine } from './tidy.js';

export interface Reading {
  readonly bytes: Buffer;
  readonly fileName: string;
  readonly limits: Limits;
  readonly onSection: (section: Section) => void;
  readonly onProgress: (progress: Progress) => void;
}

export interface Read {
  readonly mediaType: MediaType;
  readonly title?: string;
  readonly pages?: number;
}

/** Recognises a file and reads it, here and now: in the child, where it may take what it likes. Throws Invalid. */
export async function readDocument(reading: Reading): Promise<Read> {
  const recognised = await recognise(reading.bytes, reading.fileName, reading.limits);
  const writer = makeSectionWriter(reading.limits, reading.onSection);
  const read = await parse(recognised, writer, reading);
  writer.finish();
  const title = read.title && oneLine(read.title);
  return { mediaType: recognised.mediaType, ...(title ? { title } : {}), ...(read.pages ? { pages: read.pages } : {}) };
}

type Parsed = Pick<Read, 'pages'> & { readonly title?: string | undefined };

/** Each parser is loaded when it is needed: a page of text waits for none of them. */
async function parse(file: Recognised, writer: SectionWriter, { limits, onProgress }: Reading): Promise<Parsed> {
  switch (file.mediaType) {
    case 'application/pdf':
      return (await import('./parsers/pdf.js')).readPdf({ bytes: file.bytes, writer, limits, onProgress });
    case 'application/vnd.openxmlformats-officedocument.wordprocessingml.document':
      return { title: await (await import('./parsers/docx.js')).readDocx(file.zip, writer) };
    case 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet':
      return { title: (await import('./parsers/xlsx.js')).readXlsx(file.zip, writer, onProgress) };
    case 'application/vnd.openxmlformats-officedocument.presentationml.presentation':
      return (await import('./parsers/pptx.js')).readPptx({ zip: file.zip, writer, limits, onProgress });
    case 'application/vnd.oasis.opendocument.text':
      return { title: (await import('./parsers/odt.js')).readOdt(file.zip, writer, onProgress) };
    case 'application/epub+zip':
      return { title: (await import('./parsers/epub.js')).readEpub(file.zip, writer, onProgress) };
    case 'text/html':
      return { title: await (await import('./parsers/html.js')).readHtml(file.text, writer) };
    case 'text/markdown':
      return { title: (await import('./parsers/markdown.js')).readMarkdown(file.text, writer) };
    case 'text/csv':
      (await import('./parsers/csv.js')).readCsv(file.text, writer);
      return {};
    case 'text/plain':
      (await import('./parsers/text.js')).readText(file.text, writer);
      return {};
  }
}
