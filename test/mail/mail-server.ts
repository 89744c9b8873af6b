import { once } from 'node:events';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Certificate } from '../support/certificate.js';

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly encrypted: boolean;
  readonly user: string;
  readonly raw: string;
}

export interface MailServers {
  readonly received: Received[];
  /** Answers the port of a new server. */
  start(options?: SMTPServerOptions): Promise<number>;
  stop(): Promise<void>;
}

/** Real mail servers that know nobody called "nobody…" and ask "grey…" to come back once. */
export function newMailServers(certificate: Certificate): MailServers {
  const received: Received[] = [];
  const servers: SMTPServer[] = [];
  const usual = usualOptions(received);
  return {
    received,
    async start(options = {}) {
      const server = new SMTPServer({ cert: certificate.certificate, key: certificate.key, ...usual, ...options });
      server.on('error', () => {});
      servers.push(server);
      const listener = server.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const address = listener.address();
      return typeof address === 'object' && address ? address.port : 0;
    },
    async stop() {
      await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}

function usualOptions(received: Received[]): SMTPServerOptions {
  const greylisted = new Set<string>();
  return {
    authOptional: true,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      if (address.startsWith('nobody')) return callback(refusal(550, `<${address}> is unknown here`));
      if (!address.startsWith('grey') || greylisted.has(address)) return callback();
      greylisted.add(address);
      return callback(refusal(451, `<${address}> may come back later`));
    },
    onAuth: ({ username, password }, _session, callback) =>
      password === 'p@ss:word/' ? callback(null, { user: username }) : callback(refusal(535, 'Wrong password')),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map((recipient) => recipient.address);
        const from = mailFrom ? mailFrom.address : '';
        const raw = Buffer.concat(chunks).toString();
        received.push({ from, to, raw, encrypted: session.secure, user: String(session.user ?? '') });
        callback();
      });
    },
  };
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
