import { z } from 'zod';

/** What the child makes of a mail. Attachments come as base64. */
export const ParsedMail = z.object({
  from: z.string(),
  name: z.string(),
  subject: z.string(),
  text: z.string(),
  messageId: z.string(),
  /** Sent by a machine or a list, or in answer to one: it gets no answer (RFC 3834 §2, RFC 5230 §4.6). */
  automatic: z.boolean(),
  attachments: z.array(z.object({ name: z.string(), mediaType: z.string(), content: z.string() })),
  verdicts: z.object({ spf: z.string(), dkim: z.string(), dmarc: z.string() }),
});
export type ParsedMail = z.infer<typeof ParsedMail>;

export interface Envelope {
  readonly ip: string;
  readonly helo: string;
  /** Empty for a bounce. */
  readonly sender: string;
  readonly host: string;
}

export const limits = {
  mailBytes: 10 * 1024 * 1024,
  headerBytes: 64 * 1024,
  textCharacters: 100_000,
  attachments: 10,
  seconds: 20,
} as const;
