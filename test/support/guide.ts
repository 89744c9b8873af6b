import { readFileSync } from 'node:fs';
import { projectPath } from '../../src/config.js';

/** The blocks of commands and files below a heading of a guide, as a reader would copy them. */
export function blocksOf(guide: string, section: string): string[] {
  const text = readFileSync(projectPath('views', 'docs', 'guides', `${guide}.ejs`), 'utf8');
  const part = text
    .split(/(?=<h[23] id=")/)
    .find((each) => each.startsWith(`<h2 id="${section}"`) || each.startsWith(`<h3 id="${section}"`));
  if (part === undefined) throw new Error(`the guide ${guide} has no section ${section}`);
  return [...part.matchAll(/<pre tabindex="0"><code>([\s\S]*?)<\/code><\/pre>/g)].map(([, block = '']) =>
    block.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&'),
  );
}
