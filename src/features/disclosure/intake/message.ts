import { z } from 'zod';

/** What the child makes of a mail. Attachments come as base64. */
export const ParsedMail = z.object({
  from: z.string(),
  name: z.string(),
  subject: z.string(),
  text: z.string(),
  messageId: z.string(),
  /** In-Reply-To and References, as they are. */
  answers: z.string(),
  /** Sent by a machine or a list, or in answer to one: it gets no answer (RFC 3834 §2, RFC 5230 §4.6). */
  automatic: z.boolean(),
  attachments: z.array(z.object({ name: z.string(), mediaType: z.string(), content: z.string() })),
  verdicts: z.object({ spf: z.string(), dkim: z.string(), dmarc: z.string() }),
});
export type ParsedMail = z.infer<typeof ParsedMail>;

export interface Envelope {
  /** Of who handed it in; empty where a mailbox is read, and then SPF cannot be judged. */
  readonly ip: string;
  readonly helo: string;
  /** Empty for a bounce; undefined when only the mail's own Return-Path tells (RFC 5321 §4.4). */
  readonly sender?: string;
  readonly host: string;
  /** A name server to ask in place of the machine's own: host:port. */
  readonly nameServer?: string;
}

export const limits = {
  mailBytes: 10 * 1024 * 1024,
  headerBytes: 64 * 1024,
  textCharacters: 100_000,
  attachments: 10,
  seconds: 20,
} as const;
