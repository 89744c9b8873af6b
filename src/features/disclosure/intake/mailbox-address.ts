import { readFileSync } from 'node:fs';
import type { ImapFlowOptions } from 'imapflow';
import { limits } from './message.js';

const seconds = 1000;
const framing = 1024 * 1024;

export interface MailboxAddress {
  readonly folder: string;
  /** Names the mailbox, without its password. */
  readonly name: string;
  readonly options: ImapFlowOptions;
}

/**
 * imap(s)://user:password@host:port/FOLDER?ca=FILE (RFC 5092 in its simple form). Encryption is required, from the start
 * or by STARTTLS, with the server's name checked. Whatever the server announces, no more than a mail's size is read.
 * Throws when the URL is not understood.
 */
export function mailboxAddress(text: string): MailboxAddress {
  const url = new URL(text);
  const unknown = [...url.searchParams.keys()].filter((key) => key !== 'ca');
  if (unknown.length > 0 || !url.hostname || !url.username || !url.password) {
    throw new Error('DISCLOSURE_IMAP_URL must look like imaps://user:password@host:993/INBOX, with ?ca=FILE at most');
  }
  const secure = url.protocol === 'imaps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const folder = decodeURIComponent(url.pathname.slice(1)) || 'INBOX';
  const user = decodeURIComponent(url.username);
  const ca = url.searchParams.get('ca');
  return {
    folder,
    name: `${user}@${host}/${folder}`,
    options: {
      ...{ host, port: Number(url.port) || (secure ? 993 : 143), secure, doSTARTTLS: secure ? undefined : true },
      auth: { user, pass: decodeURIComponent(url.password) },
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca ? { ca: readFileSync(ca) } : {}) },
      ...{ logger: false, disableCompression: true, clientInfo: { name: 'Bailiwick' } },
      ...{ connectionTimeout: 15 * seconds, greetingTimeout: 15 * seconds, socketTimeout: 120 * seconds },
      ...{ autoIdleDelay: seconds, maxLineLength: 4 * framing },
      ...{ maxLiteralSize: limits.mailBytes + framing, maxResponseSize: limits.mailBytes + 6 * framing },
    },
  };
}
