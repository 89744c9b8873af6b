import { Forbidden } from '../../../errors.js';
import type { ToolCall } from '../../../llm/model-step.js';
import { allTools, fileTools, type PreparedCall, type Tool, toolNamed } from '../../../llm/tool.js';
import { may, type TenantContext } from '../../../tenancy/context.js';
import { enterWorkspace, memberActor } from '../../../tenancy/directory.js';
import { budget, limitsOf } from './budget.js';
import type { Turn } from './turn.js';

const search = 'search_knowledge';

/** A call that may run, or why it may not, for the model, the thread and the audit. */
export type Verdict =
  | { readonly allowed: true; readonly tool: Tool; readonly prepared: Exclude<PreparedCall, { kind: 'unfit' }> }
  | { readonly allowed: false; readonly why: string; readonly told: string };

/** What the model is told about: what this agent may use and the asking person may do. */
export function offeredTools(turn: Turn): Tool[] {
  return [...allTools(), ...fileTools()].filter(
    (tool) => mayUse(turn, tool) && may(turn.context.actor, tool.permission),
  );
}

function mayUse({ agent: { tools, knowledge }, files = [] }: Turn, { name, comesWith }: Tool): boolean {
  if (comesWith === 'files') return files.length > 0;
  return tools.includes(name) && !(name === search && knowledge === 'none');
}

/** Every rule, for every call: the model may ask for what it was never offered. `context` acts as the agent, now. */
export function judge(turn: Turn, context: TenantContext, call: ToolCall): Verdict {
  if (turn.answer.toolCalls >= limitsOf(turn.agent).toolCalls) {
    return refused('budget', `No tool calls are left for this question. Answer with what you have.`);
  }
  const tool = toolNamed(call.name);
  if (!tool) return refused('unknown', 'There is no such tool.');
  if (!mayUse(turn, tool)) return refused('not this agent', 'This agent may not use this tool.');
  if (!may(context.actor, tool.permission)) return refused('permission', 'The person who asks may not do this.');
  if (call.malformed) return refused('arguments', 'The arguments are not a JSON object.');
  if (JSON.stringify(call.arguments).length > budget.argumentCharacters) {
    return refused('arguments', 'The arguments are too long.');
  }
  const prepared = tool.prepare(call.arguments);
  if (prepared.kind === 'unfit') return refused('arguments', `The arguments do not fit:\n${prepared.problem}`);
  return { allowed: true, tool, prepared };
}

const refused = (why: string, told: string): Verdict => ({ allowed: false, why, told });

/** A conversation that was begun by a task stays that where it goes on by itself; what its person asks in it is chat. */
export const triggerOf = ({ trigger }: Pick<TenantContext, 'trigger'>) => (trigger === 'task' ? trigger : 'chat');

/**
 * The agent as the actor, with the rights that the person has at this moment: a role that was taken away during the
 * turn counts at once. Throws Forbidden when the person is no longer a member.
 */
export async function agentContext({ context, accountId, agent }: Turn): Promise<TenantContext> {
  const membership = await enterWorkspace(context.tenant.slug, accountId);
  if (membership?.tenant.id !== context.tenant.id) throw new Forbidden('You are no longer in this workspace.');
  const onBehalfOf = memberActor({ id: accountId, name: context.actor.name }, membership);
  return {
    ...context,
    trigger: triggerOf(context),
    actor: { kind: 'agent', agentId: agent.id, name: agent.name, onBehalfOf },
  };
}
