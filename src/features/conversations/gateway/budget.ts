import { config } from '../../../config.js';
import { UpstreamFailed } from '../../../errors.js';
import type { Answer, TurnAgent } from './turn.js';

/** What one turn may use up at most; an agent may have less (limitsOf). Its seconds are counted by whoever runs it. */
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

/** What one answer of this agent may use up: what its makers said, and never more than the installation lets anybody. */
export function limitsOf({ budget: own }: Pick<TurnAgent, 'budget'>) {
  const most = (installation: number, agents: number | undefined) => Math.min(installation, agents ?? installation);
  return {
    toolCalls: most(budget.toolCalls, own.calls),
    tokens: most(budget.tokens, own.tokens),
    seconds: most(config().LLM_TURN_SECONDS, own.seconds),
    /** In millionths; kept by the meter of its calls. */
    cost: own.cost,
  };
}

/** Fewer tokens are no answer. */
const leastOutput = 64;

/**
 * How many tokens the next step may answer with. Before each step, so that a loop ends at the limit and not after it.
 * `ahead`: characters about to be sent. Throws UpstreamFailed when nothing is left.
 */
export function outputLeft(agent: Pick<TurnAgent, 'budget'>, made: Answer, ahead: number): number {
  const { inputTokens, outputTokens, lastInputTokens } = made;
  const next = Math.max(estimateTokens(ahead), lastInputTokens);
  const left = limitsOf(agent).tokens - inputTokens - outputTokens - next;
  if (left >= leastOutput) return Math.min(budget.outputTokens, left);
  throw new UpstreamFailed('The answer would have used more tokens than a question may. Ask for less at once.');
}

export function checkLength({ text }: Answer): void {
  if (text.length <= budget.answerCharacters) return;
  throw new UpstreamFailed('The answer grew longer than an answer may be and was cut. Ask for less at once.');
}
