import type { Passage } from '../../../llm/tool.js';
import type { TenantContext } from '../../../tenancy/context.js';
import type { AgentBudget } from '../../agents/agent.js';
import type { Source } from '../../decisions/decision.js';
import type { TurnEvent } from '../turns/event-log.js';

/** The agent as it is when the turn begins. */
export interface TurnAgent {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly instructions: string;
  readonly model: string | null;
  /** Who is asked when its model does not answer; null: the others in the operator's order. */
  readonly fallbacks: readonly string[] | null;
  readonly budget: AgentBudget;
  readonly tools: readonly string[];
  readonly knowledge: 'all' | 'none' | readonly string[];
}

export interface PastMessage {
  readonly author: 'member' | 'agent' | 'system';
  readonly text: string;
}

/** A question on its way to an answer. All of it is of one workspace and one member (IS-7). */
export interface Turn {
  /** Of the person who asks. */
  readonly context: TenantContext;
  readonly accountId: string;
  readonly conversationId: string;
  /** The id of the message that becomes the answer. */
  readonly messageId: string;
  /** Which of those who ever wrote this answer writes it now; checked with every write. */
  readonly attempt: string;
  readonly agent: TurnAgent;
  readonly workspaceInstructions: string;
  /** Oldest first, without the question. */
  readonly past: readonly PastMessage[];
  readonly question: string;
  /** The question is a note about a call that had waited, not a person's words. */
  readonly isNote: boolean;
  /** A draft of an agent is tried out. */
  readonly isTest?: boolean;
  /** Of this conversation alone; their names are the person's words. */
  readonly files?: readonly { readonly id: string; readonly name: string }[] | undefined;
  /** What an earlier answer to the same question had changed or sent already, as JSON with tool, arguments and outcome. */
  readonly doneBefore?: readonly string[] | undefined;
  /** Aborted by stop, by time, by a shutdown; the reason says which. */
  readonly signal: AbortSignal;
  /** What came of it so far; kept whatever happens next. */
  readonly answer: Answer;
  tell(event: TurnEvent): void;
}

export interface Answer {
  text: string;
  provider: string | null;
  model: string | null;
  inputTokens: number;
  outputTokens: number;
  /** Of the newest step: the next one sends as much again, and more. */
  lastInputTokens: number;
  /** Providers that were asked in vain before one answered. */
  failedBefore: string;
  toolCalls: number;
  /** Everything that was found, in the order of the numbers by which it may be cited. */
  readonly passages: Passage[];
  /** What the agent read for this question, for people who decide about what it asks next. */
  readonly sources: Source[];
  /** How many of its calls wait for a person. */
  waiting: number;
}

export function newAnswer(): Answer {
  return {
    text: '',
    provider: null,
    model: null,
    inputTokens: 0,
    outputTokens: 0,
    lastInputTokens: 0,
    failedBefore: '',
    toolCalls: 0,
    passages: [],
    sources: [],
    waiting: 0,
  };
}

/** The number by which an answer cites a passage: the same one however often it is found. */
export function numberOf({ passages }: Answer, passage: Passage): number {
  const known = passages.findIndex(({ chunkId }) => chunkId === passage.chunkId);
  return known >= 0 ? known + 1 : passages.push(passage);
}
