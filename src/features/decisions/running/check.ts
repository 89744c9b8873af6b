import { isDeepStrictEqual } from 'node:util';
import type { TenantDatabase } from '../../../database/database.js';
import { Failure } from '../../../errors.js';
import { targetKindNamed } from '../../../llm/target.js';
import type { CallScope, FittingCall, Tool } from '../../../llm/tool.js';
import { toolNamed } from '../../../llm/tool.js';
import { log } from '../../../log.js';
import { may, type TenantContext } from '../../../tenancy/context.js';
import { getAgent } from '../../agents/queries.js';
import { memberNow, standingApprovers } from '../approvers.js';
import { callOf } from '../call.js';
import { approvalsOf } from '../deciding.js';
import { approversOf, currentVersion, type Decision, digestFor } from '../decision.js';
import { ruleFor } from '../policy/policy.js';
import { findPolicies, getPolicy } from '../policy/queries.js';
import { lockDecision } from '../queries.js';

/** An approved call, ready to run with the rights that the person who asked has now. */
export interface Ready {
  readonly decision: Decision;
  readonly digest: Buffer;
  readonly approvedBy: readonly string[];
  readonly tool: Tool;
  readonly prepared: FittingCall;
  /** The agent, for that person. */
  readonly context: TenantContext;
  readonly scope: CallScope;
}

/** `waits`: nothing is wrong with the call, but too few of those who approved it still may. */
export type Checked = { readonly ready: Ready } | { readonly refused: string } | { readonly waits: string };

const patienceMs = 60_000;

/**
 * Everything that must hold when an approved call is about to run, however long ago that was: what was approved is what
 * lies there, byte for byte, and everybody concerned still may. Holds the decision and what it acts upon until the
 * transaction ends, so that nothing changes between this look and the act.
 */
export async function checkForRun(db: TenantDatabase, system: TenantContext, id: string): Promise<Checked> {
  const decision = await lockDecision(db, id).catch((error: unknown) => {
    if (error instanceof Failure) throw error;
    // What was sealed does not open: somebody wrote into the row.
    log().error({ err: error, decisionId: id }, 'a decision was altered');
    return undefined;
  });
  if (!decision) return { refused: altered };
  const version = currentVersion(decision);
  const { tool: name, accountId, accountName } = decision;
  if (!digestFor({ tool: name, ...version }).equals(version.digest)) return { refused: altered };
  if (approversOf(decision).size === 0) return { refused: altered };
  const tool = toolNamed(name);
  const prepared = callOf(name, version.arguments);
  if (!tool || !prepared) return { refused: 'This tool is not available any more.' };
  const member = await memberNow(system.tenant, { accountId, name: accountName });
  if (!member) return { refused: 'Who asked for this is no longer a member of the workspace.' };
  if (!may(member, tool.permission)) return { refused: 'Who asked for this may not do it any more.' };
  const { agentId, agentName } = decision;
  const actor = { kind: 'agent', agentId, name: agentName, onBehalfOf: member } as const;
  const context: TenantContext = {
    tenant: system.tenant,
    actor,
    trigger: decision.trigger === 'task' ? 'task' : 'job',
    requestId: decision.requestId,
  };
  const refused =
    (await refusalByPolicy(db, decision, { tool, prepared })) ??
    (await refusalByTarget(db, context, decision, prepared));
  if (refused) return { refused };
  const policy = await getPolicy(db);
  const standing = await standingApprovers(db, system, { policy, decision });
  if (standing.size < approvalsOf(policy, decision)) return { waits: tooFew };
  const scope = await scopeOf(db, decision);
  return {
    ready: { decision, digest: version.digest, approvedBy: [...standing.keys()], tool, prepared, context, scope },
  };
}

const tooFew = 'Somebody who approved it may not any more, or the policy asks for more approvals now.';

const altered = 'What lies here is not what was approved. It was not run.';

async function refusalByPolicy(
  db: TenantDatabase,
  { agentId, conversationId }: Decision,
  { tool, prepared }: { tool: Tool; prepared: FittingCall },
): Promise<string | undefined> {
  const found = await findPolicies(db, agentId);
  if (!found || found.archived) return 'The agent that asked for this is not in use any more.';
  if (!conversationId) return 'The conversation that this was asked in was deleted.';
  if (!tool.comesWith && !found.tools.includes(tool.name)) return 'This agent may not use this tool any more.';
  const { name, effect } = tool;
  const rule = ruleFor(found.policy, found.agentRules, { name, effect, amount: prepared.amount });
  return rule === 'never' ? 'The policy of the workspace does not allow this any more.' : undefined;
}

async function refusalByTarget(
  db: TenantDatabase,
  context: TenantContext,
  decision: Decision,
  prepared: FittingCall,
): Promise<string | undefined> {
  const { target } = currentVersion(decision);
  const place = { conversationId: decision.conversationId ?? undefined };
  try {
    if (target) await targetKindNamed(target.kind)?.hold?.(db, target.id);
    return isDeepStrictEqual(await prepared.target(db, context, place), target) ? undefined : movedOn;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.message;
  }
}

const movedOn = 'What it would act on has changed since it was approved. Ask for it again.';

/** Which documents the agent may know now. */
async function scopeOf(db: TenantDatabase, decision: Decision): Promise<CallScope> {
  const { agentId, toolCallId, conversationId } = decision;
  const { knowledge, documents } = await getAgent(db, agentId);
  return {
    id: toolCallId,
    conversationId: conversationId ?? undefined,
    signal: AbortSignal.timeout(patienceMs),
    knowledge: knowledge === 'all' ? 'all' : knowledge === 'none' ? [] : documents,
  };
}
