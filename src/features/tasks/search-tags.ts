import type { TenantDatabase } from '../../database/database.js';
import { wordTags } from '../knowledge/retrieval/word-tags.js';

const { of, toFind } = wordTags('tasks');

/** What a task can be found by. */
export function tagsOf(db: TenantDatabase, { title, description }: { title: string; description: string }): Buffer[] {
  return of(db, `${title}\n${description}`);
}

export const tagsToFind = toFind;
