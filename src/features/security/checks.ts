import { config } from '../../config.js';
import { shared } from '../../database/shared.js';
import { inTime } from '../../http/in-time.js';
import { log } from '../../log.js';
import { type Claim, type ClaimCheck, type Finding, off, type Probe, type State } from './claim.js';
import { databaseClaims } from './claims/database.js';
import { keepingClaims } from './claims/keeping.js';
import { pageClaims } from './claims/pages.js';
import { reportClaims } from './claims/reports.js';
import { transportClaims } from './claims/transport.js';
import { keepFinding, listClaimChecks } from './queries.js';

const hourMs = 3_600_000;
const longestMs = 15_000;
/** A finding older than this is shown as unknown: the checks run hourly. */
const staleMs = 2 * hourMs;

export const claims: readonly Claim[] = [
  ...databaseClaims,
  ...keepingClaims,
  ...pageClaims,
  ...reportClaims,
  ...transportClaims,
];

export interface ShownClaim extends Omit<Claim, 'check'> {
  /** `unknown` before the first check, and when the last one is too old to say anything of now. */
  readonly state: State | 'unknown';
  readonly evidence: string;
  readonly checkedAt: Date | null;
  readonly passedAt: Date | null;
}

/** Tests every claim at this moment and keeps what was found. Never rejects for a claim: what cannot be checked is not enforced. */
export async function checkClaims(probe: Probe = { origin: config().origin }): Promise<ReadonlyMap<string, Finding>> {
  const found = new Map<string, Finding>();
  for (const claim of claims) {
    const finding = await check(claim, probe);
    found.set(claim.id, finding);
    await keepFinding(shared(), claim.id, finding);
  }
  return found;
}

async function check(claim: Claim, probe: Probe): Promise<Finding> {
  try {
    return await inTime(claim.check(probe), longestMs);
  } catch (error) {
    log().warn({ err: error, claim: claim.id }, 'a claim could not be checked');
    return off('The check could not be carried out. The log says why.');
  }
}

export async function listClaims(): Promise<ShownClaim[]> {
  const kept = new Map((await listClaimChecks(shared())).map((row) => [row.claim, row]));
  return claims.map(({ check: _, ...claim }) => ({ ...claim, ...shown(kept.get(claim.id)) }));
}

function shown(row: ClaimCheck | undefined): Pick<ShownClaim, 'state' | 'evidence' | 'checkedAt' | 'passedAt'> {
  const { checkedAt = null, passedAt = null, evidence = 'It was not checked yet.' } = row ?? {};
  const isStale = !row || Date.now() - row.checkedAt.getTime() > staleMs;
  return { state: isStale ? 'unknown' : row.state, evidence, checkedAt, passedAt };
}

/** At the start and then every hour, in a process that serves. Answers how to end it. */
export function startClaimChecks(): () => void {
  const run = () =>
    void checkClaims().catch((error: unknown) => log().warn({ err: error }, 'the claims could not be checked'));
  const first = setTimeout(run, 1000).unref();
  const hourly = setInterval(run, hourMs).unref();
  return () => {
    clearTimeout(first);
    clearInterval(hourly);
  };
}
