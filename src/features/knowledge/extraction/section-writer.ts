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

interface Heading {
  readonly level: number;
  readonly text: string;
  readonly page: number | undefined;
}

export function makeSectionWriter(limits: Limits, emit: (section: Section) => void): SectionWriter {
  const counter = makeCounter(limits, emit);
  let path: readonly Heading[] = [];
  let page: number | undefined;
  let bare = false;
  const passage = makePassage((text) => counter.send(path, page, text));

  /** A heading with nothing under it is text too: a slide with a title only, an entry of a list. */
  const flushBare = () => {
    const last = path.at(-1);
    if (bare && last) counter.send(path.slice(0, -1), last.page, last.text);
    bare = false;
  };
  const add = (text: string, separator: string) => {
    if (passage.add(text, separator)) bare = false;
  };
  return {
    heading(level, text) {
      const title = oneLine(text);
      if (title === '') return;
      passage.end();
      if (level <= (path.at(-1)?.level ?? 0)) flushBare();
      path = [...path.filter((above) => above.level < level), { level, text: title, page }].slice(-deepest);
      bare = true;
    },
    paragraph: (text) => add(text, '\n\n'),
    line: (text) => add(text, '\n'),
    page(number) {
      if (number !== page) passage.end();
      page = number;
    },
    finish() {
      passage.end();
      flushBare();
      if (counter.isEmpty()) throw new Invalid(noText);
    },
  };
}

/** Text that stands under one heading, on one page. */
function makePassage(send: (text: string) => void) {
  let [parts, characters] = [[] as string[], 0];
  const end = () => {
    if (parts.length > 0) send(parts.join(''));
    [parts, characters] = [[], 0];
  };
  return {
    end,
    /** Answers whether it was more than space. */
    add(text: string, separator: string): boolean {
      let any = false;
      for (const piece of pieces(text, pieceCharacters)) {
        const tidy = tidyLines(piece);
        if (tidy === '') continue;
        if (characters > pieceCharacters) end();
        parts.push(parts.length === 0 ? '' : separator, tidy);
        characters += tidy.length;
        any = true;
      }
      return any;
    },
  };
}

function makeCounter(limits: Limits, emit: (section: Section) => void) {
  let [count, characters] = [0, 0];
  return {
    isEmpty: () => count === 0,
    send(path: readonly Heading[], page: number | undefined, text: string) {
      const section = { headings: path.map((heading) => heading.text), ...(page ? { page } : {}), text };
      count += 1;
      characters += charactersOf(section);
      if (count > limits.sections || characters > limits.characters) throw new Invalid(tooMuchText);
      emit(section);
    },
  };
}

const tooMuchText = 'This file holds more text than can be taken in at once. Split it and upload the parts.';
const noText =
  'There is no text in this file. If it is a scan, run text recognition (OCR) on it and upload the result.';
