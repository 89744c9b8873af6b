import type { Change, Doer } from '../task.js';

/** What was said or done about a task. Entries are read in the order of their ids, which is that of time. */
export interface Entry extends Doer {
  readonly id: string;
  readonly kind: EntryKind;
  /** Of a comment: Markdown, as typed. */
  readonly text: string;
  /** Of a change. */
  readonly changes: readonly Change[];
  readonly createdAt: Date;
  readonly editedAt: Date | null;
  /** From which an agent's comment came; only the person on whose authority it acted can open it. */
  readonly conversationId: string | null;
}

export const entryKinds = ['created', 'changed', 'archived', 'restored', 'comment'] as const;
export type EntryKind = (typeof entryKinds)[number];
