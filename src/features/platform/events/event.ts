import { z } from 'zod';

/** Facts of an act: a reason, an instant, a name. Never what a workspace holds. */
export type Details = Readonly<Record<string, string | number | boolean | null>>;

export const PlatformEvent = z.object({
  id: z.uuid(),
  at: z.date(),
  event: z.string(),
  outcome: z.string(),
  actor: z.string().nullable(),
  accountId: z.uuid().nullable(),
  tenantId: z.string().nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type PlatformEvent = z.infer<typeof PlatformEvent>;

export const perPage = 50;

const day = z.iso.date().optional().catch(undefined);

/** The list's address. `before` is the id of the event after which the page begins: ids follow the time. */
export const EventQuery = z.object({
  q: z.string().trim().max(100).catch(''),
  kind: z.enum(['operators', 'all']).catch('operators'),
  from: day,
  to: day,
  before: z.uuid().optional().catch(undefined),
});
export type EventQuery = z.infer<typeof EventQuery>;
