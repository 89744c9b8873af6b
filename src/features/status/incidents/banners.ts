import { onPublished, shared, webPool } from '../../../database/shared.js';
import type { Banner } from '../../../http/types.js';
import { type Incident, isOverdue, named } from './incident.js';
import { listOpenIncidents } from './queries.js';

const keptMs = 30_000;
const aheadMs = 24 * 3600_000;

/** Every page of every workspace asks: the answer is kept until one is changed, and half a minute at most. */
let known: { readonly pool: unknown; readonly at: number; readonly open: Promise<Incident[]> } | undefined;
export const incidentsTopic = 'incidents';
onPublished(incidentsTopic, () => {
  known = undefined;
});

/** What members should know of the installation at this moment: trouble, and work that is under way or near. */
export async function incidentBanners(): Promise<Banner[]> {
  const pool = webPool();
  if (!known || known.pool !== pool || Date.now() - known.at > keptMs) {
    const open = listOpenIncidents(shared());
    known = { pool, at: Date.now(), open };
    open.catch(() => (known = undefined));
  }
  return bannersFor(await known.open, new Date());
}

export function bannersFor(open: readonly Incident[], now: Date): Banner[] {
  return open.filter((incident) => concerns(incident, now)).map(bannerOf);
}

function concerns(incident: Incident, now: Date): boolean {
  if (incident.kind === 'incident' || incident.updates[0]?.stage === 'under-way') return true;
  return incident.startsAt.getTime() - now.getTime() < aheadMs && !isOverdue(incident, now);
}

function bannerOf({ id, kind, title, components, severity, startsAt, endsAt }: Incident): Banner {
  const link = { href: `/status/incidents/${id}`, label: 'What is known' };
  const affected = named(components);
  if (kind === 'maintenance' && endsAt) {
    const text = `Planned maintenance, ${momentOf(startsAt)} to ${momentOf(endsAt)} (UTC): ${title}. Affected: ${affected}.`;
    return { kind: 'information', text, link };
  }
  const text = `${title}. Affected since ${momentOf(startsAt)} (UTC): ${affected}.`;
  return { kind: severity === 'notice' ? 'information' : 'attention', text, link };
}

const moments = new Intl.DateTimeFormat('en', {
  ...{ day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' },
});

function momentOf(date: Date): string {
  return moments.format(date);
}
