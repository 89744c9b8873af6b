import { config } from '../../config.js';
import { shared } from '../../database/shared.js';
import { page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { type State, states } from './component.js';
import { type History, histories } from './history.js';
import { feedOf } from './incidents/feed.js';
import { type Incident, isToCome, kinds, named, severities, stageName } from './incidents/incident.js';
import { getIncident, listPublicIncidents } from './incidents/queries.js';
import { wordsOf } from './incidents/words.js';
import { type Standing, standings } from './probing.js';
import { listDays } from './queries.js';

export const status = feature('/status');
export const statusJson = feature('/status.json');

const wording = { kinds, severities, stageName, named };

status.get('/', 'public', async (_request, response) => {
  const { now, past, incidents } = await look();
  const at = new Date();
  const [open, closed] = [incidents.filter(isOpen), incidents.filter((incident) => !isOpen(incident))];
  await page(response, 'status/show', {
    ...{
      title: 'Status',
      styles: ['incidents'],
      ...wording,
      standings: now,
      well: worst(now) === 'up',
      histories: past,
    },
    under: open.filter((incident) => !isToCome(incident, at)).map(shown),
    coming: open.filter((incident) => isToCome(incident, at)).map(shown),
    closed: closed.map(shown),
  });
});

status.get('/incidents/:id', 'public', async (request, response) => {
  const incident = await getIncident(shared(), idParam(request, 'id'));
  await page(response, 'status/incident', {
    title: incident.title,
    styles: ['incidents'],
    ...wording,
    incident: shown(incident),
  });
});

status.get('/feed', 'public', async (_request, response) => {
  const incidents = await listPublicIncidents(shared());
  response.type('application/atom+xml').send(feedOf(incidents, config().origin));
});

statusJson.get('/', 'public', async (_request, response) => {
  const { now, past, incidents } = await look();
  const percents = new Map(past.map(({ component, percent }) => [component, percent]));
  const components = now.map(({ component, name, state }) => {
    return { component, name, state, percent90Days: percents.get(component) ?? null };
  });
  response.json({ state: worst(now), components, incidents: incidents.map(plain) });
});

interface Look {
  readonly now: readonly Standing[];
  readonly past: readonly History[];
  readonly incidents: readonly Incident[];
}

/** The past lies in the database, and what was told of it: without it there is none to show. */
async function look(): Promise<Look> {
  const now = await standings();
  const isAway = now.some(({ component, state }) => component === 'database' && state === 'down');
  if (isAway) return { now, past: histories([]), incidents: [] };
  const [days, incidents] = await Promise.all([listDays(shared()), listPublicIncidents(shared())]);
  return { now, past: histories(days), incidents };
}

function worst(now: readonly Standing[]): State {
  return states.findLast((state) => now.some((standing) => standing.state === state)) ?? 'up';
}

function isOpen({ closedAt }: Incident): boolean {
  return closedAt === null;
}

function shown(incident: Incident) {
  return { ...incident, updates: incident.updates.map((update) => ({ ...update, body: wordsOf(update.text) })) };
}

/** For machines: the words as they were written, in Markdown. */
function plain({ id, kind, title, components, severity, startsAt, endsAt, closedAt, updates }: Incident) {
  return {
    ...{ id, kind, title, components, severity, stage: updates[0]?.stage ?? null },
    ...{ startsAt, plannedUntil: endsAt, closedAt },
    updates: updates.map(({ at, stage, text }) => ({ at, stage, text })),
  };
}
