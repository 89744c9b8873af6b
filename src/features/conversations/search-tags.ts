import type { TenantDatabase } from '../../database/database.js';
import { wordsOf } from '../knowledge/retrieval/analysis.js';
import { detectLanguage, languages } from '../knowledge/retrieval/languages.js';
import { lexemeOf } from '../knowledge/retrieval/stemming.js';

const mostWords = 16;

/** Language repeats itself: with the newest tags at hand a text costs a tenth. */
const known = new Map<string, Buffer>();
const mostKnown = 50_000;

/** Apart from the tags of documents: nobody can tell from the index that a conversation is about a document. */
function tag(db: TenantDatabase, lexeme: string): Buffer {
  const key = `${db.tenantId}|${lexeme}`;
  const made = known.get(key) ?? db.blind(`conversations|${lexeme}`);
  known.delete(key);
  known.set(key, made);
  if (known.size > mostKnown) known.delete(known.keys().next().value ?? key);
  return made;
}

/** What a text can be found by: its words as they stand and their stems, blinded. */
export function tagsOf(db: TenantDatabase, text: string): Buffer[] {
  const words = wordsOf(text);
  const { language } = detectLanguage(words);
  const lexemes = new Set(words);
  for (const word of words) lexemes.add(lexemeOf(word, language));
  lexemes.delete('');
  return [...lexemes].map((lexeme) => tag(db, lexeme));
}

/** For each word of a search the tags of which a conversation must have one. */
export function tagsToFind(db: TenantDatabase, query: string): Buffer[][] {
  const words = [...new Set(wordsOf(query))].slice(0, mostWords);
  return words.map((word) => {
    const forms = new Set([word, ...languages.map((language) => lexemeOf(word, language)).filter(Boolean)]);
    return [...forms].map((form) => tag(db, form));
  });
}
