import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice } from '../../../http/page.js';
import { param } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { fresh } from '../../accounts/proof/fresh.js';
import { reportStates } from '../../disclosure/report.js';
import { type Operator, operatorOf } from '../operator.js';
import { TenantId } from '../tenants/tenant.js';
import { answerReport, linkReport, moveReport, noteOnReport, unlinkReport } from './actions.js';
import { publishCredit } from './publication.js';
import { referenceOf, showReport } from './routes.js';

export const platformReport = feature('/platform/reports/:reference');

const longest = 20_000;
const text = (missing: string) =>
  z
    .string(missing)
    .trim()
    .min(1, missing)
    .max(longest, `Use at most ${longest.toLocaleString('en')} characters.`)
    .transform((words) => words.replaceAll('\r\n', '\n'));

interface Form<Draft> {
  readonly schema: z.ZodType<Draft>;
  /** Answers what the operator is told. */
  act(operator: Operator, reference: string, draft: Draft): Promise<string>;
}

/** Parses, acts and leads back to the report; what could not be done stands on it again, beside what was typed. */
function acting<Draft>({ schema, act }: Form<Draft>): RequestHandler {
  return async (request: Request, response: Response) => {
    const reference = referenceOf(request);
    const draft = schema.safeParse(request.body ?? {});
    if (!draft.success) return showReport(request, response.status(422), formErrors(request.body, draft.error));
    try {
      notice(request, await act(operatorOf(request, response), reference, draft.data));
    } catch (error) {
      if (error instanceof Invalid) return showReport(request, response.status(422), formErrors(request.body, error));
      if (!(error instanceof Conflict)) throw error;
      return showReport(request, response.status(409), { values: {}, errors: { '': error.message } });
    }
    response.redirect(303, `/platform/reports/${reference}`);
  };
}

const Answer = z.object({ answer: text('Write what to answer.') });
const answering = acting({
  schema: Answer,
  async act(operator, reference, { answer }) {
    const mailed = await answerReport(operator, reference, answer);
    return mailed
      ? 'Answered. A mail is on its way.'
      : 'Answered on the report’s page; there is no address to mail to.';
  },
});
platformReport.post('/answers', 'platform', fresh(answering));

const noting = acting({
  schema: z.object({ note: text('Write a note.') }),
  async act(operator, reference, { note }) {
    await noteOnReport(operator, reference, note);
    return 'Noted. Only operators see it.';
  },
});
platformReport.post('/notes', 'platform', noting);

const Move = z.object({
  state: z.enum(reportStates, 'Choose a state.'),
  original: z.string().trim().toUpperCase().max(20).catch(''),
});
const moving = acting({
  schema: Move,
  async act(operator, reference, move) {
    await moveReport(operator, reference, move);
    return `It is ${move.state} now. The reporter sees that on their page.`;
  },
});
platformReport.post('/state', 'platform', moving);

const linking = acting({
  schema: z.object({ slug: z.string('Enter its address.').trim().toLowerCase().min(1, 'Enter its address.').max(80) }),
  async act(operator, reference, { slug }) {
    await linkReport(operator, reference, slug);
    return 'Linked. Neither the reporter nor the workspace is told.';
  },
});
platformReport.post('/tenants', 'platform', linking);

platformReport.post('/tenants/:tenant/removal', 'platform', async (request, response) => {
  const reference = referenceOf(request);
  await unlinkReport(operatorOf(request, response), reference, param(request, 'tenant', TenantId));
  notice(request, 'The link is taken away.');
  response.redirect(303, `/platform/reports/${reference}`);
});

const publishing = (published: boolean, said: string) =>
  acting({
    schema: z.looseObject({}),
    async act(operator, reference) {
      await publishCredit(operator, reference, published);
      return said;
    },
  });
platformReport.post('/publication', 'platform', fresh(publishing(true, 'Published among the acknowledgements.')));
platformReport.post('/retraction', 'platform', publishing(false, 'It is no longer shown.'));
