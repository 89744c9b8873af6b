import { createHmac, randomInt } from 'node:crypto';
import { z } from 'zod';
import { deploymentKey } from '../../vault/deployment.js';

export const reportStates = ['new', 'acknowledged', 'confirmed', 'fixed', 'rejected', 'duplicate'] as const;
export type ReportState = (typeof reportStates)[number];

/** After these nothing is waited for any more. */
export const settledStates: readonly ReportState[] = ['fixed', 'rejected', 'duplicate'];

/** What the reporter wrote; sealed at rest. */
export const Written = z.object({
  from: z.string(),
  name: z.string(),
  subject: z.string(),
  text: z.string(),
  /** Of the mail, so that ours are shown in its thread. */
  messageId: z.string().optional(),
});
export type Written = z.infer<typeof Written>;

const verdict = z.string().nullable();

export interface Verdicts {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

export const Report = z.object({
  id: z.uuid(),
  reference: z.string(),
  source: z.enum(['mail', 'form']),
  state: z.enum(reportStates),
  spf: verdict,
  dkim: verdict,
  dmarc: verdict,
  duplicateOf: z.uuid().nullable(),
  /** A CVSS 4.0 vector, and its score. */
  severity: z.string().nullable(),
  score: z.number().nullable(),
  receivedAt: z.date(),
  acknowledgeBy: z.date(),
  resolveBy: z.date(),
  /** When the sender was told that it came. */
  acknowledgedAt: z.date().nullable(),
  /** When a person took it up. */
  answeredAt: z.date().nullable(),
  assessedAt: z.date().nullable(),
  closedAt: z.date().nullable(),
  consentedAt: z.date().nullable(),
  publishedAt: z.date().nullable(),
});
export type Report = z.infer<typeof Report>;

export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

// Without letters and digits that are read for each other.
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const pattern = `BW-[${alphabet}]{4}-[${alphabet}]{4}`;

export const Reference = z.string().regex(new RegExp(`^${pattern}$`));

/** `BW-7K3F-Q2XM`: said on the phone without a mistake, and not to be guessed from another. */
export function newReference(): string {
  const four = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `BW-${four()}-${four()}`;
}

/** The first one that a subject or the headers of a thread name. */
export function referenceIn(text: string): string | undefined {
  return new RegExp(`\\b${pattern}\\b`).exec(text)?.[0];
}

/** A keyed hash: equal for equal texts, and readable for nobody. */
export function tagOf(kind: 'message' | 'sender' | 'mailbox', text: string): Buffer {
  return createHmac('sha256', deploymentKey('reports')).update(`${kind}|${text.trim().toLowerCase()}`).digest();
}
