import { z } from 'zod';
import type { Effect } from '../../../llm/tool.js';

/** `system`: a note about what became of a call that had waited. */
export const authors = ['member', 'agent', 'system'] as const;
export const statuses = ['complete', 'running', 'stopped', 'failed'] as const;
export type Status = (typeof statuses)[number];

/** `waiting` and what follows it: a call that a person is asked about first (features/decisions). */
export const outcomes = [
  'running',
  'done',
  'refused',
  'failed',
  'waiting',
  'rejected',
  'expired',
  'withdrawn',
  'unknown',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Ends the text of an answer that a person is asked about. */
export const waits = '*This waits for a person to decide. It goes on by itself afterwards.*';

export const interrupted = 'The answer was interrupted before it was finished. What had arrived is kept.';

/** The question to a person that a call waits, or waited, for. */
export interface DecisionShown {
  readonly id: string;
  /** In plain words, what will happen. */
  readonly summary: string;
  readonly effect: Effect;
  readonly expiresAt: Date;
  readonly approvedBy: readonly string[];
}

export interface ToolCallShown {
  readonly id: string;
  readonly name: string;
  /** JSON, or the text that the model sent instead of it. */
  readonly arguments: string;
  readonly result: string | null;
  readonly outcome: Outcome;
  readonly durationMs: number | null;
  readonly decision?: DecisionShown | undefined;
}

export interface CitationShown {
  readonly number: number;
  readonly documentId: string;
  readonly chunkId: string;
  readonly title: string;
  /** The document was deleted since. */
  readonly gone: boolean;
  /** It is a file of this conversation, no document of the workspace. */
  readonly conversationId?: string | null | undefined;
}

export interface Message {
  readonly id: string;
  readonly author: (typeof authors)[number];
  readonly text: string;
  readonly status: Status;
  readonly failure: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly createdAt: Date;
  readonly toolCalls: readonly ToolCallShown[];
  readonly citations: readonly CitationShown[];
}

export const MessageRow = z.object({
  id: z.uuid(),
  author: z.enum(authors),
  body: z.instanceof(Buffer),
  status: z.enum(statuses),
  failure: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  createdAt: z.date(),
  /** Running, but the process that ran it is gone. */
  abandoned: z.boolean(),
});
