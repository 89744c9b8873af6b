import type { Request, Response } from 'express';
import { shared } from '../../../../database/shared.js';
import { Invalid } from '../../../../errors.js';
import { type FormErrors, formErrors } from '../../../../http/form-errors.js';
import { notice } from '../../../../http/page.js';
import { idParam } from '../../../../http/params.js';
import { feature } from '../../../../http/route.js';
import { operatorOf } from '../../operator.js';
import { show } from '../../show.js';
import { AnswerDraft, keepAnswer, removeAnswer } from './actions.js';
import { getAnswer, listAnswers } from './queries.js';

export const platformReportAnswers = feature('/platform/reports/templates');

const home = '/platform/reports/templates';

platformReportAnswers.get('/', 'platform', (_request, response) => showAll(response, { values: {}, errors: {} }));

platformReportAnswers.post('/', 'platform', async (request, response) => {
  await keep(request, response, (form) => showAll(response.status(422), form));
});

platformReportAnswers.get('/:template', 'platform', async (request, response) => {
  await showOne(request, response, { errors: {} });
});

platformReportAnswers.post('/:template', 'platform', async (request, response) => {
  await keep(request, response, (form) => showOne(request, response.status(422), form));
});

platformReportAnswers.post('/:template/deletion', 'platform', async (request, response) => {
  await removeAnswer(operatorOf(request, response), idParam(request, 'template'));
  notice(request, 'The template is deleted.');
  response.redirect(303, home);
});

async function keep(request: Request, response: Response, again: (form: FormErrors) => Promise<void>): Promise<void> {
  const draft = AnswerDraft.safeParse(request.body);
  if (!draft.success) return again(formErrors(request.body, draft.error));
  try {
    const id = request.params.template === undefined ? undefined : idParam(request, 'template');
    await keepAnswer(operatorOf(request, response), draft.data, id);
  } catch (error) {
    if (error instanceof Invalid) return again(formErrors(request.body, error));
    throw error;
  }
  notice(request, 'Saved. You can choose it when you write to a reporter.');
  response.redirect(303, home);
}

async function showAll(response: Response, form: FormErrors): Promise<void> {
  const answers = await listAnswers(shared());
  await show(response, 'reports/templates', { styles: ['triage'], title: 'Answer templates', answers, ...form });
}

async function showOne(request: Request, response: Response, form: Partial<FormErrors>): Promise<void> {
  const answer = await getAnswer(shared(), idParam(request, 'template'));
  const values = form.values ?? answer;
  await show(response, 'reports/template', {
    styles: ['triage'],
    title: answer.name,
    answer,
    values,
    errors: form.errors ?? {},
  });
}
