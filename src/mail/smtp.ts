import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';
import { z } from 'zod';
import type { Mail, MailThread } from './outbox.js';

export interface SmtpSettings {
  /** smtp(s)://user:password@host:port?ca=/path/to/ca.pem */
  readonly url: string;
  /** Name and address in the From header. */
  readonly from: string;
  /** The installation's origin, whose host names the messages. */
  readonly origin: string;
}

const seconds = 1000;
const patience = { connectionTimeout: 10 * seconds, greetingTimeout: 10 * seconds, socketTimeout: 30 * seconds };

const Rejection = z.object({ code: z.string().optional(), responseCode: z.number().optional() });

/**
 * How to hand a mail to the operator's server. Encryption is required (STARTTLS for smtp:, TLS from the start for
 * smtps:), with the server's name checked; only the URL smtp://localhost speaks plainly, as it never leaves the machine.
 * Throws when the URL is not understood.
 */
export function smtpCarrier({ url, from, origin }: SmtpSettings): (mail: Mail) => Promise<void> {
  const transport = nodemailer.createTransport(
    { ...connection(url), ...patience },
    { from, headers: { 'Auto-Submitted': 'auto-generated' }, disableFileAccess: true, disableUrlAccess: true },
  );
  return async ({ id, to, subject, text, html, unsubscribe, thread }) => {
    const messageId = `<${thread ? `${id}.${thread.reference}` : id}@${new URL(origin).hostname}>`;
    // The second header lets the reader's mail program stop these by itself (RFC 8058).
    const headers = { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
    const list = unsubscribe ? { list: { unsubscribe }, headers } : {};
    const more = { ...list, ...(thread ? threadOf(thread) : {}) };
    await transport.sendMail({ messageId, to: { name: '', address: to }, subject, text, html, ...more });
  };
}

/** A stranger's Message-ID is repeated only when it is nothing but one. */
function threadOf({ inReplyTo, replyTo, personal }: MailThread) {
  const isOne = inReplyTo !== undefined && /^<[^\s<>\p{Cc}]{1,400}>$/u.test(inReplyTo);
  return {
    ...(isOne ? { inReplyTo, references: inReplyTo } : {}),
    ...(replyTo ? { replyTo: { name: '', address: replyTo } } : {}),
    ...(personal ? { headers: { 'Auto-Submitted': 'no' } } : {}),
  };
}

/** The same conversation up to where a mail would begin: encryption, name and password. Rejects as sending would. */
export async function greetMailServer(url: string): Promise<void> {
  const transport = nodemailer.createTransport({ ...connection(url), ...patience });
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

function connection(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'smtps:';
  if (!url?.hostname || !(secure || url.protocol === 'smtp:')) {
    throw new Error('SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465');
  }
  const unknown = [...url.searchParams.keys()].filter((key) => key !== 'ca');
  if (unknown.length > 0) throw new Error(`SMTP_URL takes ?ca=FILE and nothing else, not ${unknown.join(', ')}`);
  const ca = url.searchParams.get('ca');
  const plain = !secure && url.hostname === 'localhost';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !plain,
    ignoreTLS: plain,
    tls: { minVersion: 'TLSv1.2' as const, rejectUnauthorized: true, ...(ca ? { ca: readFileSync(ca) } : {}) },
    ...(url.username
      ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
      : {}),
  };
}

/** What went wrong, without the server's words: those repeat addresses. `final` when trying again is of no use. */
export function describeRejection(error: unknown): { readonly text: string; readonly final: boolean } {
  const { code = 'failed', responseCode } = Rejection.safeParse(error).data ?? {};
  const refused = (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== undefined && responseCode >= 500;
  return { text: responseCode ? `${code} ${responseCode}` : code, final: refused };
}
