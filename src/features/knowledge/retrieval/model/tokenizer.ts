const wordMark = '▁';
const reserved = 6;
const unknown = 0;
/** SentencePiece prices an unknown character this far below the rarest piece. */
const unknownPenalty = 10;

export interface Tokenizer {
  /** Piece ids of the text; neighbouring unknown characters are one id. */
  encode(text: string): number[];
  /** Whether the piece begins a word, so that a text can be cut in front of it. */
  beginsWord(id: number): boolean;
}

/** SentencePiece's unigram segmentation (Kudo 2018, arXiv:1804.10959): the likeliest pieces by Viterbi over a trie. */
export function tokenizer(vocabulary: readonly (readonly [string, number])[]): Tokenizer {
  const trie = pieceTrie(vocabulary);
  const floor = Math.min(...vocabulary.map(([, score]) => score)) - unknownPenalty;
  const starts = Uint8Array.from(vocabulary, ([piece]) => (piece.startsWith(wordMark) ? 1 : 0));

  function encode(text: string): number[] {
    const line = normalised(text);
    if (line === '') return [];
    return walkBack(bestPaths(line, trie, floor));
  }
  return { encode, beginsWord: (id) => starts[id] === 1 };
}

function normalised(text: string): string {
  const words = text.normalize('NFKC').trim();
  return words === '' ? '' : wordMark + words.replace(/\s+/gu, wordMark);
}

interface Trie {
  /** Next node by `node · 65536 + code unit`. */
  readonly next: Map<number, number>;
  /** Id of the piece that ends at a node, 0 for none. */
  readonly ids: number[];
  readonly scores: number[];
}

function pieceTrie(vocabulary: readonly (readonly [string, number])[]): Trie {
  const next = new Map<number, number>();
  const ids = [0];
  const scores = [0];
  for (const [id, [piece, score]] of vocabulary.entries()) {
    if (id < reserved) continue;
    let node = 0;
    for (let i = 0; i < piece.length; i++) {
      const edge = node * 0x10000 + piece.charCodeAt(i);
      let child = next.get(edge);
      if (child === undefined) {
        child = ids.push(0) - 1;
        scores.push(0);
        next.set(edge, child);
      }
      node = child;
    }
    ids[node] = id;
    scores[node] = score;
  }
  return { next, ids, scores };
}

interface Paths {
  /** For each end: the last piece's id and where that piece starts. */
  readonly piece: Int32Array;
  readonly from: Int32Array;
}

function bestPaths(line: string, { next, ids, scores }: Trie, floor: number): Paths {
  const length = line.length;
  const best = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
  const piece = new Int32Array(length + 1);
  const from = new Int32Array(length + 1);
  best[0] = 0;
  for (let start = 0; start < length; start++) {
    const sofar = best[start] ?? 0;
    if (sofar === Number.NEGATIVE_INFINITY) continue;
    const reach = (end: number, id: number, score: number): void => {
      if (sofar + score <= (best[end] ?? 0)) return;
      best[end] = sofar + score;
      piece[end] = id;
      from[end] = start;
    };
    let node: number | undefined = 0;
    for (let end = start; end < length; end++) {
      node = next.get(node * 0x10000 + line.charCodeAt(end));
      if (node === undefined) break;
      const id = ids[node] ?? 0;
      if (id > 0) reach(end + 1, id, scores[node] ?? 0);
    }
    reach(start + ((line.codePointAt(start) ?? 0) > 0xffff ? 2 : 1), unknown, floor);
  }
  return { piece, from };
}

function walkBack({ piece, from }: Paths): number[] {
  const ids: number[] = [];
  for (let end = piece.length - 1; end > 0; end = from[end] ?? 0) {
    const id = piece[end] ?? unknown;
    if (id !== unknown || ids.at(-1) !== unknown) ids.push(id);
  }
  return ids.reverse();
}
