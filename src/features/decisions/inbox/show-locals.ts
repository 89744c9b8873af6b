import type { TenantDatabase } from '../../../database/database.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { type Approver, listDeciders, standingApprovers, viewerIn } from '../approvers.js';
import { approvalsOf } from '../deciding.js';
import { approversOf, currentVersion, type Decision, type Source, type Version } from '../decision.js';
import { getPolicy } from '../policy/queries.js';
import { getDecision, ownIsTheirs, type Viewer } from '../queries.js';
import { listSeen } from '../subject/queries.js';
import { suspicions, visible } from '../suspicious.js';
import { triggerWords } from '../wording.js';
import { cardOf, homeOf, labelOf } from './locals.js';

export async function showLocals(context: TenantContext, id: string) {
  const home = homeOf(context);
  const known = await readTenant(context, 'decisions.read', (db) => look(db, context, id));
  const { decision, viewer, deciders, sources } = known;
  const version = currentVersion(decision);
  const mine = decision.accountId === viewer.accountId;
  const workspace = `/w/${context.tenant.slug}`;
  return {
    title: labelOf(decision.tool),
    decision: {
      ...cardOf(decision, home),
      // What was read was read with the eyes of who asked.
      result: mine || decision.effect !== 'reads' ? decision.result : null,
      requestId: decision.requestId,
    },
    version: versionOf(version),
    earlier: decision.versions.filter((each) => each.version !== decision.version).map(versionOf),
    warnings: suspicions(`${version.summary}\n${pretty(version.arguments)}`),
    background: { why: visible(decision.background.why), sources },
    home,
    knowledge: `${workspace}/knowledge`,
    from: triggerWords[decision.trigger] ?? decision.trigger,
    conversation: mine && decision.conversationId ? `${workspace}/conversations/${decision.conversationId}` : undefined,
    steps: decision.steps.map((step) => ({
      ...step,
      to: deciders.find(({ accountId }) => accountId === step.delegatedTo)?.name,
    })),
    approvals: { given: known.standing, needed: known.needed },
    delegates: deciders.filter(({ accountId }) => accountId !== viewer.accountId),
    ...powersOf(known),
    stuck: stuckWords(known),
  };
}

interface Known {
  readonly decision: Decision;
  readonly viewer: Viewer;
  /** Of one that waits: who may decide beside the person who asked. */
  readonly deciders: readonly Approver[];
  readonly sources: readonly Source[];
  readonly needed: number;
  /** Who asked may always approve. */
  readonly ownAlways: boolean;
  /** Approvals that hold now. */
  readonly standing: number;
}

async function look(db: TenantDatabase, context: TenantContext, id: string): Promise<Known> {
  const viewer = await viewerIn(db, context);
  const [decision, policy] = await Promise.all([getDecision(db, viewer, id), getPolicy(db)]);
  const waits = decision.status === 'waiting';
  const standing = waits ? await standingApprovers(db, context, { policy, decision }) : approversOf(decision);
  return {
    decision,
    viewer,
    deciders: waits ? await listDeciders(db, context, decision) : [],
    sources: await shownSources(db, context, decision.background.sources),
    needed: approvalsOf(policy, decision),
    ownAlways: policy.ownApproval === 'always',
    standing: standing.size,
  };
}

/** An approver is told that something was read, and its title where they may see it themselves (IS-5). */
async function shownSources(db: TenantDatabase, context: TenantContext, sources: readonly Source[]): Promise<Source[]> {
  const things = sources.flatMap((source) => thingOf(source) ?? []);
  const seen = await listSeen(db, context, things);
  return sources.map((source) => {
    const thing = thingOf(source);
    if (!thing || seen.has(`${thing.kind} ${thing.id}`)) return source;
    return { kind: 'result', title: 'something that you may not see', earlier: source.earlier };
  });
}

function thingOf({ kind, id }: Source): { kind: string; id: string } | undefined {
  return id ? { kind: kind === 'document' ? 'document' : 'file', id } : undefined;
}

function powersOf({ decision, viewer, needed, standing }: Known) {
  const { accountId, mayDecide } = viewer;
  const isOpen = decision.status === 'waiting';
  const own = decision.accountId === accountId;
  const hasApproved = isOpen && approversOf(decision).has(accountId);
  return {
    isOpen,
    mayApprove: isOpen && mayDecide && (!own || ownIsTheirs(viewer, decision)) && (!hasApproved || standing >= needed),
    mayReject: isOpen && mayDecide,
    mayWithdraw: isOpen && own,
    waitsForSomebodyElse: isOpen && mayDecide && own && !ownIsTheirs(viewer, decision),
    hasApproved,
    decidesAlone: isOpen && own && viewer.alone.includes(decision.id),
  };
}

/** What to do when there are not enough people left who could say yes; undefined when there are. */
function stuckWords({ decision, deciders, needed, viewer, ownAlways }: Known): string | undefined {
  if (decision.status !== 'waiting') return undefined;
  const mine = decision.accountId === viewer.accountId;
  const own = (mine ? viewer.mayDecide && ownIsTheirs(viewer, decision) : ownAlways) ? 1 : 0;
  if (deciders.length + own >= needed) return undefined;
  const who = decision.subject
    ? 'Only people who can see what it is about may decide, and too few of them may approve. Let somebody who may approve see it'
    : 'Too few people in this workspace may approve. Ask an owner or admin to let somebody else approve';
  return `${who}; or ${mine ? 'do it yourself, or withdraw it' : 'reject it, with a word to who asked'}. Otherwise the answer is no when its time is over.`;
}

function versionOf({ version, digest, editedBy, createdAt, target, ...rest }: Version) {
  return {
    ...{ version, editedBy, createdAt, target, digest: digest.toString('hex') },
    summary: visible(rest.summary),
    arguments: visible(pretty(rest.arguments)),
    exact: pretty(rest.arguments),
  };
}

function pretty(text: string): string {
  return JSON.stringify(JSON.parse(text), null, 2);
}
