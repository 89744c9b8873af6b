import { Invalid } from '../../../errors.js';
import type { Limits } from './limits.js';
import { charactersOf, type Section } from './section.js';
import { oneLine, pieces, tidyLines } from './tidy.js';

/** Gathers a document's text into sections, in reading order. */
export interface SectionWriter {
  /** From 1 (outermost) to 6. Ends the section before. */
  readonly heading: (level: number, text: string) => void;
  /** A paragraph of its own: an empty line stands before it. */
  readonly paragraph: (text: string) => void;
  /** A row or list item: follows the line before it directly. */
  readonly line: (text: string) => void;
  /** What follows is on this page, from 1. */
  readonly page: (number: number) => void;
  readonly finish: () => void;
}

/** A section is passed on in pieces of about this many characters, so that neither side holds a whole book. */
const pieceCharacters = 65_536;
const deepest = 6;

export function makeSectionWriter(limits: Limits, emit: (section: Section) => void): SectionWriter {
  let path: { level: number; text: string }[] = [];
  let [parts, gathered, total, count] = [[] as string[], 0, 0, 0];
  let page: number | undefined;

  const flush = () => {
    if (parts.length === 0) return;
    count += 1;
    if (count > limits.sections) throw new Invalid(tooMuchText);
    const headings = path.map((heading) => heading.text);
    const section = { headings, ...(page ? { page } : {}), text: parts.join('') };
    total += charactersOf(section);
    if (total > limits.characters) throw new Invalid(tooMuchText);
    emit(section);
    [parts, gathered] = [[], 0];
  };
  const addPiece = (text: string, separator: string) => {
    const tidy = tidyLines(text);
    if (tidy === '') return;
    if (total + gathered > limits.characters) throw new Invalid(tooMuchText);
    if (gathered > pieceCharacters) flush();
    parts.push(parts.length === 0 ? '' : separator, tidy);
    gathered += tidy.length;
  };
  const add = (text: string, separator: string) => {
    if (text.length <= pieceCharacters) return addPiece(text, separator);
    for (const piece of pieces(text, pieceCharacters)) addPiece(piece, separator);
  };
  return {
    heading(level, text) {
      const title = oneLine(text);
      if (title === '') return;
      flush();
      path = [...path.filter((above) => above.level < level), { level, text: title }].slice(-deepest);
    },
    paragraph: (text) => add(text, '\n\n'),
    line: (text) => add(text, '\n'),
    page(number) {
      if (number !== page) flush();
      page = number;
    },
    finish() {
      flush();
      if (total === 0) throw new Invalid(noText);
    },
  };
}

const tooMuchText = 'This file holds more text than can be taken in at once. Split it and upload the parts.';
const noText =
  'There is no text in this file. If it is a scan, run text recognition (OCR) on it and upload the result.';
