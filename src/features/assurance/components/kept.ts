import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { varPath } from '../../../config.js';
import { Review } from './review.js';

const path = () => varPath('components-review.json');

/** The latest review that was made here; undefined when there is none, or none that can be read. */
export function lastReview(): Review | undefined {
  try {
    return Review.safeParse(JSON.parse(readFileSync(path(), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export function keepReview(review: Review): void {
  // Written beside and moved: who reads meanwhile sees the whole of one of them.
  writeFileSync(`${path()}.new`, `${JSON.stringify(review, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path()}.new`, path());
}
