import { claims as allClaims } from '../../../features/security/checks.js';
import type { Claim, Finding as ClaimFinding } from '../../../features/security/claim.js';
import { ask } from '../../../features/security/claims/answers.js';
import { inTime } from '../../../http/in-time.js';
import { plural } from '../../../http/wording.js';
import { type Check, type Deployment, type Finding, failure, isLocal, note, ok, warning } from '../finding.js';

const longestMs = 15_000;

/** What the security page claims, tested now, with what to do about each that does not hold. Nothing is written down. */
export const claims: Check = {
  id: 'claims',
  title: 'Promises of the security page',
  needsDatabase: true,
  async examine(deployment) {
    const answers = await ask(deployment.settings.origin, '/health').then(
      () => true,
      () => false,
    );
    const found: Finding[] = [];
    let untried = 0;
    for (const claim of allClaims) {
      const finding = await tryOut(claim, deployment);
      // That nobody answers was said once.
      if (finding === undefined && !answers) untried += 1;
      else found.push(findingOf(claim, finding ?? unclear, isLocal(deployment)));
    }
    return untried > 0
      ? [...found, note(`${plural(untried, 'promise')} can be tried only when somebody answers.`)]
      : found;
  },
};

const unclear: ClaimFinding = { state: 'off', evidence: 'The check could not be carried out.' };

const onlyLocal = new Set(['tls', 'https-only', 'mail-transport']);
const unhelped = 'Read the claim on /security: it says how it holds and how it is checked.';

function findingOf({ id, title }: Claim, { state, evidence }: ClaimFinding, local: boolean): Finding {
  const says = `${title}: ${evidence}`;
  if (state === 'enforced') return ok(says);
  if (state === 'untried') return note(`${says} It is checked once there are.`);
  if (onlyLocal.has(id) && state === 'off' && local) return note(`${says} Here that is fine.`);
  const todo = remedies[id] ?? unhelped;
  return state === 'partial' ? warning(says, todo) : failure(says, todo);
}

/** Undefined when the check itself failed. */
async function tryOut(claim: Claim, { settings }: Deployment): Promise<ClaimFinding | undefined> {
  try {
    return await inTime(claim.check({ origin: settings.origin }), longestMs);
  } catch {
    return undefined;
  }
}

const atTheEdge = 'Compare the configuration of the proxy with nginx/: it must pass on what the program says.';
const mended =
  'Restart one server with DATABASE_MIGRATE=on, as a superuser of Postgres: the start mends roles and rights.';

/** By claim. One that is missing here has the page itself as its help. */
const remedies: Readonly<Record<string, string>> = {
  'workspaces-apart': `${mended} Then find out who granted it: nothing of the product does.`,
  'logins-own-nothing': `Take away what is named here, or ${mended.charAt(0).toLowerCase()}${mended.slice(1)}`,
  'no-way-around': `${mended} A managed Postgres may not allow it: then these functions stay open, behind parameters.`,
  'audit-append-only': 'Revoke update, delete and truncate on audit_events from the roles of the workspaces.',
  'database-log': "Set log_error_verbosity = terse in the server's or the database's own configuration of Postgres.",
  'database-connection': 'Add sslmode=verify-full to DATABASE_URL, with sslrootcert when the certificate is your own.',
  'sealed-content': 'Stop the servers: is MASTER_KEY the one that this database was made with?',
  'uploads-leave': 'A restart sweeps the folder. If they come back, the log of the worker says which reading fails.',
  passwords:
    'Nothing of the product writes such a hash. Find out where they come from, and let these people choose a new one.',
  limits: 'The database’s table shared.rate_limits must be writable for bailiwick_web. Run npm run db:migrate.',
  'secrets-private': 'chmod 600 on the file, and look who could have read it.',
  'mail-transport': 'Hand mail in over TLS: smtps://, or smtp:// to a host by its name.',
  headers: atTheEdge,
  'policy-reports': atTheEdge,
  'session-cookie': `Is BASE_URL what people open, and TRUST_PROXY right? ${atTheEdge}`,
  'forged-forms': 'The proxy must pass on Origin, Referer and Sec-Fetch-Site as they came.',
  tls: 'Renew the certificate (certbot renew), with its whole chain, for the name in BASE_URL; then reload Nginx.',
  'https-only': 'Let port 80 answer with a redirect, as nginx/ does.',
};
