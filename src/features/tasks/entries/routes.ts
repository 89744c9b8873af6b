import type { Request, Response } from 'express';
import { z } from 'zod';
import { Forbidden } from '../../../errors.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { openTask } from '../actions.js';
import { styles } from '../assets.js';
import { showLocals } from '../locals.js';
import { CommentText } from '../task.js';
import { commentTask, editComment, mayEdit, mayRemove, removeComment } from './actions.js';
import { getComment } from './queries.js';

export const taskComments = feature('/w/:workspace/tasks/:id/comments');

const Comment = z.object({ text: CommentText });

taskComments.post('/', 'tasks.update', async (request, response) => {
  const context = tenantContext(response);
  const { id } = await openTask(context, idParam(request, 'id'));
  const comment = Comment.safeParse(request.body ?? {});
  if (!comment.success) {
    const typed = { ...formErrors(request.body, comment.error), form: 'comment' } as const;
    return page(response.status(422), 'tasks/show', await showLocals(context, id, { query: {}, typed }));
  }
  const commentId = await commentTask(context, id, comment.data.text);
  response.redirect(303, `${addressOf(request, response)}#comment-${commentId}`);
});

taskComments.get('/:comment', 'tasks.update', async (request, response) => {
  const comment = await read(request, response);
  if (!mayEdit(tenantContext(response), comment)) throw new Forbidden('Only who wrote a comment may change it.');
  await showForm(request, response, { values: { text: comment.text }, errors: {} });
});

taskComments.post('/:comment', 'tasks.update', async (request, response) => {
  const { id } = await read(request, response);
  const comment = Comment.safeParse(request.body ?? {});
  if (!comment.success) return showForm(request, response.status(422), formErrors(request.body, comment.error));
  await editComment(tenantContext(response), { taskId: idParam(request, 'id'), id }, comment.data.text);
  notice(request, 'The comment was changed.');
  response.redirect(303, `${addressOf(request, response)}#comment-${id}`);
});

taskComments.get('/:comment/deletion', 'tasks.update', async (request, response) => {
  const comment = await read(request, response);
  if (!mayRemove(tenantContext(response), comment)) throw new Forbidden('Only who wrote a comment may delete it.');
  const locals = { title: 'Delete the comment', ...styles, comment, taskHref: addressOf(request, response) };
  await page(response, 'tasks/comment-deletion', locals);
});

taskComments.post('/:comment/deletion', 'tasks.update', async (request, response) => {
  const place = { taskId: idParam(request, 'id'), id: idParam(request, 'comment') };
  await removeComment(tenantContext(response), place);
  notice(request, 'The comment was deleted.');
  response.redirect(303, addressOf(request, response));
});

function read(request: Request, response: Response) {
  const [taskId, id] = [idParam(request, 'id'), idParam(request, 'comment')];
  return readTenant(tenantContext(response), 'tasks.read', (db) => getComment(db, taskId, id));
}

async function showForm(request: Request, response: Response, form: FormErrors): Promise<void> {
  const taskHref = addressOf(request, response);
  const action = `${taskHref}/comments/${idParam(request, 'comment')}`;
  await page(response, 'tasks/comment', { title: 'Change the comment', ...styles, taskHref, action, ...form });
}

function addressOf(request: Request, response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/tasks/${idParam(request, 'id')}`;
}
