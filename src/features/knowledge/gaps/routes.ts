import type { Response } from 'express';
import { z } from 'zod';
import { Invalid } from '../../../errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { changeKeeping, dismissGap, readGaps } from './actions.js';
import { keptDays } from './queries.js';

/** Mounted before knowledge: `gaps` is no document's id. */
export const knowledgeGaps = feature('/w/:workspace/knowledge/gaps');

const Keeping = z.object({ keeps: z.enum(['on', 'off']) });

knowledgeGaps.get('/', 'knowledge.manage', async (_request, response) => {
  const shown = await readGaps(tenantContext(response));
  await page(response, 'knowledge/gaps', {
    title: 'Questions without an answer',
    styles: ['knowledge'],
    ...shown,
    keptDays,
  });
});

knowledgeGaps.post('/keeping', 'knowledge.manage', async (request, response) => {
  const draft = Keeping.safeParse(request.body);
  if (!draft.success) throw new Invalid('Choose whether they are kept.');
  const keeps = draft.data.keeps === 'on';
  await changeKeeping(tenantContext(response), keeps);
  notice(
    request,
    keeps ? 'From now on questions that find nothing are kept here.' : 'It is off, and what was kept is gone.',
  );
  response.redirect(303, home(response));
});

knowledgeGaps.post('/:gap/dismissal', 'knowledge.manage', async (request, response) => {
  await dismissGap(tenantContext(response), idParam(request, 'gap'));
  notice(request, 'The question was put away. It does not come back when it is asked again.');
  response.redirect(303, home(response));
});

const home = (response: Response) => `/w/${tenantContext(response).tenant.slug}/knowledge/gaps`;
