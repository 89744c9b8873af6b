import MarkdownIt, { type Env, type Token } from 'markdown-it';
import sanitizeHtml from 'sanitize-html';
import { destinationOf, isShownBy } from './destination.js';
import { isTooDense, longest } from './markdown-bounds.js';
import { addMentions, namingOf } from './mentions.js';
import { addPageLinks } from './page-links.js';

/** What a numbered chip in an answer opens; without a link when the document is gone. */
export interface Chip {
  readonly title: string;
  readonly href?: string | undefined;
}

type Chips = ReadonlyMap<number, Chip>;
type Names = ReadonlyMap<string, string>;

const citation = /^\[(\d{1,3}(?:, ?\d{1,3}){0,9})\](?!\()/;
// Controls, and the marks that turn the direction of what follows them: they make text look like other text.
const misleading = /[\u202a-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}/gu;

const markdown = newMarkdown();

/**
 * AG-12: untrusted Markdown as HTML that can be shown. No HTML of its own, no images, no references that turn `[1]` into
 * a link, links only through the leaving page; then a second wall that knows nothing of the first. `mentions`: the names
 * of people by their usernames, as chips.
 */
export function renderMarkdown(text: string, chips: Chips = new Map(), mentions: Names = new Map()): string {
  return rendered(text, { chips, mentions });
}

/** The same for a text in which `[[Title]]` may be a link: `pages` has the addresses of pages by their titles. */
export function renderWithPages(text: string, known: { mentions: Names; pages: Names }): string {
  return rendered(text, { chips: new Map(), ...known });
}

function rendered(text: string, known: { chips: Chips; mentions: Names; pages?: Names }): string {
  const clean = text.slice(0, longest).replace(misleading, '');
  if (isTooDense(clean)) return sanitizeHtml(`<pre>${markdown.utils.escapeHtml(clean)}</pre>`, allowed);
  const { chips, mentions, pages } = known;
  const env = { chips, pages, mentions: mentions.size > 0 ? namingOf(mentions) : undefined };
  return sanitizeHtml(markdown.render(clean, env), allowed);
}

function newMarkdown() {
  const parser = new MarkdownIt({ html: false, linkify: true, maxNesting: 40 });
  parser.disable(['reference', 'html_block', 'html_inline', 'image']);
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  parser.validateLink = (url) => destinationOf(url) !== undefined;
  parser.inline.ruler.before('link', 'citation', (state, silent) => {
    const found = state.linkLevel > 0 ? null : citation.exec(state.src.slice(state.pos, state.pos + 60));
    const chips = chipsOf(state.env);
    const numbers = (found?.[1] ?? '').split(',').map(Number);
    if (!found || !numbers.every((number) => chips.has(number))) return false;
    if (!silent) for (const number of numbers) state.push('citation', '', 0).meta = { number };
    state.pos += found[0].length;
    return true;
  });
  addMentions(parser);
  addPageLinks(parser);
  parser.core.ruler.push('destinations', ({ tokens }) => {
    for (const { children } of tokens) if (children) showDestinations(children);
  });
  parser.renderer.rules.citation = (tokens, index, _options, env) => {
    const number = Number(tokens[index]?.meta?.number);
    return chipHtml(number, chipsOf(env).get(number), parser.utils.escapeHtml);
  };
  return parser;
}

function chipsOf(env: Env | undefined): Chips {
  return env?.chips instanceof Map ? env.chips : new Map();
}

function chipHtml(number: number, chip: Chip | undefined, escapeHtml: (text: string) => string): string {
  const title = `title="${escapeHtml(chip?.title ?? '')}"`;
  if (!chip?.href) return `<span class="citation" ${title}>${number}</span>`;
  const href = escapeHtml(chip.href);
  return `<a class="citation" href="${href}" aria-label="Source ${number}" ${title} data-panel="">${number}</a>`;
}

/** Every link leads to the leaving page, and says where it leads when its words do not. Links hold no links. */
function showDestinations(children: readonly Token[]): void {
  let open: Token | undefined;
  let label = '';
  for (const token of children) {
    if (token.type === 'link_open') {
      open = token;
      label = '';
    } else if (token.type === 'link_close' && open) {
      direct(open, label);
      open = undefined;
    } else label += token.content;
  }
}

function direct(link: Token, label: string): void {
  const destination = destinationOf(String(link.attrGet('href')));
  link.attrs = [['rel', 'noopener noreferrer nofollow']];
  if (!destination) return;
  link.attrPush(['href', destination.href]);
  if (!destination.href.startsWith('mailto:')) link.attrPush(['target', '_blank']);
  if (!isShownBy(label, destination)) link.attrPush(['data-host', destination.shown]);
}

const ours = /^(?:\/leave\?to=|\/w\/[\w-]+\/(?:knowledge|conversations)\/|\/w\/[\w-]+\/pages\/[\da-f-]{36}$|mailto:)/;
const blocks = ['p', 'br', 'hr', 'blockquote', 'pre', 'ul', 'ol', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td'];
const focusable = { tabindex: '0' };

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [...blocks, 'h3', 'h4', 'a', 'span', 'strong', 'em', 's', 'code'],
  allowedAttributes: {
    a: ['href', 'rel', 'target', 'class', 'title', 'aria-label', 'data-host', 'data-panel'],
    span: ['class', 'title'],
    ol: ['start'],
    pre: ['tabindex'],
    table: ['tabindex'],
  },
  allowedClasses: { a: ['citation', 'page-link'], span: ['citation', 'mention'] },
  allowedSchemes: ['mailto'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  transformTags: {
    // The page has its own first headings.
    ...Object.fromEntries(['h1', 'h2'].map((tag) => [tag, 'h3'])),
    ...Object.fromEntries(['h3', 'h5', 'h6'].map((tag) => [tag, 'h4'])),
    // They scroll sideways, so a keyboard must reach them.
    pre: (tagName) => ({ tagName, attribs: focusable }),
    table: (tagName) => ({ tagName, attribs: focusable }),
    a: (tagName, { href = '', ...attribs }) => ({ tagName, attribs: ours.test(href) ? { href, ...attribs } : {} }),
  },
};
