import ejs from 'ejs';
import { projectPath } from '../../config.js';
import { facts } from './facts.js';
import { type Guide, guides } from './guides.js';

/** A heading with what stands below it, up to the next one. The guide's own beginning has no id. */
export interface Section {
  readonly id: string;
  readonly level: 2 | 3;
  readonly heading: string;
  readonly text: string;
}

export interface ReadGuide {
  readonly guide: Guide;
  readonly sections: readonly Section[];
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** Our own markup, so plain replacements are enough. */
function textOf(html: string): string {
  const words = html.replace(/<[^>]*>/g, ' ').replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity);
  return words
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:])/g, '$1')
    .trim();
}

export function sectionsIn(html: string): Section[] {
  const parts = html.split(/(?=<h[23][\s>])/).map((part): Section => {
    const [whole = '', level, id = '', heading = ''] = /^<h([23]) id="([\w-]+)">([\s\S]*?)<\/h\1>/.exec(part) ?? [];
    return { id, level: level === '3' ? 3 : 2, heading: textOf(heading), text: textOf(part.slice(whole.length)) };
  });
  return parts.filter(({ heading, text }) => heading !== '' || text !== '');
}

let read: Promise<readonly ReadGuide[]> | undefined;

/** Every guide as words, for contents and search; drawn once, since it changes with the product only. */
export function readGuides(): Promise<readonly ReadGuide[]> {
  read ??= Promise.all(guides.map(readGuide));
  return read;
}

async function readGuide(guide: Guide): Promise<ReadGuide> {
  const html = await ejs.renderFile(projectPath('views', 'docs', 'guides', `${guide.slug}.ejs`), { facts: facts() });
  return { guide, sections: sectionsIn(html) };
}
