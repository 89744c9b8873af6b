import type { Request, Response } from 'express';
import { shared } from '../../../database/shared.js';
import type { FormErrors } from '../../../http/form-errors.js';
import { idParam, param } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { dueOf } from '../../disclosure/clocks.js';
import { creditOf } from '../../disclosure/credits/actions.js';
import { Reference, reportStates } from '../../disclosure/report.js';
import { ratingOf, ratings } from '../../disclosure/severity/score.js';
import { openThreadByReference } from '../../disclosure/thread/actions.js';
import { listFilesOf } from '../../disclosure/thread/files.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { takeFile } from './actions.js';
import { listAnswers } from './answers/queries.js';
import { lined, perPage, ReportQuery } from './list.js';
import { countReports, findReport, listLinkedTenants, listReportsFor } from './queries.js';
import { dueNames, stateNames } from './wording.js';

export const platformReports = feature('/platform/reports');

export const referenceOf = (request: Request) => param(request, 'reference', Reference);

platformReports.get('/', 'platform', async (request, response) => {
  const query = ReportQuery.parse(request.query);
  const [found, counts] = await Promise.all([listReportsFor(shared(), query), countReports(shared())]);
  const { page, ...filter } = query;
  await show(response, 'reports/index', {
    styles: ['triage'],
    ...{ title: 'Security reports', query, counts, stateNames, dueNames, ratings, states: reportStates },
    reports: found.slice(0, perPage).map((report) => lined(report)),
    narrowed: Object.values(filter).some((value) => value !== undefined && value !== ''),
    pages: {
      newer: page > 1 ? addressWith(query, page - 1) : undefined,
      older: found.length > perPage ? addressWith(query, page + 1) : undefined,
    },
  });
});

function addressWith(query: ReportQuery, page: number): string {
  const kept = Object.entries({ ...query, page }).filter(([, value]) => value !== undefined && value !== '');
  return `/platform/reports?${new URLSearchParams(kept.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

platformReports.get('/:reference', 'platform', (request, response) =>
  showReport(request, response, { values: {}, errors: {} }),
);

/** Never shown, never with a type that a browser opens, and under a name of ours. */
platformReports.get('/:reference/attachments/:attachment', 'platform', async (request, response) => {
  const reference = referenceOf(request);
  const id = idParam(request, 'attachment');
  const { content } = await takeFile(operatorOf(request, response), reference, id);
  response.attachment(`${reference}-${id.slice(-12)}.bin`);
  response.type('application/octet-stream');
  response.setHeader('Content-Security-Policy', `${response.getHeader('Content-Security-Policy')}; sandbox`);
  response.send(content);
});

/** With the answer template that `?template=` names in the field, unless something was typed. */
export async function showReport(request: Request, response: Response, form: FormErrors): Promise<void> {
  const { report, written, messages } = await openThreadByReference(referenceOf(request));
  const [files, tenants, answers, credit, original] = await Promise.all([
    listFilesOf(report),
    listLinkedTenants(shared(), report.id),
    listAnswers(shared()),
    creditOf(report),
    report.duplicateOf ? findReport(shared(), report.duplicateOf) : undefined,
  ]);
  const template = answers.find(({ id }) => id === request.query.template);
  await show(response, 'reports/show', {
    styles: ['disclosure', 'triage', 'severity'],
    ...{ title: report.reference, report, written, messages, files, tenants, answers, credit, original, stateNames },
    ...{ dueNames, states: reportStates, home: `/platform/reports/${report.reference}` },
    due: dueOf(report),
    rating: report.score === null ? undefined : ratingOf(report.score),
    values: { ...(template ? { answer: template.text, template: template.id } : {}), ...form.values },
    errors: form.errors,
  });
}
