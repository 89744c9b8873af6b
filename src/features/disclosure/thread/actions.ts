import { shared } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { hashToken } from '../../../vault/tokens.js';
import { findReportByReference, findReportByToken, type SealedReport } from '../queries.js';
import type { Report, Written } from '../report.js';
import { openText, writtenOf } from '../sealing.js';
import { type Author, listMessages, type SealedMessage } from './queries.js';

export interface Message extends Omit<SealedMessage, 'sealed'> {
  readonly text: string;
}

export interface Thread {
  readonly report: Report;
  readonly written: Written;
  readonly messages: readonly Message[];
}

/** What stands behind a reporter's link: no note, and nobody's name. Throws NotFound. */
export async function openThread(token: string): Promise<Thread> {
  return threadOf(await findReportByToken(shared(), hashToken(token)), ['reporter', 'operator']);
}

/** All of it, for operators. Throws NotFound. */
export async function openThreadByReference(reference: string): Promise<Thread> {
  return threadOf(await findReportByReference(shared(), reference), ['reporter', 'operator', 'note']);
}

async function threadOf(found: SealedReport | undefined, shown: readonly Author[]): Promise<Thread> {
  if (!found) throw new NotFound('There is no such report.');
  const { sealed: _, ...report } = found;
  const messages = await listMessages(shared(), report.id);
  return {
    report,
    written: writtenOf(found),
    messages: messages
      .filter(({ author }) => shown.includes(author))
      .map(({ sealed, ...message }) => ({ ...message, text: openText(message.id, sealed) })),
  };
}
