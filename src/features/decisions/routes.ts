import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../errors.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { approveDecision, delegateDecision, editDecision, rejectDecision, withdrawDecision } from './actions.js';
import { listApprovers } from './approvers.js';
import { listLocals } from './inbox/locals.js';
import { showLocals } from './inbox/show-locals.js';

export const inbox = feature('/w/:workspace/inbox');

const Seen = z.object({
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .catch(''),
});
const Rejection = z.object({
  reason: z
    .string()
    .trim()
    .min(1, 'Say why: the agent and the person who asked are told.')
    .max(500, 'Use at most 500 characters.'),
});
const Delegation = z.object({ to: z.uuid('Choose somebody.') });
const Edit = Seen.extend({ arguments: z.string().max(20_000).catch('') });

inbox.get('/', 'decisions.read', async (request, response) => {
  await page(response, 'decisions/index', await listLocals(tenantContext(response), request.query));
});

inbox.get('/:id', 'decisions.read', (request, response) => show(request, response));

inbox.post('/:id/approval', 'decisions.update', async (request, response) => {
  const { digest } = Seen.parse(request.body ?? {});
  await tried(request, response, async () => {
    await approveDecision(tenantContext(response), idParam(request, 'id'), digest);
    return 'Your approval is recorded. With the last one that it needs it runs, once and exactly as you saw it.';
  });
});

inbox.post('/:id/edited-approval', 'decisions.update', async (request, response) => {
  const edited = Edit.parse(request.body ?? {});
  await tried(request, response, async () => {
    const given = { seen: edited.digest, arguments: edited.arguments };
    await editDecision(tenantContext(response), idParam(request, 'id'), given);
    return 'Your version is recorded and approved by you. What the agent had asked for stays in the record.';
  });
});

inbox.post('/:id/rejection', 'decisions.update', async (request, response) => {
  await tried(request, response, async () => {
    const { reason } = parsed(Rejection, request.body);
    await rejectDecision(tenantContext(response), idParam(request, 'id'), reason);
    return 'It was rejected. The agent is told, with your reason.';
  });
});

inbox.post('/:id/delegation', 'decisions.update', async (request, response) => {
  const context = tenantContext(response);
  await tried(request, response, async () => {
    const { to } = parsed(Delegation, request.body);
    const chosen = (await listApprovers(context.tenant)).find(({ accountId }) => accountId === to);
    if (!chosen) throw new Invalid('Choose somebody who may approve.', { to: 'Choose somebody who may approve.' });
    await delegateDecision(context, idParam(request, 'id'), { id: to, name: chosen.name });
    return `${chosen.name} was asked to decide, and gets a mail.`;
  });
});

inbox.post('/:id/withdrawal', 'decisions.read', async (request, response) => {
  await tried(request, response, async () => {
    await withdrawDecision(tenantContext(response), idParam(request, 'id'));
    return 'It was withdrawn. Nothing was run.';
  });
});

function parsed<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const draft = schema.safeParse(body ?? {});
  if (draft.success) return draft.data;
  const { errors } = formErrors(body, draft.error);
  throw new Invalid(Object.values(errors)[0] ?? 'Check what you entered.', { ...errors });
}

/** Back to the decision with what was done; or the decision again, with what was typed and what is wrong with it. */
async function tried(request: Request, response: Response, act: () => Promise<string>): Promise<void> {
  try {
    notice(request, await act());
    response.redirect(303, `/w/${tenantContext(response).tenant.slug}/inbox/${idParam(request, 'id')}`);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    const { values } = formErrors(request.body, new Invalid(error.message));
    const errors =
      error instanceof Invalid && Object.keys(error.fields).length > 0 ? error.fields : { '': error.message };
    await show(request, response.status(error.status), { values, errors });
  }
}

async function show(
  request: Request,
  response: Response,
  form: { values: object; errors: object } = { values: {}, errors: {} },
): Promise<void> {
  await page(response, 'decisions/show', {
    styles: ['decision'],
    ...(await showLocals(tenantContext(response), idParam(request, 'id'))),
    ...form,
  });
}
