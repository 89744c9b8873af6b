import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { createTask, moveTask, openTask, removeTask, setArchived, updateTask } from './actions.js';
import { styles } from './assets.js';
import { boardLocals } from './listing/board-locals.js';
import { listLocals } from './listing/locals.js';
import { newLocals, showLocals } from './locals.js';
import { Place } from './places/places.js';
import { Properties, Seen, statuses, statusWords, TaskDraft, Words } from './task.js';

export const tasks = feature('/w/:workspace/tasks');

tasks.get('/', 'tasks.read', async (request, response) => {
  await page(response, 'tasks/index', await listLocals(tenantContext(response), request.query));
});

tasks.get('/board', 'tasks.read', async (request, response) => {
  await page(response, 'tasks/board', await boardLocals(tenantContext(response), request.query));
});

tasks.get('/new', 'tasks.create', async (request, response) => {
  const { status } = z.object({ status: z.enum(statuses).catch('todo') }).parse(request.query);
  await page(response, 'tasks/new', await newLocals(tenantContext(response), { values: { status }, errors: {} }));
});

tasks.post('/', 'tasks.create', async (request, response) => {
  const context = tenantContext(response);
  const again = async (form: FormErrors) => page(response.status(422), 'tasks/new', await newLocals(context, form));
  const draft = TaskDraft.safeParse(request.body);
  if (!draft.success) return again(formErrors(request.body, draft.error));
  try {
    const id = await createTask(context, draft.data);
    notice(request, 'The task was made.');
    response.redirect(303, boardIn(request, response) ?? addressOf(response, id));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await again(formErrors(request.body, error));
  }
});

tasks.get('/:id', 'tasks.read', async (request, response) => {
  const locals = await showLocals(tenantContext(response), idParam(request, 'id'), { query: request.query });
  await page(response, 'tasks/show', locals);
});

tasks.get('/:id/edit', 'tasks.update', async (request, response) => {
  const task = await read(request, response);
  const values = { title: task.title, description: task.description, version: String(task.version) };
  await page(response, 'tasks/edit', { title: 'Edit the task', ...styles, task, values, errors: {}, isStale: false });
});

tasks.post('/:id', 'tasks.update', async (request, response) => {
  const task = await read(request, response);
  const again = async (status: number, form: FormErrors) => {
    const now = await read(request, response);
    const isStale = status === 409;
    const values = isStale ? { ...form.values, version: String(now.version) } : form.values;
    const locals = { title: 'Edit the task', ...styles, task: now, ...form, values, isStale };
    await page(response.status(status), 'tasks/edit', locals);
  };
  const words = Words.safeParse(request.body);
  if (!words.success) return again(422, formErrors(request.body, words.error));
  await kept(request, again, async () => {
    await updateTask(tenantContext(response), task.id, { seen: seenIn(request), changes: words.data });
    notice(request, 'The task was saved.');
    response.redirect(303, addressOf(response, task.id));
  });
});

tasks.post('/:id/properties', 'tasks.update', async (request, response) => {
  const { id } = await read(request, response);
  const again = async (status: number, form: FormErrors) => {
    const typed = { ...form, form: 'properties', isStale: status === 409 } as const;
    await page(
      response.status(status),
      'tasks/show',
      await showLocals(tenantContext(response), id, { query: {}, typed }),
    );
  };
  const properties = Properties.safeParse(request.body);
  if (!properties.success) return again(422, formErrors(request.body, properties.error));
  await kept(request, again, async () => {
    await updateTask(tenantContext(response), id, { seen: seenIn(request), changes: properties.data });
    notice(request, 'The task was saved.');
    response.redirect(303, addressOf(response, id));
  });
});

tasks.get('/:id/place', 'tasks.update', async (request, response) => {
  const task = await read(request, response);
  const columns = statuses.map((value) => ({ value, label: statusWords[value] }));
  await page(response, 'tasks/place', { title: 'Move the task', ...styles, task, columns });
});

tasks.post('/:id/place', 'tasks.update', async (request, response) => {
  const { id, title } = await read(request, response);
  const place = Place.safeParse(request.body);
  if (!place.success) throw new Invalid(place.error.issues[0]?.message ?? 'Choose a place.');
  await moveTask(tenantContext(response), id, place.data);
  // A script has moved the card already and needs no page.
  if (request.get('sec-fetch-dest') === 'empty') return void response.status(204).end();
  notice(request, `“${title}” was moved to ${statusWords[place.data.status]}.`);
  response.redirect(303, `${homeOf(response)}/board#task-${id}`);
});

tasks.post('/:id/archive', 'tasks.update', async (request, response) => {
  await setArchived(tenantContext(response), idParam(request, 'id'), true);
  notice(request, 'The task was archived. It can be brought back here.');
  response.redirect(303, addressOf(response, idParam(request, 'id')));
});

tasks.post('/:id/restoration', 'tasks.update', async (request, response) => {
  await setArchived(tenantContext(response), idParam(request, 'id'), false);
  notice(request, 'The task is back, at the top of its column.');
  response.redirect(303, addressOf(response, idParam(request, 'id')));
});

tasks.get('/:id/deletion', 'tasks.delete', async (request, response) => {
  const task = await read(request, response);
  await page(response, 'tasks/deletion', { title: 'Delete the task', ...styles, task });
});

tasks.post('/:id/deletion', 'tasks.delete', async (request, response) => {
  const { number } = await removeTask(tenantContext(response), idParam(request, 'id'));
  notice(request, `Task #${number} was deleted.`);
  response.redirect(303, homeOf(response));
});

const read = (request: Request, response: Response) => openTask(tenantContext(response), idParam(request, 'id'));
const homeOf = (response: Response): string => `/w/${tenantContext(response).tenant.slug}/tasks`;
const addressOf = (response: Response, id: string): string => `${homeOf(response)}/${id}`;

/** The board from which a task was made, as it was. */
function boardIn(request: Request, response: Response): string | undefined {
  const { here } = z.object({ here: z.string().max(2000).catch('') }).parse(request.body ?? {});
  const board = `${homeOf(response)}/board`;
  return here === board || here.startsWith(`${board}?`) ? here : undefined;
}

const seenIn = (request: Request): number => Seen.parse(request.body ?? {}).version;

/** A refused form comes again with what was typed; a stale one beside what the task is now. */
async function kept(
  request: Request,
  again: (status: number, form: FormErrors) => Promise<void>,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Invalid) return again(422, formErrors(request.body, error));
    if (!(error instanceof Conflict)) throw error;
    await again(409, formErrors(request.body, new Invalid(error.message)));
  }
}
