import { lineDifference } from '../../agents/difference.js';
import type { Change } from './comparison.js';

export interface Run {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** A change as it can be read: word by word where a passage was rewritten. */
export function shownChange({ kind, headings, page, before = '', after = '' }: Change) {
  const place = [...headings, ...(page === undefined ? [] : [`page ${page}`])].join(' › ');
  return { kind, place, runs: kind === 'changed' ? wordDifference(before, after) : [{ kind, text: before || after }] };
}

export function wordDifference(before: string, after: string): Run[] {
  const lines = (text: string) => text.trim().split(/\s+/u).join('\n');
  const runs: Run[] = [];
  for (const { kind, text } of lineDifference(lines(before), lines(after))) {
    const last = runs.at(-1);
    if (last?.kind === kind) runs.splice(-1, 1, { kind, text: `${last.text} ${text}` });
    else runs.push({ kind, text });
  }
  return runs;
}
