import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from '../database/shared.js';
import { dueOf } from '../features/disclosure/clocks.js';
import { listReports } from '../features/disclosure/queries.js';
import { reportStates } from '../features/disclosure/report.js';
import { writtenOf } from '../features/disclosure/sealing.js';
import { openThreadByReference } from '../features/disclosure/thread/actions.js';
import { listFilesOf } from '../features/disclosure/thread/files.js';
import { commandLine } from '../features/platform/operator.js';
import { answerReport, moveReport, noteOnReport, takeFile } from '../features/platform/reports/actions.js';
import { openInstallation } from '../installation.js';

const usage =
  'reports list, show REFERENCE, answer REFERENCE TEXT, note REFERENCE TEXT, files REFERENCE FOLDER or state REFERENCE STATE';

/** `reports ...`: the operator's desk for security reports (GV-5). Throws with the usage when the words do not fit. */
export async function reports([verb, reference, ...words]: readonly string[]): Promise<void> {
  const installation = await openInstallation({ migrate: false, visiting: true });
  try {
    if (verb === 'list') return await list();
    if (!reference) throw new Error('Say which report: reports show BW-XXXX-XXXX');
    if (verb === 'show') return await show(reference);
    if (verb === 'answer') return await answer(reference, words.join(' ').trim());
    if (verb === 'note') return await note(reference, words.join(' ').trim());
    if (verb === 'files') return await files(reference, words[0]);
    if (verb === 'state') return await state(reference, words);
    throw new Error(usage);
  } finally {
    await installation.close();
  }
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.map(harmless).join('\n')}\n`);
}

/** A report is a stranger's text, and a terminal obeys control characters. */
function harmless(line: string): string {
  return line.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '�');
}

async function list(): Promise<void> {
  for (const sealed of await listReports(shared())) {
    const due = dueOf(sealed);
    const clock = due
      ? `${due.clock} ${due.overdue ? 'overdue since' : 'due'} ${due.at.toISOString().slice(0, 16)}Z`
      : '';
    const score = sealed.score === null ? '' : sealed.score.toFixed(1);
    say([sealed.reference, sealed.state, score, sealed.source, clock, writtenOf(sealed).subject].join('\t'));
  }
}

async function show(reference: string): Promise<void> {
  const { report, written, messages } = await openThreadByReference(reference);
  const verdicts = `SPF ${report.spf ?? '-'}, DKIM ${report.dkim ?? '-'}, DMARC ${report.dmarc ?? '-'}`;
  say(`${report.reference}  ${report.state}  by ${report.source}  ${report.receivedAt.toISOString()}`, verdicts);
  say(`From: ${written.name} <${written.from}>`, `Subject: ${written.subject}`, '', written.text);
  for (const { author, writer, at, text } of messages) {
    say('', `--- ${author}${writer ? ` (${writer})` : ''}, ${at.toISOString()}`, text);
  }
}

async function answer(reference: string, text: string): Promise<void> {
  if (text === '') throw new Error('Say what to answer: reports answer BW-XXXX-XXXX TEXT');
  const mailed = await answerReport(commandLine(), reference, text);
  say(`Answered ${reference}${mailed ? ', by mail too' : ''}.`);
}

async function note(reference: string, text: string): Promise<void> {
  if (text === '') throw new Error('Say what to note: reports note BW-XXXX-XXXX TEXT');
  await noteOnReport(commandLine(), reference, text);
  say(`Noted on ${reference}.`);
}

/** Under names of ours and without an ending: nothing opens them by accident. */
async function files(reference: string, folder: string | undefined): Promise<void> {
  if (!folder) throw new Error('Say where to: reports files BW-XXXX-XXXX FOLDER');
  const { report } = await openThreadByReference(reference);
  for (const [index, { id, name, mediaType }] of (await listFilesOf(report)).entries()) {
    const { content } = await takeFile(commandLine(), reference, id);
    const path = join(folder, `${reference}-${index + 1}`);
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    say([path, mediaType, name].join('\t'));
  }
}

async function state(reference: string, [wanted, original]: readonly string[]): Promise<void> {
  const known = reportStates.find((each) => each === wanted);
  if (!known) throw new Error(`Say as what: ${reportStates.join(', ')}`);
  await moveReport(commandLine(), reference, { state: known, ...(original ? { original } : {}) });
  say(`${reference} is ${known}.`);
}
