import type { TenantDatabase } from '../../database/database.js';
import { wordsOf } from '../knowledge/retrieval/analysis.js';
import { detectLanguage, languages } from '../knowledge/retrieval/languages.js';
import { lexemeOf } from '../knowledge/retrieval/stemming.js';

const mostWords = 16;
const mostTags = 2_000;

/** Apart from the tags of other things: nobody can tell from the index that an event is about a document. */
const tag = (db: TenantDatabase, lexeme: string) => db.blind(`calendar|${lexeme}`);

/** What an event can be found by: its words as they stand and their stems, blinded. */
export function tagsOf(db: TenantDatabase, text: string): Buffer[] {
  const words = wordsOf(text);
  const { language } = detectLanguage(words);
  const lexemes = new Set(words.flatMap((word) => [word, lexemeOf(word, language)]));
  lexemes.delete('');
  return [...lexemes].slice(0, mostTags).map((lexeme) => tag(db, lexeme));
}

/** For each word of a search, the tags of which an event must have one. */
export function tagsToFind(db: TenantDatabase, query: string): Buffer[][] {
  const words = [...new Set(wordsOf(query))].slice(0, mostWords);
  return words.map((word) => {
    const forms = new Set([word, ...languages.map((language) => lexemeOf(word, language)).filter(Boolean)]);
    return [...forms].map((form) => tag(db, form));
  });
}
