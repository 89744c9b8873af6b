import type { Response } from 'express';
import { Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { feature } from '../../../http/route.js';
import { account, tenantContext } from '../../../http/signed-in.js';
import { may } from '../../../tenancy/context.js';
import { enterWorkspace } from '../../../tenancy/directory.js';
import { leastIdleMinutes, mostGraceDays, mostIdleMinutes, openPolicy } from '../../../tenancy/sign-in-policy.js';
import { fresh } from '../../accounts/proof/fresh.js';
import { changeSignInPolicy } from './actions.js';
import { draftOf, PolicyDraft } from './draft.js';

/** AC-6, AC-10: what a workspace demands of its members' sign-ins. */
export const signInSettings = feature('/w/:workspace/settings/sign-in');

signInSettings.get('/', 'settings.read', async (_request, response) => {
  await showPolicy(response, {});
});

signInSettings.post(
  '/',
  'settings.update',
  fresh(async (request, response) => {
    const draft = PolicyDraft.safeParse(request.body);
    if (!draft.success) return showPolicy(response.status(422), formErrors(request.body, draft.error));
    try {
      await changeSignInPolicy(tenantContext(response), draft.data, request.session.methods ?? []);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return showPolicy(response.status(422), { ...formErrors({}, error), values: request.body });
    }
    notice(request, 'The sign-in settings were saved. They count from everybody’s next request on.');
    response.redirect(303, `/w/${tenantContext(response).tenant.slug}/settings/sign-in`);
  }),
);

interface Form {
  readonly values?: object;
  readonly errors?: Readonly<Record<string, string>>;
}

async function showPolicy(response: Response, { values, errors = {} }: Form): Promise<void> {
  const { tenant, actor } = tenantContext(response);
  const { policy = openPolicy } = (await enterWorkspace(tenant.slug, account(response).id)) ?? {};
  await page(response, 'workspaces/sign-in-policy', {
    title: 'Sign-in',
    policy,
    bounds: { leastIdleMinutes, mostIdleMinutes, mostGraceDays },
    editable: may(actor, 'settings.update'),
    values: values ?? draftOf(policy),
    errors,
  });
}
