import type { Request, Response } from 'express';
import { z } from 'zod';
import { eventStream, lastEventId } from '../../http/event-stream.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { plural } from '../../http/wording.js';
import { newsOf } from '../accounts/profile/news.js';
import { openOwn, setAllRead, setRead } from './list/actions.js';
import { homeOf, listLocals } from './list/locals.js';
import { follow } from './live.js';

export const notifications = feature('/w/:workspace/notifications');
/** One stream for all that a page of a workspace shows live: what waits in the inbox, and the bell. */
export const live = feature('/w/:workspace/live');

const Mark = z.object({ read: z.enum(['yes', 'no']).catch('yes') });
/** When the page was drawn, by this server's clock; `after`: the event that another page of the same person had last. */
const Begin = z.object({
  since: z.coerce.number().int().positive().optional().catch(undefined),
  after: z.string().max(100).optional().catch(undefined),
});
const AllMark = z.object({ upTo: z.uuid().optional().catch(undefined) });

notifications.get('/', 'workspace.read', async (request, response) => {
  await showList(response, request.query);
});

notifications.post('/read-marks', 'workspace.read', async (request, response) => {
  const { upTo } = AllMark.parse(request.body ?? {});
  const context = tenantContext(response);
  const count = upTo ? await setAllRead(context, upTo) : 0;
  notice(request, count > 0 ? `${plural(count, 'notification')} marked as read.` : 'There was nothing unread.');
  response.redirect(303, homeOf(context));
});

notifications.post('/:id/read-mark', 'workspace.read', async (request, response) => {
  const { read } = Mark.parse(request.body ?? {});
  const context = tenantContext(response);
  await setRead(context, idParam(request, 'id'), read === 'yes');
  if (request.accepts(['html', 'json']) === 'json') return void response.json({ read: read === 'yes' });
  response.redirect(303, backTo(request, homeOf(context)));
});

notifications.post('/:id/opening', 'workspace.read', async (request, response) => {
  const context = tenantContext(response);
  const path = await openOwn(context, idParam(request, 'id'));
  response.redirect(303, `/w/${context.tenant.slug}${path}`);
});

live.get('/', 'workspace.read', async (request, response) => {
  // Somebody who opens the address by hand gets what a page can show.
  if (request.accepts(['html', 'text/event-stream']) !== 'text/event-stream') {
    return showList(response, {});
  }
  const begin = Begin.parse(request.query);
  const from = { ...begin, after: lastEventId(request) ?? begin.after };
  await follow(tenantContext(response), eventStream(request, response), from);
});

/** What a workspace tells, and above it what happened to the account itself, which lies in no workspace. */
async function showList(response: Response, query: unknown): Promise<void> {
  const [locals, news] = [await listLocals(tenantContext(response), query), await newsOf(account(response).id)];
  await page(response, 'notifications/index', { ...locals, news });
}

/** The list as it was: its own address, and nothing but it. */
function backTo(request: Request, home: string): string {
  const { here } = z.object({ here: z.string().max(300).catch('') }).parse(request.body ?? {});
  return here === home || here.startsWith(`${home}?`) ? here : home;
}
