import { Conflict, Invalid } from '../../errors.js';
import { toolNamed } from '../../llm/tool.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { changeArguments } from '../conversations/turns/progress/queries.js';
import { memberNow } from './approvers.js';
import { parsed } from './call.js';
import { approve, checkOwn, checkSeen, type Deciding, deciding, eventFor, step } from './deciding.js';
import { currentVersion, type Decision, digestFor, type Version } from './decision.js';
import { insertVersion } from './queries.js';
import { markEdited } from './running/queries.js';

const mostCharacters = 16_000;

/**
 * Approves something else than the agent asked for. It becomes a version with a digest of its own: earlier approvals were
 * for another one and count no more, and both stay in the record. Throws Invalid when the tool cannot take it.
 */
export function editDecision(
  context: TenantContext,
  id: string,
  edited: { seen: string; arguments: string },
): Promise<void> {
  return deciding(context, { permission: 'decisions.update', id }, async (held) => {
    checkOwn(held);
    checkSeen(held.decision, edited.seen);
    const before = currentVersion(held.decision);
    const made = await versionFor(held, edited.arguments);
    if (made.digest.equals(before.digest)) return approve(held, before);
    const { db, decision } = held;
    await insertVersion(db, id, made);
    await markEdited(db, id, made.version);
    await changeArguments(db, decision.toolCallId, JSON.stringify(parsed(made.arguments), null, 2));
    await step(held, 'edited', made);
    const was = before.digest.toString('hex');
    await recordEvent(db, context, eventFor(held, 'decision.edited', made, { was }));
    await approve(held, made);
  });
}

async function versionFor({ db, context, decision, person }: Deciding, text: string): Promise<Version> {
  const given = parsed(text);
  if (text.length > mostCharacters || typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid('Write the arguments as a JSON object.');
  }
  const prepared = toolNamed(decision.tool)?.prepare(given);
  if (!prepared) throw new Conflict('This tool is not available any more.');
  if (prepared.kind === 'unfit') throw invalid(`The tool cannot take this: ${prepared.problem}`);
  const call = { tool: decision.tool, arguments: JSON.stringify(given) };
  const place = { conversationId: decision.conversationId ?? undefined };
  const target = await prepared.target(db, await asRequester(context, decision), place);
  if (target?.kind !== decision.subject?.kind || target?.id !== decision.subject?.id) {
    throw invalid('Change what is done, not what it is done to: for something else it must be asked for again.');
  }
  return {
    ...call,
    version: decision.version + 1,
    target,
    summary: prepared.says(target),
    digest: digestFor({ ...call, target }),
    editedBy: person.accountId,
    createdAt: new Date(),
  };
}

const invalid = (message: string) => new Invalid(message, { arguments: message });

/** What the call may act upon is what the person who asked may see, also when somebody else writes it. */
async function asRequester(context: TenantContext, decision: Decision): Promise<TenantContext> {
  const { accountId, accountName, agentId, agentName } = decision;
  const onBehalfOf = await memberNow(context.tenant, { accountId, name: accountName });
  if (!onBehalfOf) throw new Conflict('Who asked for this is no longer a member. It cannot run any more.');
  return { ...context, actor: { kind: 'agent', agentId, name: agentName, onBehalfOf } };
}
