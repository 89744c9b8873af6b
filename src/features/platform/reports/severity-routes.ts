import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { notice } from '../../../http/page.js';
import { feature } from '../../../http/route.js';
import { findReportByReference } from '../../disclosure/queries.js';
import type { Report } from '../../disclosure/report.js';
import { metricGroups } from '../../disclosure/severity/metrics.js';
import { ratingOf, scoreOf } from '../../disclosure/severity/score.js';
import { type Chosen, MissingMetric, nomenclature, parseVector, vectorOf } from '../../disclosure/severity/vector.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { rateReport } from './actions.js';
import { referenceOf } from './routes.js';

export const platformReportSeverity = feature('/platform/reports/:reference/severity');

const Metrics = z.record(z.string(), z.unknown()).transform((fields): Chosen => {
  const known = metricGroups.flatMap(({ metrics }) => metrics.map(({ id }) => id));
  return Object.fromEntries(known.map((id) => [id, String(fields[id] ?? '')]).filter(([, value]) => value !== ''));
});

platformReportSeverity.get('/', 'platform', async (request, response) => {
  const report = await reportAt(request);
  await showForm(request, response, (report.severity && parseVector(report.severity)) || {});
});

/** What the form's script asks for while metrics are chosen; incomplete ones have no score. */
platformReportSeverity.get('/preview', 'platform', async (request, response) => {
  await reportAt(request);
  response.json(judged(Metrics.parse(request.query)));
});

platformReportSeverity.post('/', 'platform', async (request, response) => {
  const chosen = Metrics.parse(request.body ?? {});
  const { vector, score, errors } = judged(chosen);
  // "Show the score" leads back to the form; only the other button keeps it.
  if (!vector || request.body?.act === 'preview') {
    return showForm(
      request,
      response.status(vector ? 200 : 422),
      chosen,
      request.body?.act === 'preview' ? {} : errors,
    );
  }
  const reference = referenceOf(request);
  await rateReport(operatorOf(request, response), reference, vector);
  notice(request, `The severity is ${score?.toFixed(1)}.`);
  response.redirect(303, `/platform/reports/${reference}`);
});

platformReportSeverity.post('/removal', 'platform', async (request, response) => {
  const reference = referenceOf(request);
  await rateReport(operatorOf(request, response), reference, undefined);
  notice(request, 'The report has no severity now.');
  response.redirect(303, `/platform/reports/${reference}`);
});

async function reportAt(request: Request): Promise<Report> {
  const report = await findReportByReference(shared(), referenceOf(request));
  if (!report) throw new NotFound('There is no such report.');
  return report;
}

interface Judged {
  readonly vector?: string;
  readonly score?: number;
  readonly rating?: string;
  readonly name?: string;
  readonly errors: Readonly<Record<string, string>>;
}

function judged(chosen: Chosen): Judged {
  try {
    const vector = vectorOf(chosen);
    const score = scoreOf(chosen);
    return { vector, score, rating: ratingOf(score), name: nomenclature(chosen), errors: {} };
  } catch (error) {
    if (!(error instanceof MissingMetric)) throw error;
    return { errors: { [error.metric]: error.message } };
  }
}

async function showForm(request: Request, response: Response, chosen: Chosen, errors = {}): Promise<void> {
  const reference = referenceOf(request);
  await show(response, 'reports/severity', {
    styles: ['severity'],
    ...{ title: `Severity of ${reference}`, reference, home: `/platform/reports/${reference}` },
    ...{ groups: metricGroups, chosen, judged: judged(chosen), errors, scripts: ['severity'] },
  });
}
