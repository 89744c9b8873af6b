import type { Response } from 'express';
import { z } from 'zod';
import { config } from '../../config.js';
import { shared } from '../../database/shared.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { hideAddress } from '../../http/headers.js';
import { notice, page } from '../../http/page.js';
import { param } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { Email } from '../accounts/account.js';
import { continueReport, takeReport } from './actions.js';
import { clocks, dueOf } from './clocks.js';
import { creditOf } from './credits/actions.js';
import { arrivedFiles, takeFiles } from './files.js';
import { limits } from './intake/message.js';
import { paragraphs } from './policy/policy.js';
import { getPolicy } from './policy/queries.js';
import { openThread, type Thread } from './thread/actions.js';

export const reports = feature('/security/reports');

const longest = 50_000;
export const Token = z.string().regex(/^[\w-]{43}$/);
// As it is typed: what is encrypted (OpenPGP, age) must come out as it went in.
const Text = z
  .string('Say what you found.')
  .refine((text) => text.trim() !== '', 'Say what you found.')
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
  takeFiles,
  async (request, response) => {
    const draft = Draft.safeParse(request.body ?? {});
    if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error));
    const attachments = arrivedFiles(request);
    const taken = await takeReport({
      ...{ source: 'form', written: draft.data, attachments, mayAnswer: draft.data.from !== '' },
    });
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
    const typed = z.object({ text: Text }).safeParse(request.body ?? {});
    const home = request.path.replace(/\/messages$/, '');
    if (!typed.success) {
      return showThread(response.status(422), { thread, action: home, ...formErrors(request.body, typed.error) });
    }
    await continueReport(thread.report, typed.data.text);
    notice(request, 'Sent.');
    response.redirect(303, home);
  },
);

async function showForm(response: Response, form: FormErrors): Promise<void> {
  const policy = await getPolicy(shared());
  await page(response, 'disclosure/new', {
    styles: ['disclosure'],
    ...{ title: 'Report a security problem', clocks, policy, paragraphs },
    ...{ address: config().SECURITY_CONTACT, mostBytes: limits.mailBytes, mostFiles: limits.attachments },
    ...form,
  });
}

interface ShownThread extends FormErrors {
  readonly thread: Thread;
  readonly action: string;
}

export async function showThread(response: Response, { thread, ...form }: ShownThread): Promise<void> {
  const { report } = thread;
  await page(response, 'disclosure/show', {
    styles: ['disclosure'],
    title: `Report ${report.reference}`,
    ...thread,
    credit: await creditOf(report),
    due: dueOf(report),
    ...form,
  });
}
