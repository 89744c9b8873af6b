import { createHmac, randomInt } from 'node:crypto';
import { z } from 'zod';
import { deploymentKey } from '../../vault/deployment.js';

export const reportStates = ['received', 'accepted', 'declined', 'resolved'] as const;
export type ReportState = (typeof reportStates)[number];

/** Hours until a person has answered, and until it is said whether the report is right. Promised on /security. */
export const clocks = { answer: 48, assessment: 14 * 24 } as const;
/** Hours before that, at which the operator is reminded. */
export const ahead = { answer: 12, assessment: 48 } as const;

/** What the reporter wrote; sealed at rest. */
export const Written = z.object({
  from: z.string(),
  name: z.string(),
  subject: z.string(),
  text: z.string(),
});
export type Written = z.infer<typeof Written>;

const verdict = z.string().nullable();

export const Report = z.object({
  id: z.uuid(),
  reference: z.string(),
  source: z.enum(['mail', 'form']),
  state: z.enum(reportStates),
  spf: verdict,
  dkim: verdict,
  dmarc: verdict,
  receivedAt: z.date(),
  acknowledgedAt: z.date().nullable(),
  answeredAt: z.date().nullable(),
  assessedAt: z.date().nullable(),
  closedAt: z.date().nullable(),
});
export type Report = z.infer<typeof Report>;

export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

// Without letters and digits that are read for each other.
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** `BW-7K3F-Q2XM`: said on the phone without a mistake, and not to be guessed from another. */
export function newReference(): string {
  const four = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `BW-${four()}-${four()}`;
}

/** A keyed hash: equal for equal texts, and readable for nobody. */
export function tagOf(kind: 'message' | 'sender', text: string): Buffer {
  return createHmac('sha256', deploymentKey('reports')).update(`${kind}|${text.trim().toLowerCase()}`).digest();
}

/** The next promise to the reporter that is still open, and when it is due. */
export function dueOf(report: Report): { readonly clock: keyof typeof clocks; readonly at: Date } | undefined {
  const after = (hours: number) => new Date(report.receivedAt.getTime() + hours * 3_600_000);
  if (report.state === 'declined' || report.state === 'resolved') return undefined;
  if (!report.answeredAt) return { clock: 'answer', at: after(clocks.answer) };
  return report.assessedAt ? undefined : { clock: 'assessment', at: after(clocks.assessment) };
}
