import type { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { type Sql, sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { keptDays } from '../component.js';
import type { IncidentDraft } from './draft.js';
import { type Incident, IncidentRow, Update } from './incident.js';

export async function insertIncident(db: Database, id: string, draft: IncidentDraft): Promise<void> {
  const { kind, title, components, severity, startsAt, endsAt } = draft;
  await db.run(sql`
    insert into shared.incidents (id, kind, title, components, severity, starts_at, ends_at)
    values (${id}, ${kind}, ${title}, ${components}, ${severity}, ${startsAt}, ${endsAt})
  `);
}

export async function insertUpdate(db: Database, { id, incidentId, stage, text }: Omit<Update, 'at'>): Promise<void> {
  await db.run(sql`
    insert into shared.incident_updates (id, incident_id, stage, text)
    values (${id}, ${incidentId}, ${stage}, ${text})
  `);
}

export async function updateIncident(db: Database, id: string, draft: IncidentDraft): Promise<void> {
  const { title, components, severity, startsAt, endsAt } = draft;
  await db.run(sql`
    update shared.incidents
    set title = ${title}, components = ${components}, severity = ${severity}, starts_at = ${startsAt}, ends_at = ${endsAt}
    where id = ${id}
  `);
}

/** Its end is the update that tells of it: the first one stays when another repeats it. */
export async function setClosed(db: Database, id: string, isClosed: boolean): Promise<void> {
  await db.run(sql`
    update shared.incidents
    set closed_at = case when ${isClosed} then coalesce(closed_at, now()) end
    where id = ${id}
  `);
}

export async function getIncident(db: Database, id: string): Promise<Incident> {
  const [incident] = await withUpdates(db, sql`id = ${id}`, 1);
  if (!incident) throw new NotFound('There is nothing at this address.');
  return incident;
}

/** What is open, and what was closed in the ninety days that are shown; the latest beginning first. */
export function listPublicIncidents(db: Database): Promise<Incident[]> {
  return withUpdates(db, sql`closed_at is null or closed_at > now() - make_interval(days => ${keptDays})`, 500);
}

export function listOpenIncidents(db: Database): Promise<Incident[]> {
  return withUpdates(db, sql`closed_at is null`, 50);
}

export interface IncidentSearch {
  readonly q: string;
  readonly state: 'all' | 'open' | 'closed';
  readonly page: number;
}

export const perPage = 25;

/** One more than a page when there is another one. */
export function searchIncidents(db: Database, { q, state, page }: IncidentSearch): Promise<Incident[]> {
  const which = sql`
    position(lower(${q}) in lower(title)) > 0
    and (${state} = 'all' or (closed_at is null) = (${state} = 'open'))
  `;
  return withUpdates(db, which, perPage + 1, (page - 1) * perPage);
}

async function withUpdates(db: Database, which: Sql, most: number, skipped = 0): Promise<Incident[]> {
  const incidents = await db.many(
    IncidentRow,
    sql`
      select id, kind, title, components, severity, starts_at, ends_at, closed_at
      from shared.incidents
      where ${which}
      order by starts_at desc, id desc
      limit ${most} offset ${skipped}
    `,
  );
  if (incidents.length === 0) return [];
  const updates = await listUpdates(
    db,
    incidents.map(({ id }) => id),
  );
  return incidents.map((incident) => ({
    ...incident,
    updates: updates.filter(({ incidentId }) => incidentId === incident.id),
  }));
}

function listUpdates(db: Database, incidents: readonly string[]): Promise<z.infer<typeof Update>[]> {
  return db.many(
    Update,
    sql`
      select id, incident_id, at, stage, text
      from shared.incident_updates
      where incident_id = any (${incidents})
      order by at desc, id desc
    `,
  );
}
