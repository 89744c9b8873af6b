import type { Response } from 'express';
import { z } from 'zod';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { accountOf } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { titlesMayLeave } from '../mail/queries.js';
import { kinds, mailTimes } from '../notification.js';
import { findHour } from '../queries.js';
import { usualHour } from '../times.js';
import { kindHelp, kindIcons, kindNames, mailWords } from '../wording.js';
import { choosePreferences, letTitlesLeave } from './actions.js';
import { PreferencesForm, timeZones, valuesOf } from './form.js';
import { getPreferences } from './queries.js';

export const notificationPreferences = feature('/w/:workspace/notifications/preferences');

const Titles = z.object({ titles: z.enum(['yes', 'no']).catch('no') });

notificationPreferences.get('/', 'workspace.read', (_request, response) => show(response));

notificationPreferences.post('/', 'workspace.read', async (request, response) => {
  const draft = PreferencesForm.safeParse(request.body ?? {});
  if (!draft.success) return show(response.status(422), formErrors(request.body, draft.error));
  await choosePreferences(tenantContext(response), draft.data);
  notice(request, 'Your choices were saved. They count from now on.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/notifications/preferences`);
});

notificationPreferences.post('/titles', 'settings.update', async (request, response) => {
  const { titles } = Titles.parse(request.body ?? {});
  const context = tenantContext(response);
  await letTitlesLeave(context, titles === 'yes');
  notice(request, titles === 'yes' ? 'Mails name what they are about.' : 'Mails say only that there is something.');
  response.redirect(303, `/w/${context.tenant.slug}/notifications/preferences`);
});

async function show(response: Response, typed?: FormErrors): Promise<void> {
  const context = tenantContext(response);
  const accountId = accountOf(context.actor) ?? '';
  const [preferences, daily, titles] = await readTenant(context, 'workspace.read', (db) =>
    Promise.all([getPreferences(db, accountId), findHour(db, accountId), titlesMayLeave(db)]),
  );
  await page(response, 'notifications/preferences', {
    title: 'What you are told',
    styles: ['notifications'],
    errors: {},
    values: valuesOf(preferences, daily ?? usualHour),
    ...typed,
    titles,
    kinds: kinds.map((kind) => ({
      ...{ kind, name: kindNames[kind], help: kindHelp[kind], icon: kindIcons[kind] },
    })),
    mails: [{ value: '', label: 'No mail' }, ...mailTimes.map((value) => ({ value, label: mailWords[value] }))],
    hours: Array.from({ length: 24 }, (_, hour) => ({
      value: String(hour),
      label: `${String(hour).padStart(2, '0')}:00`,
    })),
    timeZones: timeZones().map((value) => ({ value, label: value.replaceAll('_', ' ') })),
  });
}
