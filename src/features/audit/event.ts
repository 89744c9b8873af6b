import { z } from 'zod';
import { categories } from '../../tenancy/events.js';

export const outcomes = ['done', 'refused', 'failed'] as const;
export const actorKinds = ['member', 'agent', 'system'] as const;

export const AuditEvent = z.object({
  id: z.uuid(),
  at: z.date(),
  category: z.string(),
  event: z.string(),
  outcome: z.enum(outcomes),
  actorKind: z.enum(actorKinds),
  accountId: z.uuid().nullable(),
  agentId: z.uuid().nullable(),
  actorName: z.string(),
  subjectKind: z.string().nullable(),
  subjectId: z.string().nullable(),
  trigger: z.string(),
  requestId: z.string(),
  address: z.string().nullable(),
  argumentsDigest: z.instanceof(Buffer).nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

const optional = <Kind extends z.ZodType>(kind: Kind) => kind.optional().catch(undefined);

/** Postgres knows no year 0, and nothing here happened then. */
const Day = z.iso.date().refine((date) => date >= '1970-01-01');

/** What the address of the page says to show; anything unreadable is left out rather than refused. */
export const AuditFilter = z.object({
  q: z.string().trim().max(200).catch(''),
  category: optional(z.enum(categories)),
  outcome: optional(z.enum(outcomes)),
  actor: optional(z.enum(actorKinds)),
  from: optional(Day),
  to: optional(Day),
  /** The id of the last event on the page before. */
  before: optional(z.uuid()),
  after: optional(z.uuid()),
});
export type AuditFilter = z.infer<typeof AuditFilter>;
