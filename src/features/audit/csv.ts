import type { AuditEvent } from './event.js';

const heads = [
  'id',
  'at',
  'category',
  'event',
  'outcome',
  'actor_kind',
  'actor_name',
  'account_id',
  'agent_id',
  'subject_kind',
  'subject_id',
  'trigger',
  'request_id',
  'address',
  'arguments_digest',
  'details',
];

export const csvHead = line(heads);

/** One event as a line of CSV (RFC 4180), times in UTC. */
export function csvLine(event: AuditEvent): string {
  return line([
    event.id,
    event.at.toISOString(),
    event.category,
    event.event,
    event.outcome,
    event.actorKind,
    event.actorName,
    event.accountId ?? '',
    event.agentId ?? '',
    event.subjectKind ?? '',
    event.subjectId ?? '',
    event.trigger,
    event.requestId,
    event.address ?? '',
    event.argumentsDigest?.toString('hex') ?? '',
    JSON.stringify(event.details),
  ]);
}

function line(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * A cell that starts like a formula gets an apostrophe: a spreadsheet shows it instead of running it. The signs and
 * their full-width twins are those that OWASP lists under CSV injection; spaces before them do not help.
 */
function cell(text: string): string {
  const harmless = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
