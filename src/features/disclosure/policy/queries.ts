import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { defaultPolicy, Policy } from './policy.js';

/** What the operator has written, or what stands there before anybody has. */
export async function getPolicy(db: Database): Promise<Policy> {
  const row = await db.one(
    Policy,
    sql`select scope, safe_harbour, contact, business_days from shared.report_policy where one`,
  );
  return row ?? defaultPolicy;
}

export async function savePolicy(db: Database, { scope, safeHarbour, contact, businessDays }: Policy): Promise<void> {
  await db.run(sql`
    insert into shared.report_policy (scope, safe_harbour, contact, business_days)
    values (${scope}, ${safeHarbour}, ${contact}, ${businessDays})
    on conflict (one) do update set
      scope = excluded.scope,
      safe_harbour = excluded.safe_harbour,
      contact = excluded.contact,
      business_days = excluded.business_days,
      changed_at = now()
  `);
}

const Open = z.object({ id: z.uuid(), receivedAt: z.date() });

/** Those whose promised times a change of the days concerns. */
export async function listOpenReports(db: Database): Promise<z.infer<typeof Open>[]> {
  return db.many(Open, sql`select id, received_at from shared.reports where closed_at is null for update`);
}

export interface Times {
  readonly acknowledgeBy: Date;
  readonly resolveBy: Date;
}

export async function setTimes(db: Database, id: string, { acknowledgeBy, resolveBy }: Times): Promise<void> {
  await db.run(sql`
    update shared.reports
    set acknowledge_by = ${acknowledgeBy}, resolve_by = ${resolveBy}
    where id = ${id}
  `);
}
