import MarkdownIt from 'markdown-it';
import { isTooDense, longest } from './markdown-bounds.js';

/** What a name after an @ stands for: how many characters of it are the name, and whose it is. */
interface Mentioned {
  readonly length: number;
  readonly name: string;
}

/** Tells who a name is, as it was typed; undefined for nobody. */
type Naming = (typed: string) => Mentioned | undefined;

const longestName = 32;
const atName = /^@([A-Za-z0-9._-]{3,})/;
// Where an @ belongs to something else: an address of mail, a path, a handle elsewhere.
const inside = /[\p{L}\p{N}@/\\._=&%#+-]$/u;

/** Adds `@username` to a parser. Not in code and not in links; `env.mentions` is the Naming. */
export function addMentions(parser: InstanceType<typeof MarkdownIt>): void {
  parser.inline.ruler.before('link', 'mention', (state, silent) => {
    const naming: unknown = state.env?.mentions;
    if (silent || state.linkLevel > 0 || typeof naming !== 'function') return false;
    const typed = atName.exec(state.src.slice(state.pos, state.pos + 2 * longestName))?.[1];
    if (!typed || inside.test(state.src.slice(Math.max(0, state.pos - 2), state.pos))) return false;
    const found: Mentioned | undefined = (naming as Naming)(typed);
    if (!found) return false;
    const token = state.push('mention', '', 0);
    token.content = `@${typed.slice(0, found.length)}`;
    token.meta = { name: found.name };
    state.pos += 1 + found.length;
    return true;
  });
  parser.renderer.rules.mention = (tokens, index) => {
    const { content = '', meta } = tokens[index] ?? {};
    const { escapeHtml } = parser.utils;
    return `<span class="mention" title="${escapeHtml(String(meta?.name ?? ''))}">${escapeHtml(content)}</span>`;
  };
}

/** Who is meant: the longest name of these that was typed, without the signs that end a sentence. */
export function namingOf(people: ReadonlyMap<string, string>): Naming {
  return (typed) => {
    for (const name of namesOf(typed)) {
      const found = people.get(name);
      if (found !== undefined) return { length: name.length, name: found };
    }
    return undefined;
  };
}

/** What may have been meant: as it stands, or without dots and dashes at its end, which may belong to the sentence. */
function namesOf(typed: string): string[] {
  const names = [];
  let rest = typed.toLowerCase();
  while (rest.length >= 3) {
    if (rest.length <= longestName) names.push(rest);
    if (!/[._-]$/.test(rest)) break;
    rest = rest.slice(0, -1);
  }
  return names;
}

const reader = new MarkdownIt({ html: false, linkify: false, maxNesting: 40 });
addMentions(reader);
/** A bound, not a rule that anybody meets. */
const mostNames = 200;

/** The names that stand after an @ in this Markdown, in small letters: of `known`, or else all that may be meant. */
export function namesIn(text: string, known?: ReadonlySet<string>): string[] {
  const read = text.slice(0, longest);
  if (!read.includes('@') || isTooDense(read)) return [];
  const names = new Set<string>();
  const collect: Naming = (typed) => {
    const possible = namesOf(typed);
    const meant = known ? possible.filter((name) => known.has(name)).slice(0, 1) : possible;
    if (names.size < mostNames) for (const name of meant) names.add(name);
    return undefined;
  };
  reader.parse(read, { mentions: collect });
  return [...names];
}
