import { config } from '../../config.js';
import type { Database } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { sharedTransaction } from '../../database/shared.js';
import { type MailThread, sendMail } from '../../mail/outbox.js';
import { newToken } from '../../vault/tokens.js';
import { dueAt } from './clocks.js';
import { getPolicy } from './policy/queries.js';
import { findThreadOf, insertReport, insertReportEvent, markAcknowledged, wasAcknowledged } from './queries.js';
import { type Attachment, newReference, type Report, tagOf, type Verdicts, type Written } from './report.js';
import { sealFile, sealText } from './sealing.js';
import { insertFile, insertMessage, type NewMessage } from './thread/queries.js';

export interface Arrival {
  readonly source: 'mail' | 'form';
  readonly written: Written;
  readonly attachments?: readonly Attachment[];
  readonly verdicts?: Verdicts;
  /** Whether the sender may be written to: never a machine, a list or nobody (RFC 3834 §2). */
  readonly mayAnswer: boolean;
  /** The report that the mail says it belongs to. */
  readonly thread?: string;
  /** Comes first in the transaction; what it answers with false was taken in before. */
  readonly once?: (db: Database) => Promise<boolean>;
}

export interface Taken {
  readonly reference: string;
  /** Opens the reporter's page; not known for what goes on with an earlier report. */
  readonly link?: string;
}

/** Keeps a report, or adds to the one whose thread it is in. Undefined when the same mail has come before. */
export async function takeReport(arrival: Arrival): Promise<Taken | undefined> {
  const senderTag = arrival.written.from ? tagOf('sender', arrival.written.from) : null;
  return sharedTransaction(async (db) => {
    if (arrival.once && !(await arrival.once(db))) return undefined;
    const thread = arrival.thread && senderTag ? await findThreadOf(db, arrival.thread, senderTag) : undefined;
    return thread ? continueThread(db, thread, arrival) : beginThread(db, senderTag, arrival);
  });
}

/** The sender is told that it came, at most once a day: two machines must not talk to each other for ever. */
async function beginThread(db: Database, senderTag: Buffer | null, arrival: Arrival): Promise<Taken | undefined> {
  const { written, source, verdicts, attachments = [] } = arrival;
  const id = newId();
  const { token, hash } = newToken();
  const taken = { reference: newReference(), link: `${config().origin}/security/reports/${token}` };
  const acknowledge = arrival.mayAnswer && senderTag !== null && !(await wasAcknowledged(db, senderTag));
  const { businessDays } = await getPolicy(db);
  const [now, { spf = null, dkim = null, dmarc = null }] = [new Date(), verdicts ?? {}];
  const isNew = await insertReport(db, {
    ...{ id, reference: taken.reference, source, tokenHash: hash, senderTag, spf, dkim, dmarc },
    sealed: sealText(id, JSON.stringify(written)),
    messageTag: written.messageId ? tagOf('message', written.messageId) : null,
    acknowledgeBy: dueAt(now, 'acknowledgement', businessDays),
    resolveBy: dueAt(now, 'resolution', businessDays),
  });
  if (isNew === 0) return undefined;
  await insertReportEvent(db, 'report.received', taken.reference);
  for (const attachment of attachments) await keepFile(db, id, attachment);
  if (acknowledge) {
    const thread = threadMail(taken.reference, written);
    await sendMail(db, { to: written.from, template: 'report-received', locals: taken, thread });
    await markAcknowledged(db, id);
  }
  await tellOperator(db, `A security report came in: ${taken.reference}`);
  return taken;
}

/** Answers to our mails come back to the security address, with the reference in their headers. */
export function threadMail(reference: string, { messageId }: Written): MailThread {
  return { reference, inReplyTo: messageId, replyTo: config().SECURITY_CONTACT };
}

async function continueThread(db: Database, report: Report, arrival: Arrival): Promise<Taken | undefined> {
  const { written, verdicts, attachments = [] } = arrival;
  const messageTag = written.messageId ? tagOf('message', written.messageId) : undefined;
  const message = { text: written.text, source: 'mail', messageTag, verdicts } as const;
  if (!(await addFromReporter(db, report, message))) return undefined;
  for (const attachment of attachments) await keepFile(db, report.id, attachment);
  return { reference: report.reference };
}

type FromReporter = Pick<NewMessage, 'source' | 'messageTag' | 'verdicts'> & { readonly text: string };

/** False when the same mail has come before. */
async function addFromReporter(db: Database, report: Report, { text, ...message }: FromReporter): Promise<boolean> {
  const id = newId();
  const added = await insertMessage(db, report.id, { ...message, id, author: 'reporter', sealed: sealText(id, text) });
  if (added === 0) return false;
  await insertReportEvent(db, 'report.continued', report.reference);
  await tellOperator(db, `The reporter of ${report.reference} wrote again`);
  return true;
}

/** On the page behind the reporter's link. */
export async function continueReport(report: Report, text: string): Promise<void> {
  await sharedTransaction((db) => addFromReporter(db, report, { text, source: 'page' }));
}

async function keepFile(db: Database, reportId: string, attachment: Attachment): Promise<void> {
  const id = newId();
  await insertFile(db, reportId, { id, sealed: sealFile(id, attachment), bytes: attachment.content.length });
}

export async function tellOperator(db: Database, what: string): Promise<void> {
  const { SECURITY_OPERATOR } = config();
  if (!SECURITY_OPERATOR) return;
  await sendMail(db, { to: SECURITY_OPERATOR, template: 'report-news', locals: { what } });
}
