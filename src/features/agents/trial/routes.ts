import type { Request, Response } from 'express';
import { Invalid } from '../../../errors.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { Question } from '../../conversations/conversation.js';
import { type Agent, AgentDraft } from '../agent.js';
import { formLocals } from '../form-locals.js';
import { getAgent } from '../queries.js';
import { shownTrial, type TrialShown } from './shown.js';
import { tryDraft } from './trial.js';

/** Mounted before the agents: `trial` is no agent's id. */
export const agentTrials = feature('/w/:workspace/agents');

const trials = limit({
  ...{ name: 'agent-trial', max: 120, seconds: 3600, by: 'account' },
  message: 'You tested a lot in this hour. Go on in a while, or ask the agent in a conversation.',
});

agentTrials.post('/trial', 'agents.create', trials, (request, response) => tryAndShow(request, response, undefined));

agentTrials.post('/:id/trial', 'agents.update', trials, async (request, response) => {
  const id = idParam(request, 'id');
  const agent = await readTenant(tenantContext(response), 'agents.update', (db) => getAgent(db, id));
  await tryAndShow(request, response, agent);
});

/** The form again, as it was typed, with the answer beside it. */
async function tryAndShow(request: Request, response: Response, agent: Agent | undefined): Promise<void> {
  const context = tenantContext(response);
  const show = async (form: FormErrors, trial?: TrialShown) =>
    page(response, 'agents/form', await formLocals(context, { ...form, agent, trial }));
  const draft = AgentDraft.safeParse(request.body);
  if (!draft.success) return show(formErrorsOf(request, response, draft.error));
  const question = Question.safeParse({ text: request.body.question });
  if (!question.success) {
    const message = question.error.issues[0]?.message ?? 'Write a question.';
    return show(formErrorsOf(request, response, new Invalid(message, { question: message })));
  }
  try {
    const trial = { agent, settings: draft.data, question: question.data.text };
    const result = await tryDraft(context, trial, whileWaited(response));
    const { values } = formErrors(request.body, new Invalid(''));
    await show({ values, errors: {} }, shownTrial(result, context.tenant.slug));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await show(formErrorsOf(request, response, error));
  }
}

function formErrorsOf(request: Request, response: Response, error: Parameters<typeof formErrors>[1]): FormErrors {
  response.status(422);
  return formErrors(request.body, error);
}

/** Aborted when the person goes away: nothing is kept of a test, so nobody would ever read its end. */
function whileWaited(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
