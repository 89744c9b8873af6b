import type { SectionWriter } from '../section-writer.js';

/** Paragraphs are parted by empty lines; the lines inside keep their breaks. */
export function readText(text: string, writer: SectionWriter): void {
  for (const paragraph of text.replace(/\r\n?/gu, '\n').split(/\n[^\S\n]*\n/u)) writer.paragraph(paragraph);
}
