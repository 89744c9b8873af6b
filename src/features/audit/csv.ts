import { csvRow } from '../../http/csv.js';
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

export const csvHead = csvRow(heads);

/** One event as a line of CSV (RFC 4180), times in UTC. */
export function csvLine(event: AuditEvent): string {
  return csvRow([
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
