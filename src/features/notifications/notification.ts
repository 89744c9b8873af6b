import { z } from 'zod';

export const kinds = [
  'decision',
  'mention',
  'assigned',
  'comment',
  'finished',
  'security',
  'shared',
  'reminder',
  'usage',
] as const;
export type NotificationKind = (typeof kinds)[number];

export const mailTimes = ['now', 'hourly', 'daily'] as const;
export type MailTime = (typeof mailTimes)[number];

/** Where one kind is told. Neither: not at all. */
export interface Preference {
  readonly inPage: boolean;
  readonly mail: MailTime | null;
}

/**
 * For who has not chosen. What keeps somebody else waiting is mailed at once, what can be read later is collected.
 * Security notices have mails of their own, which nobody can turn off.
 */
export const defaults: Readonly<Record<NotificationKind, Preference>> = {
  decision: { inPage: true, mail: 'now' },
  mention: { inPage: true, mail: 'hourly' },
  assigned: { inPage: true, mail: 'hourly' },
  comment: { inPage: true, mail: 'daily' },
  finished: { inPage: true, mail: null },
  security: { inPage: true, mail: null },
  shared: { inPage: true, mail: 'daily' },
  reminder: { inPage: true, mail: 'now' },
  usage: { inPage: true, mail: 'now' },
};

/** What a notification is about. */
export interface Subject {
  readonly kind: string;
  readonly id: string;
}

export interface Notification {
  readonly id: string;
  readonly kind: NotificationKind;
  readonly title: string;
  /** Who did it; null for the installation's own jobs. */
  readonly actorName: string | null;
  /** Below the workspace's address. */
  readonly path: string;
  readonly createdAt: Date;
  readonly readAt: Date | null;
}

/** An address below the workspace, or `/` for its home: ids and words, never a host, and nothing that climbs. */
export const Path = z
  .string()
  .max(300)
  .regex(/^\/([A-Za-z0-9][\w\-/]*(\?[\w\-=&%]*)?(#[\w-]*)?)?$/);

const longestTitle = 200;

/** One line, of a length that a list can show. */
export function titleOf(text: string): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= longestTitle ? line : `${characters.slice(0, longestTitle - 1).join('')}…`;
}
