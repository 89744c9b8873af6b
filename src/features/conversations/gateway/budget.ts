import { UpstreamFailed } from '../../../errors.js';
import type { Answer } from './turn.js';

/** What one turn may use up. Its seconds are LLM_TURN_SECONDS, counted by whoever runs it. */
export const budget = {
  toolCalls: 8,
  /** The rest of what a model asks for in one step is left unanswered. */
  toolCallsAtOnce: 12,
  /** In and out, over all steps. */
  tokens: 150_000,
  /** Of one step. */
  outputTokens: 4_096,
  /** Of the conversation so far, in the prompt. */
  pastTokens: 16_000,
  answerCharacters: 60_000,
  /** Of one result, as the model gets it. */
  resultCharacters: 24_000,
  argumentCharacters: 16_000,
} as const;

/** Four characters are taken for a token. */
export const estimateTokens = (characters: number): number => Math.ceil(characters / 4);

/** Before each step, so that a loop ends at the limit and not after it. `ahead`: characters about to be sent. */
export function checkTokens({ inputTokens, outputTokens, lastInputTokens }: Answer, ahead: number): void {
  const next = Math.max(estimateTokens(ahead), lastInputTokens);
  if (inputTokens + outputTokens + next <= budget.tokens) return;
  throw new UpstreamFailed('The answer would have used more tokens than a question may. Ask for less at once.');
}

export function checkLength({ text }: Answer): void {
  if (text.length <= budget.answerCharacters) return;
  throw new UpstreamFailed('The answer grew longer than an answer may be and was cut. Ask for less at once.');
}
