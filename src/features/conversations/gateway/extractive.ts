import { nothingUsed } from '../../../llm/meter.js';
import type { ModelEvent, ModelRequest } from '../../../llm/model-step.js';
import { bestSentences } from '../../knowledge/retrieval/passages.js';
import type { Turn } from './turn.js';

/** What a model or this responder says, step by step. */
export type StepEvent =
  | Exclude<ModelEvent, { type: 'started' }>
  | {
      readonly type: 'started';
      readonly provider: string;
      readonly model: string;
      readonly failedBefore: readonly { readonly provider: string }[];
    };

export const builtIn = 'built-in';
const search = 'search_knowledge';
const searchInFiles = 'search_files';
const quotes = 4;
const wordsAtOnce = 8;
const markup = /[\\`*_[\]<>#|~]/g;

const howTo =
  'No language model is configured in this installation, so nothing was written for you. To get written answers, whoever runs it sets one of ' +
  '`GROQ_API_KEY`, `GOOGLE_GENERATIVE_AI_API_KEY`, `ANTHROPIC_API_KEY` or `OPENAI_COMPATIBLE_BASE_URL` and starts it again.';

/**
 * Answers without a language model (AG-3): asks for the same search tool as a model would, then quotes the sentences that
 * fit the question best. It is no model, and says so.
 */
export async function* quoteFromKnowledge(turn: Turn, request: ModelRequest): AsyncGenerator<StepEvent, void, void> {
  yield { type: 'started', provider: builtIn, model: 'extractive', failedBefore: [] };
  const asked = request.messages.some(({ role }) => role === 'tool');
  const searches = (request.tools ?? []).filter(({ name }) => name === search || name === searchInFiles);
  const canSearch = searches.length > 0;
  if (canSearch && !asked) {
    const query = [...turn.question].slice(0, 900).join('');
    for (const { name } of searches) yield { type: 'tool-call', id: `${builtIn} ${name}`, name, arguments: { query } };
    yield { type: 'finished', reason: 'tool-calls', ...nothingUsed };
    return;
  }
  for (const part of inParts(answerFrom(turn, request, canSearch))) yield { type: 'text', text: part };
  yield { type: 'finished', reason: 'stop', ...nothingUsed };
}

function answerFrom(turn: Turn, { messages }: ModelRequest, canSearch: boolean): string {
  const { passages } = turn.answer;
  if (!canSearch) return `This agent may not search the documents, so there is nothing to quote.\n\n${howTo}`;
  if (messages.some((message) => message.role === 'tool' && message.failed)) {
    return `The documents could not be searched.\n\n${howTo}`;
  }
  const best = bestSentences(turn.question, passages, quotes);
  if (best.length === 0) return `The documents say nothing that fits this question.\n\n${howTo}`;
  const lines = best.map(({ text, passage }) => `> ${verbatim(text)} [${passage + 1}]`);
  return `From the documents, word for word:\n\n${lines.join('\n\n')}\n\n${howTo}`;
}

/** A quotation is shown as it was written: what looks like markup in it is not. */
function verbatim(text: string): string {
  return text.replace(/\s+/g, ' ').replace(markup, '\\$&');
}

function inParts(text: string): string[] {
  return text.match(new RegExp(`(?:\\S+\\s*){1,${wordsAtOnce}}`, 'g')) ?? [];
}
