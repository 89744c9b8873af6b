import type { TenantDatabase } from '../../database/database.js';
import { wordsOf } from '../knowledge/retrieval/analysis.js';
import { detectLanguage, languages } from '../knowledge/retrieval/languages.js';
import { lexemeOf } from '../knowledge/retrieval/stemming.js';
import type { PageText } from './page.js';

const mostWords = 16;

// Apart from the tags of documents and conversations: nobody can tell from the index that two of them speak of the same.
const tag = (db: TenantDatabase, lexeme: string) => db.blind(`pages|${lexeme}`);

/** What a page can be found by: the words of title and text as they stand, and their stems, blinded. */
export function tagsOf(db: TenantDatabase, { title, body }: PageText): Buffer[] {
  const words = wordsOf(`${title}\n${body}`);
  const { language } = detectLanguage(words);
  const lexemes = new Set(words);
  for (const word of words) lexemes.add(lexemeOf(word, language));
  lexemes.delete('');
  return [...lexemes].map((lexeme) => tag(db, lexeme));
}

/** For each word of a search the tags of which a page must have one. */
export function tagsToFind(db: TenantDatabase, query: string): Buffer[][] {
  const words = [...new Set(wordsOf(query))].slice(0, mostWords);
  return words.map((word) => {
    const forms = new Set([word, ...languages.map((language) => lexemeOf(word, language)).filter(Boolean)]);
    return [...forms].map((form) => tag(db, form));
  });
}

/** For links by title: the same for titles that a person would call the same. */
export function titleTag(db: TenantDatabase, title: string): Buffer {
  return db.blind(`page title|${title.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()}`);
}
