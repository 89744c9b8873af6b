import type MarkdownIt from 'markdown-it';

const named = /\[\[([^[\]\n]{1,200})\]\]/g;
const here = /^\[\[([^[\]\n]{1,200})\]\]/;
/** A bound, not a rule that anybody meets. */
const mostTitles = 200;

/** The titles that stand in double brackets in this Markdown. */
export function titlesIn(text: string): string[] {
  const titles = new Set<string>();
  for (const [, title = ''] of text.matchAll(named)) {
    if (titles.size < mostTitles && title.trim() !== '') titles.add(title.trim());
  }
  return [...titles];
}

/** Adds `[[Title]]` to a parser: a link where `env.pages` knows the page's address, and otherwise what was typed. */
export function addPageLinks(parser: InstanceType<typeof MarkdownIt>): void {
  parser.inline.ruler.before('link', 'page_link', (state, silent) => {
    const pages: unknown = state.env?.pages;
    const found = state.linkLevel > 0 ? null : here.exec(state.src.slice(state.pos, state.pos + 204));
    const title = found?.[1]?.trim() ?? '';
    const href: unknown = pages instanceof Map ? pages.get(title) : undefined;
    if (!found || typeof href !== 'string') return false;
    if (!silent) {
      const token = state.push('page_link', '', 0);
      token.content = title;
      token.meta = { href };
    }
    state.pos += found[0].length;
    return true;
  });
  parser.renderer.rules.page_link = (tokens, index) => {
    const { content = '', meta } = tokens[index] ?? {};
    const { escapeHtml } = parser.utils;
    return `<a class="page-link" href="${escapeHtml(String(meta?.href ?? ''))}">${escapeHtml(content)}</a>`;
  };
}
