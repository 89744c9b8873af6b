import type { Response } from 'express';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { allTools, effects } from '../../../llm/tool.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { listApprovers } from '../approvers.js';
import { riskWords, ruleWords } from '../wording.js';
import { changePolicy } from './actions.js';
import { PolicyForm, valuesOf } from './form.js';
import { rules } from './policy.js';
import { getPolicy } from './queries.js';

export const approvalPolicy = feature('/w/:workspace/settings/approvals');

approvalPolicy.get('/', 'settings.read', async (_request, response) => {
  const policy = await readTenant(tenantContext(response), 'settings.read', getPolicy);
  await show(response, { values: valuesOf(policy), errors: {} });
});

approvalPolicy.post('/', 'settings.update', async (request, response) => {
  const draft = PolicyForm.safeParse(request.body ?? {});
  if (!draft.success) return show(response.status(422), formErrors(request.body, draft.error));
  await changePolicy(tenantContext(response), draft.data);
  notice(request, 'The policy was saved. It counts from the next call on, and for calls that wait.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/settings/approvals`);
});

async function show(response: Response, form: FormErrors): Promise<void> {
  const choices = rules.map((rule) => ({ value: rule, label: ruleWords[rule] }));
  await page(response, 'decisions/policy', {
    title: 'Approvals',
    styles: ['settings'],
    ...form,
    rules: choices,
    effects: effects.map((effect) => ({ name: `effect-${effect}`, label: riskWords[effect] })),
    tools: allTools().map(({ name, label, effect }) => ({ name: `tool-${name}`, label, risk: riskWords[effect] })),
    approvers: (await listApprovers(tenantContext(response).tenant)).map(({ name }) => name),
  });
}
