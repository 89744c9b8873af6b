import type { Tokenizer } from './tokenizer.js';
import { maxPieces } from './use-lite.js';

const maxWords = 80;
const maxPrefixPieces = 32;

/**
 * Cuts a text in windows of at most 80 words that fit the model, all about equally long, each with the prefix in front:
 * a window without its title finds far less.
 */
export function windowsOf({ encode, beginsWord }: Tokenizer, prefix: string, text: string): number[][] {
  const head = encode(prefix).slice(0, maxPrefixPieces);
  const body = encode(text);
  const room = maxPieces - head.length;
  const words = body.reduce((count, id) => count + (beginsWord(id) ? 1 : 0), 0);
  const count = Math.max(1, Math.ceil(words / maxWords), Math.ceil(body.length / room));
  const target = Math.ceil(body.length / count);
  const windows: number[][] = [];
  for (let start = 0; start < body.length || windows.length === 0; ) {
    const end = wordStart(body, beginsWord, { start, target, room });
    windows.push([...head, ...body.slice(start, end)]);
    start = end;
  }
  return windows;
}

interface Cut {
  readonly start: number;
  readonly target: number;
  readonly room: number;
}

/** The first beginning of a word at or after the target; where there is none within the room, the room's end. */
function wordStart(body: readonly number[], beginsWord: (id: number) => boolean, { start, target, room }: Cut): number {
  const last = Math.min(start + room, body.length);
  for (let end = start + target; end < last; end++) {
    if (beginsWord(body[end] ?? 0)) return end;
  }
  return last;
}
