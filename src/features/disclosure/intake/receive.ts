import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { type Taken, takeReport } from '../actions.js';
import { referenceIn } from '../report.js';
import type { Envelope } from './message.js';
import { parseMail } from './parse.js';

export interface ReceivedMail {
  readonly message: Buffer;
  readonly envelope: Envelope;
  /** Names a mail that has no Message-ID, where it may come again. */
  readonly name?: string;
  readonly once?: (db: Database) => Promise<boolean>;
}

/**
 * One mail, by whichever way it came: read in the child, then kept as a report or as an answer in the thread that its
 * subject or its headers name. Undefined when it is known. Throws Invalid or UpstreamFailed when it could not be read.
 */
export async function receiveMail({ message, envelope, name, once }: ReceivedMail): Promise<Taken | undefined> {
  const { attachments, verdicts, automatic, answers, messageId, ...written } = await parseMail(message, envelope);
  const isOurs = written.from.toLowerCase() === config().SECURITY_CONTACT?.toLowerCase();
  // Whose domain says that it did not send this: nobody is written to, and no thread goes on with it.
  const isForged = verdicts.dmarc === 'fail' || (verdicts.spf === 'fail' && verdicts.dkim !== 'pass');
  const thread = isForged ? undefined : referenceIn(`${written.subject} ${answers}`);
  const id = messageId || name;
  return takeReport({
    ...{ source: 'mail', written: { ...written, ...(id ? { messageId: id } : {}) }, verdicts },
    attachments: attachments.map((file) => ({ ...file, content: Buffer.from(file.content, 'base64') })),
    mayAnswer: !automatic && !isForged && written.from !== '' && !isOurs,
    ...(thread ? { thread } : {}),
    ...(once ? { once } : {}),
  });
}
