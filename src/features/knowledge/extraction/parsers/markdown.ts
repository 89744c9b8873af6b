import MarkdownIt from 'markdown-it';
import type { SectionWriter } from '../section-writer.js';
import { writeHtml } from './html-sections.js';

/** Parsed in parts of about this size: tokens take many times the memory of the text. */
const partCharacters = 500_000;

/** Sections by headings; code is kept as it stands, front matter is left out. Returns the front matter's title. */
export function readMarkdown(source: string, writer: SectionWriter): string | undefined {
  const text = source.replace(/\r\n?/gu, '\n');
  const matter = frontMatter(text);
  const markdown = new MarkdownIt({ html: true });
  for (const part of parts(text.slice(matter.length))) writeHtml(markdown.render(part), writer);
  const title = /^title\s*[:=]\s*(.+)$/mu.exec(matter)?.[1]?.trim();
  return title?.replace(/^(["'])(.*)\1$/u, '$2') || undefined;
}

/** YAML between `---` lines or TOML between `+++` lines, at the very start. */
function frontMatter(text: string): string {
  const fence = text.slice(0, 4);
  if (fence !== '---\n' && fence !== '+++\n') return '';
  const end = text.indexOf(`\n${fence.trim()}`, 3);
  if (end < 0 || end > 20_000) return '';
  const lineEnd = text.indexOf('\n', end + 4);
  return lineEnd < 0 ? text : text.slice(0, lineEnd + 1);
}

/** Cut only before headings, and never inside fenced code. */
function* parts(text: string): Generator<string> {
  if (text.length <= partCharacters) return yield text;
  let [start, at, fenced] = [0, 0, false];
  while (at < text.length) {
    const end = text.indexOf('\n', at) + 1 || text.length;
    const head = text.slice(at, at + 3);
    if (head === '```' || head === '~~~') fenced = !fenced;
    if (!fenced && head.startsWith('#') && at - start > partCharacters) {
      yield text.slice(start, at);
      start = at;
    }
    at = end;
  }
  yield text.slice(start);
}
