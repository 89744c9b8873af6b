import type { MediaType } from './media-types.js';

/** A stretch of a document under one heading. Paragraphs are parted by an empty line, rows and list items by a newline. */
export interface Section {
  /** The path of headings, outermost first. */
  readonly headings: readonly string[];
  /** From 1: a page of a PDF, a slide of a presentation. */
  readonly page?: number;
  readonly text: string;
}

export interface ExtractedDocument {
  readonly mediaType: MediaType;
  readonly title?: string;
  readonly pages?: number;
  readonly sections: readonly Section[];
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** What a section counts towards the limit of characters. */
export function charactersOf(section: Section): number {
  return section.headings.reduce((sum, heading) => sum + heading.length, section.text.length);
}
