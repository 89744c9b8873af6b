import type { Response } from 'express';
import { z } from 'zod';
import { config } from '../../config.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { hideAddress } from '../../http/headers.js';
import { notice, page } from '../../http/page.js';
import { param } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { Email } from '../accounts/account.js';
import { addMessage, openThread, takeReport } from './actions.js';
import { clocks, dueOf } from './report.js';

export const reports = feature('/security/reports');

const longest = 50_000;
const Token = z.string().regex(/^[\w-]{43}$/);
const Text = z
  .string('Say what you found.')
  .trim()
  .min(1, 'Say what you found.')
  .max(longest, `Use at most ${longest.toLocaleString('en')} characters.`);
const Draft = z.object({
  name: z.string().trim().max(100, 'This name is too long.').catch(''),
  from: z.union([z.literal(''), Email], 'Enter an address like name@example.org, or none.').default(''),
  subject: z.string('Give it a title.').trim().min(1, 'Give it a title.').max(200, 'Use at most 200 characters.'),
  text: Text,
});

reports.get('/new', 'public', async (_request, response) => {
  await showForm(response, { values: {}, errors: {} });
});

reports.post(
  '/',
  'public',
  limit({ name: 'security-reports', max: 5, seconds: 3600, by: 'address' }),
  async (request, response) => {
    const draft = Draft.safeParse(request.body);
    if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error));
    const taken = await takeReport({ source: 'form', written: draft.data, mayAnswer: draft.data.from !== '' });
    notice(request, `Thank you. Your reference is ${taken?.reference}. Keep the address of this page.`);
    response.redirect(303, new URL(taken?.link ?? '/', config().origin).pathname);
  },
);

reports.get('/:token', 'public', hideAddress, async (request, response) => {
  const thread = await openThread(param(request, 'token', Token));
  await showThread(response, { thread, action: request.path, errors: {}, values: {} });
});

reports.post(
  '/:token/messages',
  'public',
  hideAddress,
  limit({ name: 'security-report-messages', max: 20, seconds: 3600, by: 'address' }),
  async (request, response) => {
    const thread = await openThread(param(request, 'token', Token));
    const typed = z.object({ text: Text }).safeParse(request.body);
    const home = request.path.replace(/\/messages$/, '');
    if (!typed.success) {
      return showThread(response.status(422), { thread, action: home, ...formErrors(request.body, typed.error) });
    }
    await addMessage(thread.report, 'reporter', typed.data.text);
    notice(request, 'Sent.');
    response.redirect(303, home);
  },
);

function showForm(response: Response, form: FormErrors): Promise<void> {
  const { SECURITY_CONTACT: contact } = config();
  return page(response, 'disclosure/new', { title: 'Report a security problem', contact, clocks, ...form });
}

interface ShownThread extends FormErrors {
  readonly thread: Awaited<ReturnType<typeof openThread>>;
  readonly action: string;
}

function showThread(response: Response, { thread, ...form }: ShownThread): Promise<void> {
  const { report } = thread;
  return page(response, 'disclosure/show', {
    title: `Report ${report.reference}`,
    ...thread,
    due: dueOf(report),
    ...form,
  });
}
