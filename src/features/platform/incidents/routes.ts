import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { fresh } from '../../accounts/proof/fresh.js';
import { components } from '../../status/component.js';
import { draftValues, IncidentDraft, NewIncident, updateDraftFor } from '../../status/incidents/draft.js';
import { isOverdue, kindNames, kinds, named, severities, stageName, stages } from '../../status/incidents/incident.js';
import { getIncident, perPage, searchIncidents } from '../../status/incidents/queries.js';
import { wordsOf } from '../../status/incidents/words.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { correctIncident, openIncident, updateStage } from './actions.js';

export const platformIncidents = feature('/platform/incidents');

const untouched: FormErrors = { values: {}, errors: {} };
const wording = { components, kinds, severities, stages, stageName, named };
const styles = ['incidents'];

const Search = z.object({
  q: z.string().trim().max(120).catch(''),
  state: z.enum(['all', 'open', 'closed']).catch('all'),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});

platformIncidents.get('/', 'platform', async (request, response) => {
  const search = Search.parse(request.query);
  const found = await searchIncidents(shared(), search);
  const { q, state, page: number } = search;
  const at = (page: number) => `/platform/incidents?${new URLSearchParams({ q, state, page: String(page) })}`;
  await show(response, 'incidents/index', {
    ...{ title: 'Incidents', styles, ...wording, search, narrowed: q !== '' || state !== 'all', now: new Date() },
    ...{ incidents: found.slice(0, perPage), isOverdue },
    pages: {
      newer: number > 1 ? at(number - 1) : undefined,
      older: found.length > perPage ? at(number + 1) : undefined,
    },
  });
});

const Asked = z.object({ kind: z.enum(kindNames).catch('incident') });

platformIncidents.get('/new', 'platform', async (request, response) => {
  await showNew(response, Asked.parse(request.query), untouched);
});

platformIncidents.post(
  '/',
  'platform',
  fresh(async (request, response) => {
    const draft = NewIncident.safeParse(request.body);
    if (!draft.success) {
      return showNew(response.status(422), Asked.parse(request.body), formErrors(request.body, draft.error));
    }
    const id = await openIncident(operatorOf(request, response), draft.data);
    notice(request, 'It is on the status page, and members see it above their pages.');
    response.redirect(303, `/platform/incidents/${id}`);
  }),
);

platformIncidents.get('/:id', 'platform', (request, response) => showIncident(request, response, untouched));

platformIncidents.post(
  '/:id/updates',
  'platform',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const { kind } = await getIncident(shared(), id);
    const draft = updateDraftFor(kind).safeParse(request.body);
    if (!draft.success) return showIncident(request, response.status(422), formErrors(request.body, draft.error));
    await updateStage(operatorOf(request, response), id, draft.data);
    notice(request, 'The update is on the status page.');
    response.redirect(303, `/platform/incidents/${id}`);
  }),
);

platformIncidents.get('/:id/correction', 'platform', (request, response) =>
  showCorrection(request, response, untouched),
);

platformIncidents.post(
  '/:id/correction',
  'platform',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const { kind } = await getIncident(shared(), id);
    const draft = IncidentDraft.safeParse({ ...request.body, kind });
    if (!draft.success) return showCorrection(request, response.status(422), formErrors(request.body, draft.error));
    await correctIncident(operatorOf(request, response), id, draft.data);
    notice(request, 'Corrected, also on the status page.');
    response.redirect(303, `/platform/incidents/${id}`);
  }),
);

async function showNew(response: Response, { kind }: z.infer<typeof Asked>, form: FormErrors): Promise<void> {
  const title = kind === 'incident' ? 'New incident' : 'New maintenance';
  await show(response, 'incidents/new', { title, styles, kind, ...wording, ...form });
}

async function showIncident(request: Request, response: Response, form: FormErrors): Promise<void> {
  const incident = await getIncident(shared(), idParam(request, 'id'));
  const updates = incident.updates.map((update) => ({ ...update, body: wordsOf(update.text) }));
  const overdue = isOverdue(incident, new Date());
  const locals = { title: incident.title, styles, incident: { ...incident, updates }, overdue };
  await show(response, 'incidents/show', { ...locals, ...wording, ...form });
}

async function showCorrection(request: Request, response: Response, form: FormErrors): Promise<void> {
  const incident = await getIncident(shared(), idParam(request, 'id'));
  const values = { ...draftValues(incident), ...form.values };
  const locals = { title: `Correct ${incident.title}`, styles, incident, kind: incident.kind, values };
  await show(response, 'incidents/correction', { ...locals, ...wording, errors: form.errors });
}
