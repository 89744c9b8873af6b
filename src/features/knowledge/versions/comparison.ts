import { z } from 'zod';
import { wordsOf } from '../retrieval/analysis.js';

/** A passage as a search finds it. */
export interface Passage {
  readonly headings: readonly string[];
  readonly page?: number | undefined;
  readonly text: string;
}

const Change = z.object({
  kind: z.enum(['added', 'removed', 'changed']),
  headings: z.array(z.string()),
  page: z.number().optional(),
  /** Absent when it was added. */
  before: z.string().optional(),
  /** Absent when it was removed. */
  after: z.string().optional(),
});
export type Change = z.infer<typeof Change>;
export const Changes = z.array(Change);

/** What a new text changes for search. */
export interface Comparison {
  readonly same: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** The first of them, in the order of the document. */
  readonly changes: readonly Change[];
}

const mostKept = 200;
/** Beyond this many pairs nobody would read what belongs to what. */
const mostPairs = 250_000;
/** So many of the words that two passages have between them must be common for one to be the other, changed. */
const alike = { underOneHeading: 0.2, anywhere: 0.5 } as const;

interface Placed {
  readonly passage: Passage;
  /** From 0 to 1, in its own text. */
  readonly at: number;
}

/** Passages that stay word for word under their headings are the same, wherever they stand now. */
export function comparePassages(before: readonly Passage[], after: readonly Passage[]): Comparison {
  const gone = placed(before);
  const fresh: Placed[] = [];
  const left = new Map<string, Placed[]>();
  for (const each of gone) left.set(keyOf(each.passage), [...(left.get(keyOf(each.passage)) ?? []), each]);
  const kept = new Set<Placed>();
  for (const each of placed(after)) {
    const twin = left.get(keyOf(each.passage))?.shift();
    if (twin) kept.add(twin);
    else fresh.push(each);
  }
  const removed = gone.filter((each) => !kept.has(each));
  const pairs = pairUp(removed, fresh);
  const paired = new Set([...pairs].flat());
  const found = [
    ...[...pairs].map(([old, now]) => ({ at: now.at, change: changeOf(old.passage, now.passage) })),
    ...removed
      .filter((each) => !paired.has(each))
      .map(({ at, passage }) => ({ at, change: changeOf(passage, undefined) })),
    ...fresh
      .filter((each) => !paired.has(each))
      .map(({ at, passage }) => ({ at, change: changeOf(undefined, passage) })),
  ].sort((one, other) => one.at - other.at);
  const changed = pairs.size;
  return {
    same: kept.size,
    added: fresh.length - changed,
    removed: removed.length - changed,
    changed,
    changes: found.slice(0, mostKept).map(({ change }) => change),
  };
}

function placed(passages: readonly Passage[]): Placed[] {
  return passages.map((passage, index) => ({ passage, at: index / passages.length }));
}

const headingOf = ({ headings }: Passage) => headings.join('\u0000');
const keyOf = (passage: Passage) => `${headingOf(passage)}\u0001${passage.text}`;

/** Which old passage became which new one: first under the same heading, then anywhere. */
function pairUp(removed: readonly Placed[], fresh: readonly Placed[]): Map<Placed, Placed> {
  const pairs = new Map<Placed, Placed>();
  if (removed.length * fresh.length > mostPairs) return pairs;
  const words = new Map([...removed, ...fresh].map((each) => [each, new Set(wordsOf(each.passage.text))]));
  const likeness = (one: Placed, other: Placed) => overlap(words.get(one), words.get(other));
  const taken = new Set<Placed>();
  for (const [least, near] of [
    [alike.underOneHeading, true],
    [alike.anywhere, false],
  ] as const) {
    for (const old of removed.filter((each) => !pairs.has(each))) {
      let best: { now: Placed; score: number } | undefined;
      for (const now of fresh) {
        if (taken.has(now) || (near && headingOf(old.passage) !== headingOf(now.passage))) continue;
        const score = likeness(old, now);
        if (score >= least && score > (best?.score ?? 0)) best = { now, score };
      }
      if (!best) continue;
      pairs.set(old, best.now);
      taken.add(best.now);
    }
  }
  return pairs;
}

function overlap(one: ReadonlySet<string> = new Set(), other: ReadonlySet<string> = new Set()): number {
  const common = [...one].filter((word) => other.has(word)).length;
  return common / Math.max(1, one.size + other.size - common);
}

function changeOf(before: Passage | undefined, after: Passage | undefined): Change {
  const shown = after ?? before;
  return {
    kind: before && after ? 'changed' : after ? 'added' : 'removed',
    headings: [...(shown?.headings ?? [])],
    ...(shown?.page === undefined ? {} : { page: shown.page }),
    ...(before ? { before: before.text } : {}),
    ...(after ? { after: after.text } : {}),
  };
}
