import snowball, { type Stemmer } from 'snowball-stemmers';
import { isStopWord, type Language } from './languages.js';

const maxRemembered = 50_000;
const maxLexeme = 64;
const cyrillic = /^\p{Script=Cyrillic}/u;
const latin = /^\p{Script=Latin}/u;
const accents = /\p{Mn}/gu;
const plain = /^[a-z0-9]+$/;

const stemmers = new Map<string, Stemmer>();
const remembered = new Map<Language, Map<string, string>>();

/** The lexeme of a lower-case word, empty for a word too common to search for. Remembered: stemming is slow. */
export function lexemeOf(word: string, language: Language): string {
  if (word.length > maxLexeme) return folded(word.slice(0, maxLexeme));
  let known = remembered.get(language);
  if (!known || known.size >= maxRemembered) {
    known = new Map();
    remembered.set(language, known);
  }
  let lexeme = known.get(word);
  if (lexeme === undefined) {
    lexeme = isStopWord(language, word) ? '' : stemmed(word, language);
    known.set(word, lexeme);
  }
  return lexeme;
}

/** Accents matter to every stemmer but the English one. */
function stemmed(word: string, language: Language): string {
  if (cyrillic.test(word)) return folded(stemmer('russian').stem(word));
  if (!latin.test(word)) return folded(word);
  return language === 'english' ? stemmer(language).stem(folded(word)) : folded(stemmer(language).stem(word));
}

function stemmer(algorithm: string): Stemmer {
  let known = stemmers.get(algorithm);
  if (!known) {
    known = snowball.newStemmer(algorithm);
    stemmers.set(algorithm, known);
  }
  return known;
}

/** Without accents, so that "resume" finds "résumé". */
function folded(lexeme: string): string {
  return plain.test(lexeme) ? lexeme : lexeme.normalize('NFD').replace(accents, '').normalize('NFC');
}
