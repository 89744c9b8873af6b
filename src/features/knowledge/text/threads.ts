import type { Asked, Part } from './part.js';
import type { Piece } from './preparation.js';
import { textThread } from './thread.js';
import { type Result, resultsOf, type Task } from './worker.js';

/** Below this a text is worked on here, in some ten milliseconds: sending it would take as long. */
const small = { prepare: 8_192, show: 524_288 } as const;

/** Two, so that nobody who opens a page waits for a book to be indexed. */
const threads = { prepare: textThread(), show: textThread() } as const;

async function work(task: Task, take: (result: Result) => void): Promise<void> {
  if (task.kept.length > small[task.kind]) return threads[task.kind].run(task, take);
  for (const result of resultsOf(task)) take(result);
}

/**
 * Splits a text and counts its lexemes: seconds of computing for a long book, so it is done by a thread, and people who
 * wait for a page do not notice. `take` gets the pieces as they come.
 */
export function prepare(title: string, kept: Buffer, take: (piece: Piece) => void): Promise<void> {
  return work({ kind: 'prepare', title, kept }, (result) => {
    if (result.kind !== 'part') take(result);
  });
}

export async function readPart(kept: Buffer, asked: Asked): Promise<Part> {
  let part: Part | undefined;
  await work({ kind: 'show', kept, asked }, (result) => {
    if (result.kind === 'part') part = result.part;
  });
  if (!part) throw new Error('No part of the text came back');
  return part;
}

export async function closeThreads(): Promise<void> {
  await Promise.all(Object.values(threads).map((thread) => thread.close()));
}
