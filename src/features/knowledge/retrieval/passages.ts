import { languageOf, lexemesOf, queryLexemes } from './analysis.js';
import { sentencesOf } from './sentences.js';

/** Longer "sentences" (a table, code) are no quotation. */
const maxQuote = 600;
const minWords = 4;
/** What a passage loses against the one ranked before it. */
const rankDecay = 0.9;

export interface Quote {
  /** Word for word from the passage. */
  readonly text: string;
  /** Index of the passage. */
  readonly passage: number;
  /** Where in the passage's text the quote begins and ends. */
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

interface Candidate extends Quote {
  /** Those of the question's lexemes that the sentence has. */
  readonly shared: readonly string[];
  /** How many different lexemes the sentence has. */
  readonly size: number;
}

/**
 * The sentences that share the most with the question, weighted by how rare a word is among all sentences, best first.
 * A sentence that adds no further word of the question ranks behind one that does. `passages` come best first.
 */
export function bestSentences(question: string, passages: readonly { readonly text: string }[], max: number): Quote[] {
  const asked = new Set(queryLexemes(question));
  const candidates = passages.flatMap((passage, index) => candidatesIn(passage.text, index, asked));
  const rest = new Set(weighed(candidates));
  const chosen: Quote[] = [];
  const said = new Set<string>();
  while (chosen.length < max && rest.size > 0) {
    const best = [...rest].reduce((one, other) => (worth(other, said) > worth(one, said) ? other : one));
    rest.delete(best);
    for (const lexeme of best.shared) said.add(lexeme);
    const { shared, size, ...quote } = best;
    chosen.push(quote);
  }
  return chosen;
}

function candidatesIn(text: string, passage: number, asked: ReadonlySet<string>): Candidate[] {
  const { language } = languageOf(text);
  return sentencesOf(text).flatMap(({ start, end }) => {
    const quote = text.slice(start, end);
    if (quote.length > maxQuote || quote.split(/\s+/, minWords).length < minWords) return [];
    const lexemes = new Set(lexemesOf(quote, language));
    const shared = [...lexemes].filter((lexeme) => asked.has(lexeme));
    return [{ text: quote, passage, start, end, score: 0, shared, size: lexemes.size }];
  });
}

/** Those that share a word, with their scores. Long sentences share more by chance, hence the fourth root. */
function weighed(candidates: readonly Candidate[]): Candidate[] {
  const counts = new Map<string, number>();
  for (const lexeme of candidates.flatMap(({ shared }) => shared)) counts.set(lexeme, (counts.get(lexeme) ?? 0) + 1);
  const rarity = (lexeme: string): number => Math.log(1 + candidates.length / ((counts.get(lexeme) ?? 0) + 1));
  return candidates
    .filter(({ shared }) => shared.length > 0)
    .map((candidate) => {
      const sum = candidate.shared.reduce((total, lexeme) => total + rarity(lexeme), 0);
      return { ...candidate, score: (sum / (candidate.size + 1) ** 0.25) * rankDecay ** candidate.passage };
    });
}

/** Half its score for a sentence whose words of the question have all been said already. */
function worth({ score, shared }: Candidate, said: ReadonlySet<string>): number {
  return shared.every((lexeme) => said.has(lexeme)) ? score / 2 : score;
}
