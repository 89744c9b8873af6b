export interface Line {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Above this many pairs of lines the middle is shown as all removed and all added. */
const mostPairs = 1_000_000;

/** What changed between two texts, line by line: the longest common subsequence stays. */
export function lineDifference(before: string, after: string): Line[] {
  const old = before === '' ? [] : before.split('\n');
  const fresh = after === '' ? [] : after.split('\n');
  const head = countSame(old, fresh);
  const tail = countSame(old.slice(head).reverse(), fresh.slice(head).reverse());
  return [
    ...old.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

const same = (text: string): Line => ({ kind: 'same', text });
const added = (text: string): Line => ({ kind: 'added', text });
const removed = (text: string): Line => ({ kind: 'removed', text });

function countSame(one: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) count += 1;
  return count;
}

function middle(old: readonly string[], fresh: readonly string[]): Line[] {
  if (old.length * fresh.length > mostPairs) return [...old.map(removed), ...fresh.map(added)];
  const common = commonLengths(old, fresh);
  const at = (i: number, j: number) => common[i * (fresh.length + 1) + j] ?? 0;
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < fresh.length) {
    const [oldLine, newLine] = [old[i], fresh[j]];
    if (oldLine !== undefined && oldLine === newLine) {
      lines.push(same(oldLine));
      i += 1;
      j += 1;
    } else if (oldLine !== undefined && (newLine === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(oldLine));
      i += 1;
    } else if (newLine !== undefined) {
      lines.push(added(newLine));
      j += 1;
    }
  }
  return lines;
}

/** For each pair of rests how many lines they have in common, row by row. */
function commonLengths(old: readonly string[], fresh: readonly string[]): Uint32Array {
  const width = fresh.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      const [below, right, across] = [
        table[(i + 1) * width + j],
        table[i * width + j + 1],
        table[(i + 1) * width + j + 1],
      ];
      table[i * width + j] = old[i] === fresh[j] ? (across ?? 0) + 1 : Math.max(below ?? 0, right ?? 0);
    }
  }
  return table;
}
