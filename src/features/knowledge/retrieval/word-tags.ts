import type { TenantDatabase } from '../../../database/database.js';
import { wordsOf } from './analysis.js';
import { detectLanguage, languages } from './languages.js';
import { lexemeOf } from './stemming.js';

/** What sealed texts of one kind are found by: keyed hashes of their words and stems, of which no word can be read. */
export interface WordTags {
  /** For a text that is kept: its words as they stand and their stems. */
  of(db: TenantDatabase, text: string): Buffer[];
  /** For a search: of each word the tags of which a text must have one. */
  toFind(db: TenantDatabase, query: string): Buffer[][];
}

const mostSearched = 16;
/** Language repeats itself: with the newest tags at hand a text costs a tenth. */
const known = new Map<string, Buffer>();
const mostKnown = 50_000;

/**
 * Each kind has tags of its own: nobody can tell from the indexes that a task and a document speak of the same thing.
 * `most`: how many of a text's tags are kept.
 */
export function wordTags(kind: string, most = Number.POSITIVE_INFINITY): WordTags {
  const tag = (db: TenantDatabase, lexeme: string) => remembered(db, `${kind}|${lexeme}`);
  return {
    of(db, text) {
      const words = wordsOf(text);
      const { language } = detectLanguage(words);
      const lexemes = new Set(words);
      for (const word of words) lexemes.add(lexemeOf(word, language));
      lexemes.delete('');
      return [...lexemes].slice(0, most).map((lexeme) => tag(db, lexeme));
    },
    toFind(db, query) {
      const words = [...new Set(wordsOf(query))].slice(0, mostSearched);
      return words.map((word) => {
        const forms = new Set([word, ...languages.map((language) => lexemeOf(word, language)).filter(Boolean)]);
        return [...forms].map((form) => tag(db, form));
      });
    },
  };
}

function remembered(db: TenantDatabase, text: string): Buffer {
  const key = `${db.tenantId}|${text}`;
  const made = known.get(key) ?? db.blind(text);
  known.delete(key);
  known.set(key, made);
  if (known.size > mostKnown) known.delete(known.keys().next().value ?? key);
  return made;
}
