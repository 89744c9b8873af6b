import { shared } from '../../../database/shared.js';
import { feature } from '../../../http/route.js';
import { show } from '../show.js';
import { EventQuery, perPage } from './event.js';
import { listPlatformEvents } from './queries.js';

export const platformEvents = feature('/platform/events');

platformEvents.get('/', 'platform', async (request, response) => {
  const query = EventQuery.parse(request.query);
  const found = await listPlatformEvents(shared(), query);
  const events = found.slice(0, perPage);
  const { before, ...filter } = query;
  const kept = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
  const at = (more: Record<string, string>) =>
    `/platform/events?${new URLSearchParams({ ...Object.fromEntries(kept), ...more })}`;
  await show(response, 'events', {
    title: 'Events',
    events,
    query,
    narrowed: filter.q !== '' || filter.kind !== 'operators' || filter.from !== undefined || filter.to !== undefined,
    pages: {
      newer: before ? at({}) : undefined,
      older: found.length > perPage ? at({ before: events.at(-1)?.id ?? '' }) : undefined,
    },
  });
});
