import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import type { Operator } from '../operator.js';
import { type Details, type EventQuery, PlatformEvent, perPage } from './event.js';

export interface PlatformAct {
  /** What happened, in the past tense: `platform.tenant-suspended`. */
  readonly event: string;
  readonly outcome?: 'done' | 'refused' | 'failed';
  readonly tenantId?: string;
  readonly details?: Details;
}

/** In the transaction of the act: if it cannot be written, the act does not happen. Nobody may change it afterwards. */
export async function insertPlatformAct(db: Database, operator: Operator, act: PlatformAct): Promise<void> {
  const { accountId, name, address, requestId } = operator;
  await db.run(sql`
    insert into shared.platform_events (id, event, outcome, actor, account_id, tenant_id, address, request_id, details)
    values (
      ${newId()}, ${act.event}, ${act.outcome ?? 'done'}, ${name}, ${accountId}, ${act.tenantId ?? null}, ${address},
      ${requestId}, ${JSON.stringify(act.details ?? {})}::jsonb
    )
  `);
}

const columns = sql`id, at, event, outcome, actor, account_id, tenant_id, address, request_id, details`;

function matching({ q, kind, from, to, before }: EventQuery): Sql {
  const words = sql`concat_ws(' ', event, actor, tenant_id, address, request_id, details::text, account_id)`;
  return sql`
    position(lower(${q}) in lower(${words})) > 0
    ${kind === 'operators' ? sql`and event like 'platform.%'` : empty}
    ${from ? sql`and at >= ${from}::date` : empty}
    ${to ? sql`and at < ${to}::date + 1` : empty}
    ${before ? sql`and (at, id) < (select b.at, b.id from shared.platform_events b where b.id = ${before})` : empty}
  `;
}

/** Newest first; one more than a page when there is another one. */
export async function listPlatformEvents(db: Database, query: EventQuery): Promise<PlatformEvent[]> {
  return db.many(
    PlatformEvent,
    sql`
      select ${columns}
      from shared.platform_events
      where ${matching(query)}
      order by at desc, id desc
      limit ${perPage + 1}
    `,
  );
}

export async function listEventsOfTenant(db: Database, tenantId: string, most: number): Promise<PlatformEvent[]> {
  return db.many(
    PlatformEvent,
    sql`
      select ${columns}
      from shared.platform_events
      where tenant_id = ${tenantId}
      order by at desc, id desc
      limit ${most}
    `,
  );
}
