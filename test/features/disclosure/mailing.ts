import { connect } from 'node:net';
import nodemailer from 'nodemailer';

export const own = 'security@bailiwick.test';

export interface Sent {
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  readonly messageId?: string;
  readonly envelopeFrom?: string;
  readonly dkim?: { readonly domainName: string; readonly keySelector: string; readonly privateKey: string };
  readonly attachments?: { filename: string; content: string }[];
}

/** Where the listener is, and who vouches for it. */
export interface Door {
  readonly port: number;
  readonly ca: Buffer;
}

/** A real conversation, encrypted by STARTTLS. Answers what the server said to the mail. */
export async function send(
  { port, ca }: Door,
  { from = 'eve@researcher.test', envelopeFrom = from, ...mail }: Sent,
): Promise<string> {
  const carrier = nodemailer.createTransport({
    host: 'localhost',
    port,
    requireTLS: true,
    tls: { ca },
  });
  const { response } = await carrier.sendMail({
    ...{ from, to: own, subject: 'A hole', text: 'Steps.', ...mail },
    envelope: { from: envelopeFrom, to: own },
  });
  return response;
}

/** Line by line, each after the answer to the one before. */
export function converse(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const left = [...lines];
    let said = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      said += text;
      if (!/^\d{3} .*\r\n$/m.test(text)) return;
      const next = left.shift();
      if (next !== undefined) socket.write(`${next}\r\n`);
    });
    socket.on('close', () => resolve(said));
    socket.on('error', reject);
  });
}
