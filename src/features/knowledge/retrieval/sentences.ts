/** A stretch of a text: offsets in UTF-16 units, the end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const newline = 0x0a;
const space = 0x20;
const stop = 0x2e;
const codesOf = (signs: string): Set<number> => new Set([...signs].map((sign) => sign.charCodeAt(0)));
const enders = codesOf('.!?…');
const wideEnders = codesOf('。！？｡');
const interesting = new Set([newline, ...enders, ...wideEnders]);
/** Looked up for every character, so by place for the common ones. */
const interestingAscii = Uint8Array.from({ length: 0x80 }, (_, code) => (interesting.has(code) ? 1 : 0));
const closers = codesOf('"\'”’»)]}」』）');
/** How a list item or a row of named cells ("Price: 3; Stock: 12") begins. */
const itemStart = /(?:[-*•–+]|\d{1,3}[.)]|[a-z][.)]|[\p{L}\p{N}][^\n.:;|]{0,40}:)\s/uy;
const lowerCase = /\p{Ll}/u;
const abbreviations = new Set(
  (
    'mr mrs ms dr prof st sr jr vs fig figs eq sec ch vol pp no nos approx dept est inc ltd co corp gen col capt sen rep rev hon ' +
    'jan feb mar apr jun jul aug sep sept oct nov dec e.g i.e cf al ca bzw z.b d.h u.a s.o nr abs usw str sra dra pág núm av art m'
  ).split(' '),
);

/**
 * Sentences, list items and table rows in order, without the white space around them. Its own, because Intl.Segmenter
 * takes four times as long, does not know rows and list items, and ends a sentence behind "Dr."
 */
export function sentencesOf(text: string, from = 0, to = text.length): Span[] {
  const spans: Span[] = [];
  let start = from;
  const cut = (end: number): void => {
    const span = trimmed(text, start, end);
    if (span.end > span.start) spans.push(span);
    start = end;
  };
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80 ? interestingAscii[code] === 0 : !interesting.has(code)) continue;
    if (code === newline) {
      if (breaksLine(text, start, i)) cut(i + 1);
    } else if (wideEnders.has(code)) {
      i = afterClosers(text, i, to) - 1;
      cut(i + 1);
    } else {
      const end = afterClosers(text, i, to);
      if (endsSentence(text, { start, at: i, end, to })) cut(end);
      i = end - 1;
    }
  }
  cut(to);
  return spans;
}

export function trimmed(text: string, start: number, end: number): Span {
  let first = start;
  let last = end;
  while (first < last && text.charCodeAt(first) <= space) first++;
  while (last > first && text.charCodeAt(last - 1) <= space) last--;
  return { start: first, end: last };
}

function afterClosers(text: string, at: number, to: number): number {
  let end = at + 1;
  while (end < to && (closers.has(text.charCodeAt(end)) || enders.has(text.charCodeAt(end)))) end++;
  return end;
}

/** Lines of a paragraph may be broken anywhere; only an empty line, a list item or a table row ends a sentence. */
function breaksLine(text: string, start: number, at: number): boolean {
  if (text.charCodeAt(at + 1) === newline) return true;
  itemStart.lastIndex = at + 1;
  if (itemStart.test(text)) return true;
  const line = text.slice(Math.max(start, text.lastIndexOf('\n', at - 1) + 1), at);
  return line.includes('|') || line.includes('\t');
}

interface Candidate {
  readonly start: number;
  readonly at: number;
  readonly end: number;
  readonly to: number;
}

function endsSentence(text: string, { start, at, end, to }: Candidate): boolean {
  if (end >= to) return true;
  if (text.charCodeAt(end) > space) return false;
  let next = end;
  while (next < to && text.charCodeAt(next) <= space) next++;
  if (lowerCase.test(text.charAt(next))) return false;
  return text.charCodeAt(at) !== stop || !endsInAbbreviation(text, start, at);
}

/** "Dr.", "e.g.", and initials such as "J." */
function endsInAbbreviation(text: string, start: number, stopAt: number): boolean {
  let first = stopAt;
  while (first > start && stopAt - first < 6 && isWordPart(text.charCodeAt(first - 1))) first--;
  const word = text.slice(first, stopAt);
  if (word.length === 1) return word !== 'I' && /\p{Lu}/u.test(word);
  return abbreviations.has(word.toLowerCase());
}

function isWordPart(code: number): boolean {
  return code > space && code !== 0x28 && code !== 0x5b && code !== 0x22;
}
