import { type Line, lineDifference } from '../../agents/difference.js';
import type { PageText } from '../page.js';

/** A stretch of lines that stayed and are left out. */
export interface Skipped {
  readonly kind: 'skipped';
  readonly count: number;
}

export interface Change {
  readonly label: string;
  readonly lines: readonly (Line | Skipped)[];
}

const around = 3;

/** What changed between two texts of a page; nothing, when they say the same. */
export function differenceOf(before: PageText, after: PageText): Change[] {
  const parts = [
    { label: 'Title', from: before.title, to: after.title },
    { label: 'Text', from: before.body, to: after.body },
  ];
  return parts
    .filter(({ from, to }) => from !== to)
    .map(({ label, from, to }) => ({ label, lines: shortened(lineDifference(from, to)) }));
}

/** Lines that stayed are shown only next to those that did not. */
export function shortened(lines: readonly Line[]): (Line | Skipped)[] {
  const shown = new Set<number>();
  lines.forEach(({ kind }, index) => {
    if (kind === 'same') return;
    for (let near = index - around; near <= index + around; near += 1) shown.add(near);
  });
  const short: (Line | Skipped)[] = [];
  for (const [index, line] of lines.entries()) {
    const last = short.at(-1);
    if (shown.has(index)) short.push(line);
    else if (last?.kind === 'skipped') short[short.length - 1] = { kind: 'skipped', count: last.count + 1 };
    else short.push({ kind: 'skipped', count: 1 });
  }
  return short;
}
