import type { Span } from './sentences.js';

/** A part of a document under one path of headings and, where the file has pages, on one page. */
export interface Section {
  /** From the outermost heading to the innermost. */
  readonly headings: readonly string[];
  readonly page?: number;
  readonly text: string;
}

export interface Layout {
  readonly text: string;
  /** Where each section's text lies; empty for a section without text. */
  readonly spans: readonly Span[];
}

// Controls other than tab and newline, soft hyphens, zero-width spaces, marks of direction: invisible, able to mislead.
const invisible = /[\p{Cc}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** The whole document as a reader sees it: each new heading on a line of its own, then its text. */
export function documentText(sections: readonly Section[]): string {
  return layOut(sections).text;
}

export function layOut(sections: readonly Section[]): Layout {
  const parts: string[] = [];
  const spans: Span[] = [];
  let length = 0;
  let path: readonly string[] = [];
  const add = (part: string): Span => {
    if (part === '') return { start: length, end: length };
    if (parts.length > 0) {
      parts.push('\n\n');
      length += 2;
    }
    parts.push(part);
    length += part.length;
    return { start: length - part.length, end: length };
  };
  for (const { headings, text } of sections) {
    const clean = cleanText(text);
    for (const heading of newHeadings(path, headings)) {
      const line = cleanText(heading).replaceAll('\n', ' ');
      // Some files repeat the heading as the first line of its text.
      if (!clean.startsWith(line)) add(line);
    }
    path = headings;
    spans.push(add(clean));
  }
  return { text: parts.join(''), spans };
}

function newHeadings(before: readonly string[], now: readonly string[]): readonly string[] {
  let same = 0;
  while (same < now.length && before[same] === now[same]) same++;
  return now.slice(same);
}

function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029\f\v]/g, '\n')
    .replace(invisible, (sign) => (sign === '\n' || sign === '\t' ? sign : ''))
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
