export interface Scored<Item> {
  readonly item: Item;
  readonly score: number;
}

export interface TopList<Item> {
  /** Only a higher score than this can still enter. */
  threshold(): number;
  offer(score: number, item: Item): void;
  /** Best first; equal scores in the order of their offers. */
  sorted(): Scored<Item>[];
}

/** The best `count` of many. Kept in slack and cut down now and then: the cut is rare once the threshold is high. */
export function topList<Item>(count: number): TopList<Item> {
  const slack = Math.max(count * 4, 64);
  let kept: Scored<Item>[] = [];
  let threshold = count > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const cut = (): void => {
    kept.sort((one, other) => other.score - one.score);
    kept = kept.slice(0, count);
    const last = kept[count - 1];
    if (last) threshold = last.score;
  };
  return {
    threshold: () => threshold,
    offer(score, item) {
      if (score <= threshold) return;
      kept.push({ item, score });
      if (kept.length >= slack) cut();
    },
    sorted() {
      cut();
      return [...kept];
    },
  };
}
