import type { TenantDatabase } from '../../database/database.js';
import { wordTags } from '../knowledge/retrieval/word-tags.js';
import type { PageText } from './page.js';

const { of, toFind } = wordTags('pages');

/** What a page can be found by. */
export function tagsOf(db: TenantDatabase, { title, body }: PageText): Buffer[] {
  return of(db, `${title}\n${body}`);
}

export const tagsToFind = toFind;

/** For links by title: the same for titles that a person would call the same. */
export function titleTag(db: TenantDatabase, title: string): Buffer {
  return db.blind(`page title|${title.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()}`);
}
