import type { TestServer } from '../../support/server.js';
import type { Team } from '../members/team.js';

export interface Planted {
  readonly event: string;
  readonly category?: string;
  readonly outcome?: string;
  readonly actorKind?: string;
  readonly actorName?: string;
  readonly subjectId?: string;
  readonly requestId?: string;
  readonly at?: string;
}

/** Puts events into a workspace's log, newest last, as nobody but a superuser could. */
export async function plantEvents(server: TestServer, { tenantId }: Team, events: readonly Planted[]): Promise<void> {
  const rows = events.map((event, index) => ({
    category: 'tool',
    outcome: 'done',
    actorKind: 'system',
    actorName: 'planter',
    requestId: `request-${index}`,
    at: new Date().toISOString(),
    ...event,
    id: orderedId(index),
  }));
  await server.database.admin.query(
    `insert into ${tenantId}.audit_events
       (id, at, category, event, outcome, actor_kind, actor_name, subject_kind, subject_id, trigger, request_id)
     select (r ->> 'id')::uuid, (r ->> 'at')::timestamptz, r ->> 'category', r ->> 'event', r ->> 'outcome',
       r ->> 'actorKind', r ->> 'actorName', case when r ? 'subjectId' then 'thing' end, r ->> 'subjectId',
       'job', r ->> 'requestId'
     from jsonb_array_elements($1::jsonb) r`,
    [JSON.stringify(rows)],
  );
}

let planted = 0;

/** After everything that was written by now, and after each other. */
function orderedId(index: number): string {
  planted += 1;
  const time = (Date.now() + 60_000 + planted).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** The names of the events that a page lists, in its order. */
export function listed(text: string): string[] {
  return [...text.matchAll(/class="event-name"[^>]*>([^<]*)</g)].map(([, name = '']) => name);
}

export function linkTo(text: string, word: 'Newer' | 'Older'): string | undefined {
  const rel = word === 'Older' ? 'next' : 'prev';
  return new RegExp(`href="([^"]*)" rel="${rel}"`).exec(text)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
}
