import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { accountOf } from '../../tenancy/context.js';
import { archiveLocals } from '../pages/locals.js';
import { addPerson, createSpace, deleteSpace, removePerson, updateSpace } from './actions.js';
import { formLocals, peopleLocals, showLocals, spaceLocals } from './locals.js';
import { SpaceChange, SpaceDraft } from './space.js';

export const spaces = feature('/w/:workspace/spaces');

const Addition = z.object({ account: z.uuid('Choose a member.') });
const Typed = z.object({ typed: z.string().trim().catch('') });

spaces.get('/new', 'spaces.create', (_request, response) => showForm(response, undefined));

spaces.post('/', 'spaces.create', async (request, response) => {
  const draft = SpaceDraft.safeParse(request.body ?? {});
  if (!draft.success) return showForm(response.status(422), undefined, formErrors(request.body, draft.error));
  const id = await createSpace(tenantContext(response), draft.data);
  response.redirect(303, addressOf(response, id));
});

spaces.get('/:id', 'spaces.read', async (request, response) => {
  await page(response, 'spaces/show', await showLocals(tenantContext(response), idParam(request, 'id'), request.query));
});

spaces.get('/:id/edit', 'spaces.update', (request, response) => showForm(response, idParam(request, 'id')));

spaces.post('/:id', 'spaces.update', async (request, response) => {
  const id = idParam(request, 'id');
  const change = SpaceChange.safeParse(request.body ?? {});
  if (!change.success) return showForm(response.status(422), id, formErrors(request.body, change.error));
  try {
    await updateSpace(tenantContext(response), id, change.data);
    notice(request, 'The space was saved.');
    response.redirect(303, addressOf(response, id));
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    await showForm(response.status(409), id, formErrors(request.body, new Invalid(error.message)));
  }
});

spaces.get('/:id/people', 'spaces.read', async (request, response) => {
  await page(response, 'spaces/people', await peopleLocals(tenantContext(response), idParam(request, 'id')));
});

spaces.post('/:id/people', 'spaces.update', async (request, response) => {
  const id = idParam(request, 'id');
  const addition = Addition.safeParse(request.body ?? {});
  const show = async (status: number, form: FormErrors) =>
    page(response.status(status), 'spaces/people', await peopleLocals(tenantContext(response), id, form));
  if (!addition.success) return show(422, formErrors(request.body, addition.error));
  try {
    await addPerson(tenantContext(response), id, addition.data.account);
    response.redirect(303, `${addressOf(response, id)}/people`);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    await show(error.status, formErrors(request.body, error instanceof Invalid ? error : new Invalid(error.message)));
  }
});

spaces.post('/:id/people/:account/removal', 'spaces.read', async (request, response) => {
  const context = tenantContext(response);
  const id = idParam(request, 'id');
  const account = idParam(request, 'account');
  await removePerson(context, id, account);
  const left = account === accountOf(context.actor);
  notice(request, left ? 'You left the space.' : 'They no longer see this space.');
  response.redirect(303, left ? `/w/${context.tenant.slug}/pages` : `${addressOf(response, id)}/people`);
});

spaces.get('/:id/archive', 'pages.read', async (request, response) => {
  const locals = await archiveLocals(tenantContext(response), idParam(request, 'id'), request.query);
  await page(response, 'spaces/archive', locals);
});

spaces.get('/:id/deletion', 'spaces.update', (request, response) => confirmDeletion(request, response));

spaces.post('/:id/deletion', 'spaces.update', async (request, response) => {
  const context = tenantContext(response);
  const id = idParam(request, 'id');
  const { space } = await spaceLocals(context, id);
  if (Typed.parse(request.body ?? {}).typed !== space.name) {
    return confirmDeletion(request, response.status(422), { typed: `Type ${space.name} as it is written.` });
  }
  await deleteSpace(context, id);
  notice(request, `${space.name} and all its pages were deleted for good.`);
  response.redirect(303, `/w/${context.tenant.slug}/pages`);
});

async function confirmDeletion(request: Request, response: Response, errors: object = {}): Promise<void> {
  const { space } = await spaceLocals(tenantContext(response), idParam(request, 'id'));
  await page(response, 'spaces/deletion', { title: `Delete ${space.name}`, space, errors });
}

async function showForm(response: Response, id: string | undefined, form?: FormErrors): Promise<void> {
  await page(response, 'spaces/form', await formLocals(tenantContext(response), id, form));
}

const addressOf = (response: Response, id: string) => `/w/${tenantContext(response).tenant.slug}/spaces/${id}`;
