import type { Request, Response } from 'express';
import { Invalid } from '../../../errors.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { styles } from '../assets.js';
import { changeLabel, createLabel, removeLabel } from './actions.js';
import { colours, LabelDraft } from './label.js';
import { countUses, getLabel, listLabels } from './queries.js';

export const taskLabels = feature('/w/:workspace/tasks/labels');

taskLabels.get('/', 'tasks.read', (_request, response) => showAll(response, { values: {}, errors: {} }));

taskLabels.post('/', 'tasks.update', async (request, response) => {
  await tried(request, response, {
    again: (form) => showAll(response.status(422), form),
    act: async (draft) => {
      await createLabel(tenantContext(response), draft);
      return `The label ${draft.name} was made.`;
    },
  });
});

taskLabels.get('/:label', 'tasks.update', async (request, response) => {
  const { name, colour } = await read(request, response);
  await showOne(request, response, { values: { name, colour }, errors: {} });
});

taskLabels.post('/:label', 'tasks.update', async (request, response) => {
  const { id } = await read(request, response);
  await tried(request, response, {
    again: (form) => showOne(request, response.status(422), form),
    act: async (draft) => {
      await changeLabel(tenantContext(response), id, draft);
      return `The label ${draft.name} was saved.`;
    },
  });
});

taskLabels.get('/:label/deletion', 'tasks.delete', async (request, response) => {
  const label = await read(request, response);
  await page(response, 'tasks/labels/deletion', {
    title: 'Delete the label',
    ...styles,
    label,
    home: homeOf(response),
  });
});

taskLabels.post('/:label/deletion', 'tasks.delete', async (request, response) => {
  await removeLabel(tenantContext(response), idParam(request, 'label'));
  notice(request, 'The label was deleted.');
  response.redirect(303, homeOf(response));
});

const homeOf = (response: Response): string => `/w/${tenantContext(response).tenant.slug}/tasks/labels`;

function read(request: Request, response: Response) {
  return readTenant(tenantContext(response), 'tasks.read', (db) => getLabel(db, idParam(request, 'label')));
}

async function showAll(response: Response, form: FormErrors): Promise<void> {
  const [labels, uses] = await readTenant(tenantContext(response), 'tasks.read', (db) =>
    Promise.all([listLabels(db), countUses(db)]),
  );
  const counted = labels.map((label) => ({ ...label, uses: uses.get(label.id) ?? 0 }));
  const locals = { title: 'Labels', ...styles, labels: counted, colours, home: homeOf(response), ...form };
  await page(response, 'tasks/labels/index', locals);
}

async function showOne(request: Request, response: Response, form: FormErrors): Promise<void> {
  const label = await read(request, response);
  const locals = { title: 'Change the label', ...styles, label, colours, home: homeOf(response), ...form };
  await page(response, 'tasks/labels/form', locals);
}

async function tried(
  request: Request,
  response: Response,
  { again, act }: { again: (form: FormErrors) => Promise<void>; act: (draft: LabelDraft) => Promise<string> },
): Promise<void> {
  const draft = LabelDraft.safeParse(request.body ?? {});
  if (!draft.success) return again(formErrors(request.body, draft.error));
  try {
    notice(request, await act(draft.data));
    response.redirect(303, homeOf(response));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await again(formErrors(request.body, error));
  }
}
