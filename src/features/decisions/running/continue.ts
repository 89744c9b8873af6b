import { Conflict, NotFound } from '../../../errors.js';
import { isModelConfigured } from '../../../llm/router.js';
import { toolNamed } from '../../../llm/tool.js';
import { type MemberActor, may, type TenantContext } from '../../../tenancy/context.js';
import { inTenant, inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { getAgent } from '../../agents/queries.js';
import { goOn } from '../../conversations/actions.js';
import { tellAll } from '../../conversations/turns/watchers.js';
import { memberNow } from '../approvers.js';
import type { Decision, Status } from '../decision.js';
import { findAsked, readDecision } from '../queries.js';
import { publishDecision, tellDecisionHere } from '../topic.js';
import { markContinued } from './queries.js';

/**
 * Tells the agent what became of its call, and lets it go on in a new turn. Once, however often it is called. Where it
 * does not go on, whoever waits for what comes of its answer is told that nothing more does.
 */
export async function continueConversation(system: TenantContext, id: string): Promise<void> {
  const decision = await readTenant(system, 'decisions.update', (db) => readDecision(db, id)).catch(gone);
  if (!decision) return;
  const { conversationId, requestId } = decision;
  const member = await whoGoesOn(system, decision);
  if (!member || !conversationId) return endThere(system, id);
  const trigger = decision.trigger === 'task' ? 'task' : system.trigger;
  const context: TenantContext = { ...system, actor: member, trigger, requestId };
  const turn = await goOn(context, conversationId, {
    note: noteFor(decision),
    below: decision.messageId,
    mark: async (db) => (await markContinued(db, id)) > 0,
  }).catch(gone);
  if (!turn) return endThere(system, id);
  await inTenantWithShared(
    system,
    'decisions.update',
    (shared) => publishDecision(shared, system.tenant, id),
    async () => undefined,
  );
  tellDecisionHere(system.tenant, id);
}

/** Nobody when there is nothing to go on with: what nobody allowed in time, or its asker took back, ends there. */
async function whoGoesOn({ tenant, ...rest }: TenantContext, decision: Decision): Promise<MemberActor | undefined> {
  const { status, accountId, accountName: name, agentId } = decision;
  if (status === 'expired' || status === 'withdrawn' || !isModelConfigured()) return undefined;
  const member = await memberNow(tenant, { accountId, name });
  if (!member || !may(member, 'conversations.update')) return undefined;
  const agent = await readTenant({ tenant, ...rest }, 'decisions.update', (db) => getAgent(db, agentId));
  return agent.archivedAt ? undefined : member;
}

/** The agent will not be told any more. Done by itself when it could not be told as often as that was tried. */
export async function endThere(system: TenantContext, id: string): Promise<void> {
  const asked = await inTenant(system, 'decisions.update', async (db) => {
    await markContinued(db, id);
    return findAsked(db, id);
  });
  if (asked?.trigger === 'task') await tellAll(system.tenant, asked.messageId);
}

function gone(error: unknown): undefined {
  if (error instanceof NotFound) return undefined;
  throw error;
}

/** The product's own words in the first line; below it what others wrote: the summary, the result, a reason. */
function noteFor({ tool, status, summary, result, steps }: Decision): string {
  const label = toolNamed(tool)?.label ?? tool;
  const reason = steps.findLast(({ step }) => step === 'rejected')?.reason;
  const first = words[status];
  if (!first) throw new Conflict('It is not decided yet.');
  const came = status === 'rejected' ? reason && `Reason: ${reason}` : result;
  return [first(label), summary, came].filter(Boolean).join('\n\n');
}

const words: Partial<Record<Status, (label: string) => string>> = {
  done: (label) => `“${label}” was approved by a person and is done.`,
  failed: (label) => `“${label}” was approved by a person, but it failed. Nothing was changed.`,
  refused: (label) => `“${label}” was approved by a person, but could not run any more. Nothing was changed.`,
  unknown: (label) => `“${label}” was approved by a person and begun, but nobody knows whether it happened.`,
  rejected: (label) => `“${label}” was rejected by a person. It was not done.`,
};
