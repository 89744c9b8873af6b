import { shared } from '../../database/shared.js';
import { page } from '../../http/page.js';
import { feature } from '../../http/route.js';
import { histories } from './history.js';
import { standings } from './probing.js';
import { listDays } from './queries.js';

export const status = feature('/status');
export const statusJson = feature('/status.json');

status.get('/', 'public', async (_request, response) => {
  const now = await standings();
  await page(response, 'status/show', {
    title: 'Status',
    standings: now,
    well: now.every(({ state }) => state === 'up'),
    histories: histories(await listDays(shared())),
  });
});

statusJson.get('/', 'public', async (_request, response) => {
  const now = await standings();
  const past = new Map(histories(await listDays(shared())).map(({ component, percent }) => [component, percent]));
  response.json({
    state: now.some(({ state }) => state === 'down')
      ? 'down'
      : now.every(({ state }) => state === 'up')
        ? 'up'
        : 'slow',
    components: now.map(({ component, name, state }) => ({
      component,
      name,
      state,
      percent90Days: past.get(component) ?? null,
    })),
  });
});
