import type { TenantDatabase } from '../../database/database.js';
import { wordsOf } from '../knowledge/retrieval/analysis.js';
import { detectLanguage, languages } from '../knowledge/retrieval/languages.js';
import { lexemeOf } from '../knowledge/retrieval/stemming.js';

const mostWords = 16;

/** Apart from the tags of documents and conversations: nobody can tell from the index what speaks of the same thing. */
const tag = (db: TenantDatabase, lexeme: string): Buffer => db.blind(`tasks|${lexeme}`);

/** What a task can be found by: the words of its title and description and their stems, blinded. */
export function tagsOf(db: TenantDatabase, { title, description }: { title: string; description: string }): Buffer[] {
  const words = wordsOf(`${title}\n${description}`);
  const { language } = detectLanguage(words);
  const lexemes = new Set(words);
  for (const word of words) lexemes.add(lexemeOf(word, language));
  lexemes.delete('');
  return [...lexemes].map((lexeme) => tag(db, lexeme));
}

/** For each word of a search the tags of which a task must have one. */
export function tagsToFind(db: TenantDatabase, query: string): Buffer[][] {
  const words = [...new Set(wordsOf(query))].slice(0, mostWords);
  return words.map((word) => {
    const forms = new Set([word, ...languages.map((language) => lexemeOf(word, language)).filter(Boolean)]);
    return [...forms].map((form) => tag(db, form));
  });
}
