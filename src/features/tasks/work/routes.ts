import { notice } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { endWork, startAgain } from './giving.js';

export const taskWork = feature('/w/:workspace/tasks/:id/work');

taskWork.post('/', 'tasks.update', async (request, response) => {
  const [context, id] = [tenantContext(response), idParam(request, 'id')];
  await startAgain(context, id);
  notice(request, 'The agent begins. What it comes to is told here.');
  response.redirect(303, `/w/${context.tenant.slug}/tasks/${id}`);
});

taskWork.post('/ending', 'tasks.update', async (request, response) => {
  const [context, id] = [tenantContext(response), idParam(request, 'id')];
  await endWork(context, id);
  notice(request, 'The agent was stopped. What it had done until then stays.');
  response.redirect(303, `/w/${context.tenant.slug}/tasks/${id}`);
});
