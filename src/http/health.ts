import { log } from '../log.js';
import { inTime } from './in-time.js';
import { type Feature, feature } from './route.js';

export interface ReadinessChecks {
  /** Rejects or answers false when the database does not answer. */
  database(): Promise<unknown>;
  migrated(): Promise<boolean> | boolean;
}

const waitMs = 2000;
const rememberMs = 500;

/** `/health`: this process runs. `/ready`: it may be sent requests. Mount before sessions: neither needs one. */
export function health(checks: ReadinessChecks): Feature {
  const routes = feature('');
  let known: { at: number; answer: Promise<string | undefined> } | undefined;
  routes.get('/health', 'public', (_request, response) => {
    response.json({ status: 'up' });
  });
  routes.get('/ready', 'public', async (request, response) => {
    // Probes may come as often as they like; the database is asked twice a second at most.
    if (!known || Date.now() - known.at > rememberMs) known = { at: Date.now(), answer: missing(checks) };
    const lacking = request.app.enabled('draining') ? 'draining' : await known.answer;
    if (lacking) response.status(503).setHeader('Retry-After', '5');
    response.json(lacking ? { status: 'not ready', reason: lacking } : { status: 'ready' });
  });
  return routes;
}

async function missing(checks: ReadinessChecks): Promise<string | undefined> {
  try {
    if ((await inTime(checks.database(), waitMs)) === false) return 'database';
    return (await inTime(Promise.resolve(checks.migrated()), waitMs)) ? undefined : 'migrations';
  } catch (error) {
    log().debug({ err: error }, 'not ready');
    return 'database';
  }
}
