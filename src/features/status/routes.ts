import { shared } from '../../database/shared.js';
import { page } from '../../http/page.js';
import { feature } from '../../http/route.js';
import { type State, states } from './component.js';
import { type History, histories } from './history.js';
import { type Standing, standings } from './probing.js';
import { listDays } from './queries.js';

export const status = feature('/status');
export const statusJson = feature('/status.json');

status.get('/', 'public', async (_request, response) => {
  const { now, past } = await look();
  await page(response, 'status/show', {
    title: 'Status',
    standings: now,
    well: worst(now) === 'up',
    histories: past,
  });
});

statusJson.get('/', 'public', async (_request, response) => {
  const { now, past } = await look();
  const percents = new Map(past.map(({ component, percent }) => [component, percent]));
  const components = now.map(({ component, name, state }) => {
    return { component, name, state, percent90Days: percents.get(component) ?? null };
  });
  response.json({ state: worst(now), components });
});

/** The past lies in the database: without it there is none to show. */
async function look(): Promise<{ now: readonly Standing[]; past: readonly History[] }> {
  const now = await standings();
  const isAway = now.some(({ component, state }) => component === 'database' && state === 'down');
  return { now, past: histories(isAway ? [] : await listDays(shared())) };
}

function worst(now: readonly Standing[]): State {
  return states.findLast((state) => now.some((standing) => standing.state === state)) ?? 'up';
}
