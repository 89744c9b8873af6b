import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { Conflict, Invalid, NotFound } from '../../../errors.js';
import { sendMail } from '../../../mail/outbox.js';
import { threadMail } from '../../disclosure/actions.js';
import { findReportByReference, markAnswered, markState, type SealedReport } from '../../disclosure/queries.js';
import type { Attachment, ReportState } from '../../disclosure/report.js';
import { openFile, sealText, writtenOf } from '../../disclosure/sealing.js';
import { scoreOf } from '../../disclosure/severity/score.js';
import { parseVector } from '../../disclosure/severity/vector.js';
import { type Author, findFile, insertMessage } from '../../disclosure/thread/queries.js';
import type { Details } from '../events/event.js';
import { insertPlatformAct } from '../events/queries.js';
import type { Operator } from '../operator.js';
import { linkTenant, lockReport, setSeverity, unlinkTenant } from './queries.js';

interface Act<Result> {
  /** In the past tense; here it is `platform.report-answered`. */
  readonly event: string;
  readonly details?: Details;
  readonly tenantId?: string;
  change(db: Database, report: SealedReport): Promise<Result>;
}

/** What an operator does to a report, in one transaction with its event. */
function actOn<Result>(operator: Operator, reference: string, act: Act<Result>): Promise<Result> {
  return sharedTransaction(async (db) => {
    const done = await act.change(db, await lockReport(db, reference));
    const details = { reference, ...act.details };
    await insertPlatformAct(db, operator, {
      event: `platform.report-${act.event}`,
      details,
      ...(act.tenantId ? { tenantId: act.tenantId } : {}),
    });
    return done;
  });
}

/** Writes to the reporter, on their page and by mail when they gave an address. Answers whether a mail is on its way. */
export function answerReport(operator: Operator, reference: string, text: string): Promise<boolean> {
  return actOn(operator, reference, {
    event: 'answered',
    async change(db, report) {
      await addMessage(db, { report, operator, author: 'operator', text });
      await markAnswered(db, report.id);
      const written = writtenOf(report);
      const isOurs = written.from.toLowerCase() === config().SECURITY_CONTACT?.toLowerCase();
      if (written.from === '' || isOurs) return false;
      const thread = { ...threadMail(reference, written), personal: true };
      const lines = text.split('\n').flatMap((line) => line.match(/.{1,2000}/gu) ?? ['']);
      await sendMail(db, { to: written.from, template: 'report-answer', locals: { reference, lines }, thread });
      return true;
    },
  });
}

/** For operators alone; it takes nothing up and answers nobody. */
export function noteOnReport(operator: Operator, reference: string, text: string): Promise<void> {
  const event = 'noted';
  return actOn(operator, reference, {
    event,
    change: (db, report) => addMessage(db, { report, operator, author: 'note', text }),
  });
}

interface NewMessage {
  readonly report: SealedReport;
  readonly operator: Operator;
  readonly author: Author;
  readonly text: string;
}

async function addMessage(db: Database, { report, operator, author, text }: NewMessage): Promise<void> {
  const id = newId();
  const source = operator.trigger === 'command' ? 'command' : 'page';
  await insertMessage(db, report.id, { id, author, source, writer: operator.name, sealed: sealText(id, text) });
}

/** `original` is the reference of the report that this one repeats. Throws Invalid when it is none or this one. */
export function moveReport(
  operator: Operator,
  reference: string,
  { state, original = '' }: { readonly state: ReportState; readonly original?: string },
): Promise<void> {
  return actOn(operator, reference, {
    event: 'moved',
    details: { state, ...(state === 'duplicate' ? { original } : {}) },
    async change(db, report) {
      const duplicateOf = state === 'duplicate' ? await originalOf(db, report, original) : null;
      const changed = await markState(db, report.id, { state, duplicateOf });
      if (changed === 0) throw new Conflict(`${reference} is ${state} already.`);
    },
  });
}

async function originalOf(db: Database, report: SealedReport, original: string): Promise<string> {
  const found = await findReportByReference(db, original);
  if (!found) return refuse('Enter the reference of the other report, such as BW-7K3F-Q2XM.');
  if (found.id === report.id) return refuse('A report is no duplicate of itself.');
  // A chain would lead the next reader from one repetition to another.
  if (found.state === 'duplicate') return refuse(`${original} is a duplicate itself. Name the one that it repeats.`);
  return found.id;
}

function refuse(message: string): never {
  throw new Invalid(message, { original: message });
}

/** Undefined takes the severity away. Throws Invalid when the vector is none. */
export function rateReport(operator: Operator, reference: string, vector: string | undefined): Promise<void> {
  const chosen = vector === undefined ? undefined : parseVector(vector);
  if (vector !== undefined && !chosen) throw new Invalid('This is no vector of CVSS 4.0.');
  const score = chosen ? scoreOf(chosen) : null;
  return actOn(operator, reference, {
    event: 'rated',
    details: { vector: vector ?? null, score },
    change: (db, report) => setSeverity(db, report.id, vector ?? null, score),
  });
}

/** The workspace is not told, and the reporter never is. */
export async function linkReport(operator: Operator, reference: string, slug: string): Promise<void> {
  await sharedTransaction(async (db) => {
    const report = await lockReport(db, reference);
    const tenantId = await linkTenant(db, report.id, slug);
    const message = 'No workspace has this address, or it is linked already.';
    if (!tenantId) throw new Invalid(message, { slug: message });
    await insertPlatformAct(db, operator, { event: 'platform.report-linked', tenantId, details: { reference, slug } });
  });
}

export function unlinkReport(operator: Operator, reference: string, tenantId: string): Promise<void> {
  return actOn(operator, reference, {
    ...{ event: 'unlinked', tenantId },
    async change(db, report) {
      if ((await unlinkTenant(db, report.id, tenantId)) === 0) throw new NotFound('It is not linked.');
    },
  });
}

/** As it came, and that somebody took it is written down. */
export async function takeFile(operator: Operator, reference: string, id: string): Promise<Attachment> {
  const report = await findReportByReference(shared(), reference);
  const file = report && (await findFile(shared(), report.id, id));
  if (!file) throw new NotFound('There is no such attachment.');
  const details = { reference, file: id, bytes: file.bytes };
  await insertPlatformAct(shared(), operator, { event: 'platform.report-file-taken', details });
  return openFile(file);
}
