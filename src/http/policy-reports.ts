import express, { type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import { shared } from '../database/shared.js';
import { ProtocolError } from './protocol-error.js';
import { countPolicyReport } from './queries.js';
import { limit } from './rate-limit.js';
import { routes } from './route.js';

const largest = 16 * 1024;
const mostAtOnce = 20;
const kinds = ['application/csp-report', 'application/reports+json'];

const Blocked = z.object({ page: z.string().max(4096), directive: z.string().max(100), blocked: z.string().max(4096) });
type Blocked = z.infer<typeof Blocked>;

const text = z.string().default('');
/** What `report-uri` sends (CSP Level 3, §5.3). */
const Single = z
  .object({ 'csp-report': z.object({ 'document-uri': text, 'effective-directive': text, 'blocked-uri': text }) })
  .transform(({ 'csp-report': report }) => [
    { page: report['document-uri'], directive: report['effective-directive'], blocked: report['blocked-uri'] },
  ]);
/** What `report-to` sends (Reporting API §2.4): several at once, of other kinds too. */
const Several = z
  .array(z.object({ type: z.string(), body: z.object({}).loose() }))
  .max(mostAtOnce)
  .transform((reports) =>
    reports
      .filter(({ type }) => type === 'csp-violation')
      .map(({ body }) => ({ page: body.documentURL, directive: body.effectiveDirective, blocked: body.blockedURL })),
  );
const Reports = z.union([Single, Several]).pipe(z.array(Blocked));

/** Others are counted as `other`: a sender must not choose what is kept here. */
const known = new Set([
  ...['default-src', 'script-src', 'script-src-elem', 'script-src-attr', 'style-src', 'style-src-elem'],
  ...['style-src-attr', 'img-src', 'font-src', 'connect-src', 'media-src', 'frame-src', 'child-src', 'worker-src'],
  ...['manifest-src', 'object-src', 'form-action', 'base-uri', 'frame-ancestors'],
]);
const byExtension = /^[a-z-]+-extension\b/;

/**
 * Takes what browsers report (CR-3, ASVS 3.4.7). They come without a session or a form's token, and anybody can send
 * them: so nothing is kept but a count of a directive on a route, both from lists of ours.
 */
export function policyReports(): RequestHandler[] {
  const json = express.json({ type: kinds, limit: largest, inflate: false });
  const slow = limit({ name: 'csp-reports', max: 60, seconds: 600, by: 'address' });
  const take: RequestHandler = async (request, response) => {
    if (!request.is(kinds)) throw new ProtocolError(415, 'Browsers send their reports here.');
    const reports = Reports.safeParse(request.body);
    if (!reports.success) throw new ProtocolError(400, 'This is no report of a browser.');
    for (const report of reports.data) await keep(request, report);
    response.status(204).end();
  };
  const posted = (handler: RequestHandler): RequestHandler => {
    return (request, response, next) => (request.method === 'POST' ? handler(request, response, next) : next());
  };
  return [slow, json, take].map(posted);
}

async function keep(request: Request, { page, directive, blocked }: Blocked): Promise<void> {
  const address = URL.canParse(page) ? new URL(page) : undefined;
  // What an extension of the browser puts into a page is stopped as well, and is not ours.
  if (address?.hostname !== request.hostname || byExtension.test(blocked)) return;
  await countPolicyReport(shared(), known.has(directive) ? directive : 'other', patternOf(address.pathname));
}

let patterns: readonly { readonly path: string; readonly fits: RegExp }[] = [];

/** `/recover/:token`: the address itself may be a secret. */
function patternOf(pathname: string): string {
  if (patterns.length === 0) {
    const paths = [...new Set(routes().map(({ path }) => path))];
    patterns = paths.map((path) => ({ path, fits: new RegExp(`^${escaped(path).replace(/:\w+/g, '[^/]+')}$`) }));
  }
  return patterns.find(({ fits }) => fits.test(pathname))?.path ?? '(none)';
}

function escaped(path: string): string {
  return path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
