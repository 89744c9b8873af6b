import { z } from 'zod';
import { config } from '../../config.js';
import type { Database } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { shared, sharedTransaction } from '../../database/shared.js';
import { NotFound } from '../../errors.js';
import { sendMail } from '../../mail/outbox.js';
import { openForDeployment, sealForDeployment } from '../../vault/deployment.js';
import { hashToken, newToken } from '../../vault/tokens.js';
import { insertPlatformEvent } from '../accounts/queries.js';
import {
  findReportByReference,
  findReportByToken,
  insertFile,
  insertMessage,
  insertReport,
  listFiles,
  listMessages,
  markAcknowledged,
  markAnswered,
  markState,
  type SealedReport,
  wasAcknowledged,
} from './queries.js';
import { type Attachment, newReference, type Report, type ReportState, tagOf, Written } from './report.js';

const purpose = 'report';
const StoredFile = z.object({ name: z.string(), mediaType: z.string(), content: z.string() });

export interface Arrival {
  readonly source: 'mail' | 'form';
  readonly written: Written;
  readonly attachments?: readonly Attachment[];
  /** The Message-ID of a mail. */
  readonly messageId?: string;
  readonly verdicts?: { readonly spf: string; readonly dkim: string; readonly dmarc: string };
  /** Whether the sender may be written to: never a machine, a list or nobody (RFC 3834 §2). */
  readonly mayAnswer: boolean;
}

export interface Taken {
  readonly reference: string;
  /** Opens the reporter's page. */
  readonly link: string;
}

/** Keeps a report and tells its sender so, at most once a day. Undefined when the same mail has come before. */
export async function takeReport(arrival: Arrival): Promise<Taken | undefined> {
  const { written, source, verdicts, messageId, attachments = [] } = arrival;
  const id = newId();
  const { token, hash } = newToken();
  const taken = { reference: newReference(), link: `${config().origin}/security/reports/${token}` };
  const senderTag = written.from ? tagOf('sender', written.from) : null;
  const kept = await sharedTransaction(async (db) => {
    const acknowledge = arrival.mayAnswer && senderTag !== null && !(await wasAcknowledged(db, senderTag));
    const isNew = await insertReport(db, {
      ...{ id, reference: taken.reference, source, tokenHash: hash, senderTag },
      sealed: sealForDeployment(purpose, id, JSON.stringify(written)),
      messageTag: messageId ? tagOf('message', messageId) : null,
      ...{ spf: verdicts?.spf ?? null, dkim: verdicts?.dkim ?? null, dmarc: verdicts?.dmarc ?? null },
    });
    if (isNew === 0) return false;
    await note(db, 'report.received');
    for (const attachment of attachments) await keepFile(db, id, attachment);
    if (acknowledge) {
      await sendMail(db, { to: written.from, template: 'report-received', locals: taken });
      await markAcknowledged(db, id);
    }
    await tellOperator(db, `A security report came in: ${taken.reference}`);
    return true;
  });
  return kept ? taken : undefined;
}

/** The installation's own events: a reporter is in no workspace. */
async function note(db: Database, event: string): Promise<void> {
  const nobody = { accountId: null, address: null, requestId: null };
  await insertPlatformEvent(db, { id: newId(), event, outcome: 'done', ...nobody });
}

async function keepFile(db: Database, reportId: string, { name, mediaType, content }: Attachment): Promise<void> {
  const id = newId();
  const file = JSON.stringify({ name, mediaType, content: content.toString('base64') });
  await insertFile(db, reportId, { id, sealed: sealForDeployment(purpose, id, file), bytes: content.length });
}

export async function tellOperator(db: Database, what: string): Promise<void> {
  const { SECURITY_OPERATOR } = config();
  if (SECURITY_OPERATOR) await sendMail(db, { to: SECURITY_OPERATOR, template: 'report-news', locals: { what } });
}

export interface Thread {
  readonly report: Report;
  readonly written: Written;
  readonly messages: readonly { readonly author: 'reporter' | 'operator'; readonly text: string; readonly at: Date }[];
}

/** What stands behind a reporter's link. Throws NotFound. */
export async function openThread(token: string): Promise<Thread> {
  return threadOf(await findReportByToken(shared(), hashToken(token)));
}

export async function openThreadByReference(reference: string): Promise<Thread> {
  return threadOf(await findReportByReference(shared(), reference));
}

async function threadOf(found: SealedReport | undefined): Promise<Thread> {
  if (!found) throw new NotFound('There is no such report.');
  const { sealed, ...report } = found;
  const messages = await listMessages(shared(), report.id);
  return {
    report,
    written: writtenOf(found),
    messages: messages.map(({ id, author, at, ...message }) => ({
      ...{ author, at },
      text: openForDeployment(purpose, id, message.sealed),
    })),
  };
}

export function writtenOf({ id, sealed }: SealedReport): Written {
  return Written.parse(JSON.parse(openForDeployment(purpose, id, sealed)));
}

/** As they came. Nobody has looked into them. */
export async function openFiles(report: Report): Promise<Attachment[]> {
  const files = await listFiles(shared(), report.id);
  return files.map(({ id, sealed }) => {
    const { content, ...file } = StoredFile.parse(JSON.parse(openForDeployment(purpose, id, sealed)));
    return { ...file, content: Buffer.from(content, 'base64') };
  });
}

export async function addMessage(report: Report, author: 'reporter' | 'operator', text: string): Promise<void> {
  const id = newId();
  await sharedTransaction(async (db) => {
    await insertMessage(db, report.id, { id, author, sealed: sealForDeployment(purpose, id, text) });
    await note(db, `report.${author === 'operator' ? 'answered' : 'continued'}`);
    if (author === 'operator') await markAnswered(db, report.id);
    else await tellOperator(db, `The reporter of ${report.reference} wrote again`);
  });
}

export async function moveReport(report: Report, state: ReportState): Promise<void> {
  await sharedTransaction(async (db) => {
    await markState(db, report.id, state);
    await note(db, `report.${state}`);
  });
}
