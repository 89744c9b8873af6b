import { NotFound } from '../../../errors.js';
import { isModelConfigured } from '../../../llm/router.js';
import { type MemberActor, may, type TenantContext } from '../../../tenancy/context.js';
import { inTenant, inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { getAgent } from '../../agents/queries.js';
import { goOn } from '../../conversations/actions.js';
import { tellAll } from '../../conversations/turns/watchers.js';
import { memberNow } from '../approvers.js';
import type { Decision } from '../decision.js';
import { findAsked, readDecision } from '../queries.js';
import { publishDecision } from '../topic.js';
import { noteFor } from './note.js';
import { listTogether, markContinued } from './queries.js';

/**
 * Tells the agent what became of its calls, and lets it go on in a new turn: once, when the last one that its answer had
 * asked about is decided and over. Where it does not go on, whoever waits for what comes of its answer is told that
 * nothing more does.
 */
export async function continueConversation(system: TenantContext, id: string): Promise<void> {
  const decisions = await readTogether(system, id).catch(gone);
  const [first] = decisions ?? [];
  if (!first || !decisions) return;
  const { conversationId, requestId, messageId } = first;
  const member = await whoGoesOn(system, decisions);
  if (!member || !conversationId) return endThere(system, id);
  const trigger = first.trigger === 'task' ? 'task' : system.trigger;
  const context: TenantContext = { ...system, actor: member, trigger, requestId };
  const turn = await goOn(context, conversationId, {
    note: noteFor(decisions),
    below: messageId,
    mark: async (db) => (await markContinued(db, messageId)) > 0,
  }).catch(gone);
  if (!turn) return endThere(system, id);
  await inTenantWithShared(
    system,
    'decisions.update',
    (shared) => publishDecision(shared, system.tenant, id),
    async () => undefined,
  );
}

/** All that the same answer asked about; none while anything of it is open, as its end comes here, too. */
function readTogether(system: TenantContext, id: string): Promise<Decision[]> {
  return readTenant(system, 'decisions.update', async (db) => {
    const { messageId } = await readDecision(db, id);
    const together = await listTogether(db, messageId);
    if (together.some(({ isOpen }) => isOpen)) return [];
    return Promise.all(together.map((each) => readDecision(db, each.id)));
  });
}

/** Nobody when there is nothing to go on with: what nobody allowed in time, or its asker took back, ends there. */
async function whoGoesOn(
  { tenant, ...rest }: TenantContext,
  decisions: readonly Decision[],
): Promise<MemberActor | undefined> {
  const worth = decisions.find(({ status }) => status !== 'expired' && status !== 'withdrawn');
  if (!worth || !isModelConfigured()) return undefined;
  const { accountId, accountName: name, agentId } = worth;
  const member = await memberNow(tenant, { accountId, name });
  if (!member || !may(member, 'conversations.update')) return undefined;
  const agent = await readTenant({ tenant, ...rest }, 'decisions.update', (db) => getAgent(db, agentId));
  return agent.archivedAt ? undefined : member;
}

/** The agent will not be told any more. Done by itself when it could not be told as often as that was tried. */
export async function endThere(system: TenantContext, id: string): Promise<void> {
  const asked = await inTenant(system, 'decisions.update', async (db) => {
    const found = await findAsked(db, id);
    if (found) await markContinued(db, found.messageId);
    return found;
  });
  if (asked?.trigger === 'task') await tellAll(system.tenant, asked.messageId);
}

function gone(error: unknown): undefined {
  if (error instanceof NotFound) return undefined;
  throw error;
}
