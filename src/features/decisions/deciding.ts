import type { TenantDatabase } from '../../database/database.js';
import { Conflict, Forbidden } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import type { MemberActor, TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant, inTenantWithShared } from '../../tenancy/in-tenant.js';
import type { Permission } from '../../tenancy/permissions.js';
import { standingApprovers, viewerIn } from './approvers.js';
import { callOf } from './call.js';
import { approversOf, currentVersion, type Decision, type StepKind, type Version } from './decision.js';
import { approvalsNeeded, type Policy } from './policy/policy.js';
import { getPolicy } from './policy/queries.js';
import { insertStep, lockDecision, ownIsTheirs, type Viewer } from './queries.js';
import { markApproved } from './running/queries.js';
import { settle } from './telling.js';
import { publishDecision } from './topic.js';
import { statusWords } from './wording.js';

/** What is decided upon, held until the transaction ends. */
export interface Deciding {
  readonly db: TenantDatabase;
  readonly context: TenantContext;
  readonly person: MemberActor;
  readonly viewer: Viewer;
  readonly decision: Decision;
}

/** Somebody who asked tried to approve it themselves. */
class OwnRequest extends Forbidden {}

/** One decision at a time about one call: whoever comes second finds it decided. Throws Conflict then. */
export async function deciding(
  context: TenantContext,
  { permission, id }: { permission: Permission; id: string },
  work: (held: Deciding) => Promise<void>,
): Promise<void> {
  const { tenant, actor } = context;
  // An agent that could approve would need nobody.
  if (actor.kind !== 'member') throw new Forbidden('Only a person can decide.');
  await inTenantWithShared(
    context,
    permission,
    (shared) => publishDecision(shared, tenant, id),
    async (db) => {
      const viewer = await viewerIn(db, context);
      const decision = await lockDecision(db, id, viewer);
      if (decision.status !== 'waiting') throw new Conflict(`It is decided already. ${statusWords[decision.status]}.`);
      await work({ db, context, person: actor, viewer, decision });
    },
  ).catch(async (error: unknown) => {
    if (error instanceof OwnRequest) await recordOwnRequest(context, id);
    throw error;
  });
}

export function checkOwn({ decision, viewer, person }: Deciding): void {
  if (decision.accountId !== person.accountId || ownIsTheirs(viewer, decision)) return;
  throw new OwnRequest('You asked for this yourself, so somebody else must decide. Delegate it, or wait.');
}

/** In a transaction of its own: that of the attempt ended with it. */
async function recordOwnRequest(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'decisions.read', (db) =>
    recordEvent(db, context, {
      category: 'decision',
      event: 'decision.approved',
      outcome: 'refused',
      subject: { kind: 'decision', id },
      details: { why: 'own request' },
    }),
  );
}

/** `seen`: the digest, in hex, of what the person had before their eyes. */
export function checkSeen(decision: Decision, seen: string): void {
  const { digest } = currentVersion(decision);
  if (digest.toString('hex') === seen) return;
  throw new Conflict('It was changed while you looked at it. Look at the newest version, then decide.');
}

/** One person's yes to one version. With the last one that it needs, the call is queued. */
export async function approve(held: Deciding, version: Version): Promise<void> {
  const { db, context, person } = held;
  const decision: Decision = { ...held.decision, version: version.version, versions: [version] };
  const policy = await getPolicy(db);
  const needed = approvalsOf(policy, decision);
  const standing = await standingApprovers(db, context, { policy, decision });
  const again = approversOf(decision).has(person.accountId);
  // All may be there already: of one that went back when somebody could not approve any more, and now can again.
  if (again && standing.size < needed)
    throw new Conflict('You approved this already. It waits for somebody else, too.');
  const approvals = standing.has(person.accountId) ? standing.size : standing.size + 1;
  if (!again) await step(held, 'approved', version);
  await recordEvent(db, context, eventFor(held, 'decision.approved', version, { approvals, needed }));
  if (approvals < needed) return;
  await markApproved(db, decision.id);
  await settle(db, decision.id);
  await enqueueJob(db, 'decisions.run', { decisionId: decision.id }, { key: `run ${decision.id}` });
}

/** How many different people must approve what would run now. */
export function approvalsOf(policy: Policy, decision: Decision): number {
  const { arguments: given } = currentVersion(decision);
  return approvalsNeeded(policy, { effect: decision.effect, amount: callOf(decision.tool, given)?.amount });
}

export function step(
  { db, decision, person }: Deciding,
  kind: StepKind,
  { version, digest }: Pick<Version, 'version' | 'digest'>,
  more: { reason?: string; delegatedTo?: string } = {},
): Promise<void> {
  const { accountId, name: accountName } = person;
  return insertStep(db, decision.id, { step: kind, accountId, accountName, version, digest, ...more });
}

export function eventFor(
  { decision }: Deciding,
  event: string,
  { digest, version }: Pick<Version, 'digest' | 'version'>,
  details: NonNullable<AuditEvent['details']> = {},
): AuditEvent {
  const { id, tool, toolCallId: callId } = decision;
  return {
    category: 'decision',
    event,
    subject: { kind: 'decision', id },
    digest,
    details: { tool, callId, version, ...details },
  };
}
