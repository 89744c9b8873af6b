import { newId } from '../../../database/id.js';
import { Failure, Forbidden, UpstreamFailed } from '../../../errors.js';
import type { Passage } from '../../../llm/tool.js';
import { log } from '../../../log.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { demandRoom } from '../../../tenancy/quotas.js';
import { digestOf } from '../../../vault/digest.js';
import { limitsOf } from '../../conversations/gateway/budget.js';
import { newAnswer, type Turn } from '../../conversations/gateway/turn.js';
import { answer } from '../../conversations/gateway.js';
import { countAsked } from '../../conversations/turns/queries.js';
import { takePlace } from '../../conversations/turns/running.js';
import { getPolicy } from '../../decisions/policy/queries.js';
import { readInstructions } from '../../workspaces/queries.js';
import { rightsOf } from '../actions.js';
import type { Agent, AgentSettings } from '../agent.js';
import { checkSettings } from '../checks.js';
import { dryRunning, type TrialCall } from './dry-run.js';

export interface Trial {
  /** The one that is edited; a new agent has no id yet. */
  readonly agent: Agent | undefined;
  readonly settings: AgentSettings;
  readonly question: string;
}

export interface TrialResult {
  readonly question: string;
  readonly text: string;
  readonly failure: string | undefined;
  readonly calls: readonly TrialCall[];
  readonly passages: readonly Passage[];
  readonly provider: string | null;
  readonly model: string | null;
  readonly tokens: number;
  readonly milliseconds: number;
}

/**
 * Asks a draft a question (AG-1): the same prompt, models, rules and limits as a conversation. Nothing is kept but the
 * audit, and no tool changes anything. Throws what checkSettings throws, and TooManyRequests.
 */
export async function tryDraft(context: TenantContext, trial: Trial, signal: AbortSignal): Promise<TrialResult> {
  checkSettings(trial.settings, trial.agent);
  const accountId = accountOf(context.actor);
  if (!accountId || context.actor.kind !== 'member') throw new Forbidden('Only a person can ask.');
  const giveBack = takePlace(accountId);
  try {
    const began = performance.now();
    const { policy, workspaceInstructions } = await begin(context, trial);
    const calls: TrialCall[] = [];
    const turn = turnOf(context, trial, { accountId, workspaceInstructions });
    const runCall = dryRunning({ policy, own: trial.settings.policies }, calls);
    const failure = await inTime(turn, signal, (bounded) => answer(bounded, runCall));
    await recordEnd(context, trial, { turn, failure });
    const { text, passages, provider, model, inputTokens, outputTokens } = turn.answer;
    const milliseconds = Math.round(performance.now() - began);
    const tokens = inputTokens + outputTokens;
    return { question: trial.question, text, failure, calls, passages, provider, model, tokens, milliseconds };
  } finally {
    giveBack();
  }
}

const permissionFor = ({ agent }: Trial) => (agent ? 'agents.update' : 'agents.create');
const subjectOf = ({ agent }: Trial) => (agent ? { subject: { kind: 'agent', id: agent.id } } : {});

/** Written down before a model is asked: it counts as a question of the workspace. */
function begin(context: TenantContext, trial: Trial) {
  return inTenant(context, permissionFor(trial), async (db) => {
    await demandRoom(context.tenant, 'messagesPerMonth', () => countAsked(db));
    await recordEvent(db, context, {
      category: 'agent',
      event: 'agent.tried',
      ...subjectOf(trial),
      digest: digestOf({ settings: trial.settings, question: trial.question }),
      details: { characters: trial.question.length, ...rightsOf(trial.settings) },
    });
    return { policy: await getPolicy(db), workspaceInstructions: await readInstructions(db) };
  });
}

function turnOf(
  context: TenantContext,
  { agent, settings, question }: Trial,
  { accountId, workspaceInstructions }: Pick<Turn, 'accountId' | 'workspaceInstructions'>,
): Omit<Turn, 'signal'> {
  const { documents, knowledge, policies: _, ...rest } = settings;
  const scope = knowledge === 'chosen' ? documents : knowledge;
  return {
    context,
    accountId,
    workspaceInstructions,
    conversationId: newId(),
    messageId: newId(),
    attempt: newId(),
    agent: { ...rest, id: agent?.id ?? newId(), knowledge: scope },
    past: [],
    question,
    isNote: false,
    isTest: true,
    answer: newAnswer(),
    tell: () => {},
  };
}

/** Within the agent's seconds, and no longer than somebody waits for it. Answers what went wrong, for people. */
async function inTime(
  turn: Omit<Turn, 'signal'>,
  left: AbortSignal,
  work: (turn: Turn) => Promise<void>,
): Promise<string | undefined> {
  const { seconds } = limitsOf(turn.agent);
  const controller = new AbortController();
  const stop = (why: string) => controller.abort(new UpstreamFailed(why));
  const clock = setTimeout(
    () => stop(`The answer took longer than ${seconds} seconds and was stopped.`),
    seconds * 1000,
  );
  const leave = () => stop('Nobody waited for the answer any more.');
  if (left.aborted) leave();
  left.addEventListener('abort', leave, { once: true });
  try {
    await work({ ...turn, signal: controller.signal });
    return undefined;
  } catch (error) {
    const reason = controller.signal.aborted ? controller.signal.reason : error;
    if (reason instanceof Failure) return reason.message;
    log().error({ err: reason }, 'a test of an agent failed');
    return 'The answer could not be finished. Try again.';
  } finally {
    clearTimeout(clock);
    left.removeEventListener('abort', leave);
  }
}

function recordEnd(
  context: TenantContext,
  trial: Trial,
  { turn, failure }: { turn: Pick<Turn, 'answer'>; failure: string | undefined },
): Promise<void> {
  const { provider, model, inputTokens, outputTokens, toolCalls } = turn.answer;
  return inTenant(context, permissionFor(trial), (db) =>
    recordEvent(db, context, {
      category: 'agent',
      event: 'agent.trial-ended',
      outcome: failure ? 'failed' : 'done',
      ...subjectOf(trial),
      details: { provider, model, inputTokens, outputTokens, toolCalls },
    }),
  );
}
