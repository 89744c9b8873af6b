import { documentText } from '../retrieval/chunking.js';
import { keptSections } from './kept.js';

/** Characters of a document on one page of the reader. */
const partLength = 20_000;

export interface Asked {
  /** From 1; 0 for the part with the passage in it, or the first. */
  readonly part: number;
  readonly passage?: { readonly start: number; readonly end: number } | undefined;
}

export interface Part {
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  readonly before: string;
  readonly passage: string;
  readonly after: string;
}

/** A part of a document's text, with the passage set apart if it begins there. */
export function partOf(kept: Uint8Array, { part: wanted, passage }: Asked): Part {
  const whole = documentText(keptSections(kept));
  const parts = Math.max(1, Math.ceil(whole.length / partLength));
  const part = Math.min(parts, wanted || (passage ? Math.floor(passage.start / partLength) + 1 : 1));
  const [from, to] = [(part - 1) * partLength, part * partLength];
  const start = passage ? clamp(passage.start, from, to) : to;
  // A passage that runs over the end of the part is shown whole.
  const end = passage && passage.start < to ? Math.max(passage.end, start) : to;
  return {
    part,
    parts,
    before: whole.slice(from, start),
    passage: whole.slice(start, end),
    after: whole.slice(end, Math.max(to, end)),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
