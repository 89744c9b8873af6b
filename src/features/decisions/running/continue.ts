import { Conflict, NotFound } from '../../../errors.js';
import { isModelConfigured } from '../../../llm/router.js';
import { toolNamed } from '../../../llm/tool.js';
import { may, type TenantContext } from '../../../tenancy/context.js';
import { inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { getAgent } from '../../agents/queries.js';
import { goOn } from '../../conversations/actions.js';
import { memberNow } from '../approvers.js';
import type { Decision, Status } from '../decision.js';
import { readDecision } from '../queries.js';
import { publishDecision, tellDecisionHere } from '../topic.js';
import { markContinued } from './queries.js';

/** Tells the agent what became of its call, and lets it go on in a new turn. Once, however often it is called. */
export async function continueConversation(system: TenantContext, id: string): Promise<void> {
  const decision = await readTenant(system, 'decisions.update', (db) => readDecision(db, id)).catch(gone);
  const { conversationId, accountId, accountName, agentId, requestId } = decision ?? {};
  if (!decision || !conversationId || !accountId || !agentId) return;
  const member = await memberNow(system.tenant, { accountId, name: accountName ?? '' });
  if (!member || !may(member, 'conversations.update') || !isModelConfigured()) return;
  const agent = await readTenant(system, 'decisions.update', (db) => getAgent(db, agentId));
  if (agent.archivedAt) return;
  const trigger = decision.trigger === 'task' ? 'task' : system.trigger;
  const context: TenantContext = { ...system, actor: member, trigger, requestId: requestId ?? system.requestId };
  const turn = await goOn(context, conversationId, {
    note: noteFor(decision),
    below: decision.messageId,
    mark: async (db) => (await markContinued(db, id)) > 0,
  }).catch(gone);
  if (!turn) return;
  await inTenantWithShared(
    system,
    'decisions.update',
    (shared) => publishDecision(shared, system.tenant, id),
    async () => undefined,
  );
  tellDecisionHere(system.tenant, id);
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
