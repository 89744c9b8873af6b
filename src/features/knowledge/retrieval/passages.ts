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
  readonly lexemes: ReadonlySet<string>;
}

/**
 * The sentences that share the most with the question, weighted by how rare a word is among all sentences, best first.
 * A sentence that adds no further word of the question ranks behind one that does. `passages` come best first.
 */
export function bestSentences(question: string, passages: readonly { readonly text: string }[], max: number): Quote[] {
  const asked = new Set(queryLexemes(question));
  const candidates = passages.flatMap((passage, index) => candidatesIn(passage.text, index));
  const weight = rarity(candidates, asked);
  const rest = candidates.map((candidate) => ({ candidate, score: worth(candidate, asked, weight) }));
  const chosen: Quote[] = [];
  const said = new Set<string>();
  while (chosen.length < max) {
    let best: { candidate: Candidate; score: number } | undefined;
    for (const each of rest) {
      const score = each.score * novelty(each.candidate, asked, said);
      if (score > 0 && score > (best?.score ?? 0)) best = { candidate: each.candidate, score };
    }
    if (!best) break;
    const { lexemes, ...quote } = best.candidate;
    chosen.push({ ...quote, score: best.score });
    for (const lexeme of lexemes) if (asked.has(lexeme)) said.add(lexeme);
    rest.splice(
      rest.findIndex(({ candidate }) => candidate === best?.candidate),
      1,
    );
  }
  return chosen;
}

function candidatesIn(text: string, passage: number): Candidate[] {
  const { language } = languageOf(text);
  return sentencesOf(text).flatMap(({ start, end }) => {
    const quote = text.slice(start, end);
    if (quote.length > maxQuote || quote.split(/\s+/, minWords).length < minWords) return [];
    return [{ text: quote, passage, start, end, score: 0, lexemes: new Set(lexemesOf(quote, language)) }];
  });
}

function rarity(candidates: readonly Candidate[], asked: ReadonlySet<string>): Map<string, number> {
  const weights = new Map<string, number>();
  for (const lexeme of asked) {
    const count = candidates.reduce((sum, { lexemes }) => sum + (lexemes.has(lexeme) ? 1 : 0), 0);
    weights.set(lexeme, Math.log(1 + candidates.length / (count + 1)));
  }
  return weights;
}

/** Long sentences share more by chance: the sum is divided by the fourth root of the length. */
function worth({ lexemes, passage }: Candidate, asked: ReadonlySet<string>, weights: Map<string, number>): number {
  let sum = 0;
  for (const lexeme of asked) if (lexemes.has(lexeme)) sum += weights.get(lexeme) ?? 0;
  return (sum / (lexemes.size + 1) ** 0.25) * rankDecay ** passage;
}

/** Half for a sentence whose words of the question have all been said already. */
function novelty({ lexemes }: Candidate, asked: ReadonlySet<string>, said: ReadonlySet<string>): number {
  for (const lexeme of asked) if (lexemes.has(lexeme) && !said.has(lexeme)) return 1;
  return 0.5;
}
