import { type Detected, detectLanguage, isStopWord, type Language, languages } from './languages.js';
import { lexemeOf } from './stemming.js';

export type { Language } from './languages.js';

const word = /[\p{L}\p{N}\p{M}]+/gu;
// Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han, Hangul.
const wide =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Khmer}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}\p{Script=Hangul}ー々]+/gu;
const maxQueryLexemes = 64;
const maxQuestion = 8000;
const anyWide =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\ud840-\ud8bf\uf900-\ufaff]/;

/** Words in lower case, without punctuation. Text without spaces between words comes in pairs of characters. */
export function wordsOf(text: string): string[] {
  const normal = text.normalize('NFKC').toLowerCase();
  const words: string[] = normal.match(word) ?? [];
  return anyWide.test(normal) ? words.flatMap(splitWide) : words;
}

function splitWide(mixed: string): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const { 0: run, index } of mixed.matchAll(wide)) {
    if (index > end) parts.push(mixed.slice(end, index));
    parts.push(...pairs([...run]));
    end = index + run.length;
  }
  if (end < mixed.length) parts.push(mixed.slice(end));
  return parts;
}

function pairs(characters: readonly string[]): string[] {
  if (characters.length < 2) return [...characters];
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`);
}

/** What is indexed of a text, in order and with repetitions. */
export function lexemesOf(text: string, language: Language): string[] {
  const lexemes: string[] = [];
  for (const each of wordsOf(text)) {
    const lexeme = lexemeOf(each, language);
    if (lexeme !== '') lexemes.push(lexeme);
  }
  return lexemes;
}

/** A text's language from its beginning. */
export function languageOf(text: string): Detected {
  return detectLanguage(wordsOf(text.slice(0, 3000)));
}

/**
 * What to look up for a question. When its words do not tell its language ("password reset"), each is looked up as every
 * language would have indexed it: a stem that no document has costs a tag and finds nothing.
 */
export function queryLexemes(question: string): string[] {
  const found = new Set<string>();
  for (const lexemes of queryWords(question)) {
    for (const lexeme of lexemes) found.add(lexeme);
    if (found.size >= maxQueryLexemes) break;
  }
  return [...found].slice(0, maxQueryLexemes);
}

/** The same by word, without those that say nothing. */
export function queryWords(question: string): string[][] {
  const words = wordsOf(question.slice(0, maxQuestion));
  const { language, certain } = detectLanguage(words);
  const candidates = certain ? [language] : languages;
  return words
    .filter((each) => !isStopWord(language, each))
    .map((each) => [...new Set(candidates.map((candidate) => lexemeOf(each, candidate)))].filter(Boolean))
    .filter((lexemes) => lexemes.length > 0);
}
