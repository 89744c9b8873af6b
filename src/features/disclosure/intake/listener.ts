import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { config } from '../../../config.js';
import { shared } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { log } from '../../../log.js';
import { networkOf } from '../../accounts/sign-in/tries.js';
import { limits } from './message.js';
import { receiveMail } from './receive.js';

const perHour = 30;
const mostClients = 20;
const mostRefusals = 10;

export interface Intake {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * GV-5: takes mails to the security address, and to no other (RFC 5321). Off until DISCLOSURE_SMTP_PORT is set; with a
 * certificate it offers STARTTLS (RFC 3207). A mail is accepted when it is kept, not before: a crash loses none.
 */
export async function startIntake(): Promise<Intake | undefined> {
  const { DISCLOSURE_SMTP_PORT: port, DISCLOSURE_SMTP_HOST: host, SECURITY_CONTACT: own } = config();
  if (port === undefined) return undefined;
  if (!own) throw new Error('SECURITY_CONTACT is missing: DISCLOSURE_SMTP_PORT takes mails to this address.');
  const server = new SMTPServer({
    ...certificate(),
    name: new URL(config().origin).hostname,
    banner: 'Security reports only',
    authOptional: true,
    disabledCommands: ['AUTH'],
    size: limits.mailBytes,
    maxClients: mostClients,
    socketTimeout: 30_000,
    closeTimeout: 5000,
    logger: false,
    onMailFrom: (_address, session, callback) => void countSender(session).then(callback, callback),
    onRcptTo: ({ address }, session, callback) => callback(recipientProblem(address, own, session)),
    onData: (stream, session, callback) =>
      void receive(stream, session).then(
        (said) => callback(null, said),
        (error: unknown) => callback(refusal(error)),
      ),
  });
  server.on('error', (error) => log().warn({ err: error }, 'mail intake'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function certificate(): object {
  const { DISCLOSURE_TLS_CERTIFICATE: cert, DISCLOSURE_TLS_KEY: key } = config();
  if (!cert || !key) return { disabledCommands: ['AUTH', 'STARTTLS'], hideSTARTTLS: true };
  return { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.2' };
}

class Refused extends Error {
  readonly responseCode: number;
  constructor(code: number, text: string) {
    super(text);
    this.responseCode = code;
  }
}

async function countSender({ remoteAddress }: SMTPServerSession): Promise<undefined> {
  const { hits } = await countHit(shared(), limitKey('disclosure mail', networkOf(remoteAddress)), 3600);
  if (hits > perHour) throw new Refused(450, 'Too many mails from your network. Try again in an hour.');
}

const refusals = new WeakMap<SMTPServerSession, number>();

/** Whoever goes on naming recipients is not told a hundred thousand times. */
function recipientProblem(address: string, own: string, session: SMTPServerSession): Error | undefined {
  const problem = judgeRecipient(address, own, session);
  const refused = (refusals.get(session) ?? 0) + (problem ? 1 : 0);
  refusals.set(session, refused);
  return problem && refused > mostRefusals ? new Refused(421, 'Too many recipients. Good-bye.') : problem;
}

function judgeRecipient(address: string, own: string, { envelope }: SMTPServerSession): Error | undefined {
  if (address.toLowerCase() !== own.toLowerCase()) return new Refused(550, 'Only the security address is here.');
  return envelope.rcptTo.length > 0 ? new Refused(452, 'One recipient is enough.') : undefined;
}

async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
  const message = await buffer(stream);
  if (stream.sizeExceeded) throw new Refused(552, 'The mail is larger than 10 MB. Send less, or ask for another way.');
  const sender = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
  const { remoteAddress: ip, hostNameAppearsAs: helo } = session;
  const host = new URL(config().origin).hostname;
  const { DISCLOSURE_NAME_SERVER: nameServer } = config();
  const envelope = { ip, helo, sender, host, ...(nameServer ? { nameServer } : {}) };
  const taken = await receiveMail({ message, envelope });
  return taken ? `Kept as ${taken.reference}` : 'Known already';
}

/** A later try may succeed (4xx); what was refused for good says so itself. */
function refusal(error: unknown): Error {
  if (error instanceof Refused) return error;
  if (error instanceof Invalid) return new Refused(554, error.message);
  log().warn({ err: error }, 'a mail could not be taken in');
  return new Refused(451, 'The mail could not be taken in now. Try again later.');
}
