import { newId } from '../../../database/id.js';
import { Failure } from '../../../errors.js';
import { type FittingCall, type Tool, toolNamed } from '../../../llm/tool.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { argumentText, elapsed, nameForRecord, type Running } from '../../conversations/gateway/record.js';
import { agentContext, judge, type Verdict } from '../../conversations/gateway/rules.js';
import { looking, type runToolCall, scopeOf } from '../../conversations/gateway/tool-call.js';
import { type Policy, ruleFor, type ToolRules } from '../../decisions/policy/policy.js';

/** A call of a draft under test. `asks` and `acts` did not happen: a person would be asked, or it would run. */
export interface TrialCall {
  readonly name: string;
  readonly label: string;
  readonly arguments: string;
  readonly outcome: 'done' | 'failed' | 'refused' | 'asks' | 'acts';
  readonly result: string;
  readonly durationMs: number;
}

interface Ended {
  readonly outcome: TrialCall['outcome'];
  readonly told: string;
  readonly shown: string;
}

interface Rules {
  readonly policy: Policy;
  readonly own: ToolRules;
}

/**
 * Runs the calls of a test: the same judgement as ever, with the draft's own rules. What only looks, and tells nobody
 * outside, runs and is not kept; everything else is said and not done.
 */
export function dryRunning(rules: Rules, calls: TrialCall[]): typeof runToolCall {
  return async (turn, call, { marks, why }) => {
    const context = await agentContext(turn);
    const verdict = judge(turn, context, call);
    turn.answer.toolCalls += 1;
    const ordinal = turn.answer.toolCalls;
    const running: Running = { turn, call, id: newId(), ordinal, context, began: performance.now(), marks, why };
    const { outcome, told, shown } = await run(running, verdict, rules);
    const name = nameForRecord(call);
    const label = toolNamed(name)?.label ?? name;
    calls.push({ name, label, arguments: argumentText(call), outcome, result: shown, durationMs: elapsed(running) });
    if (turn.signal.aborted) throw turn.signal.reason;
    return {
      role: 'tool',
      id: call.id,
      name: call.name,
      result: told,
      failed: ['failed', 'refused'].includes(outcome),
    };
  };
}

async function run(running: Running, verdict: Verdict, { policy, own }: Rules): Promise<Ended> {
  if (!verdict.allowed) return { outcome: 'refused', told: verdict.told, shown: verdict.told };
  const { tool, prepared } = verdict;
  running.reads = prepared.reads;
  const hasRead = running.turn.answer.sources.length > 0;
  const rule = ruleFor(policy, own, { name: tool.name, effect: tool.effect, amount: prepared.amount, hasRead });
  if (rule === 'never') {
    const told = 'The policy of this workspace or of this agent does not allow this call.';
    return { outcome: 'refused', told, shown: told };
  }
  if (rule === 'run' && prepared.kind === 'reads' && tool.effect === 'reads') {
    const { outcome, told, shown } = await looking(running, () =>
      prepared.run(running.context, { ...scopeOf(running), dryRun: true }),
    );
    return { outcome, told, shown };
  }
  return said(running, { tool, prepared }, rule === 'ask' ? 'asks' : 'acts');
}

const notDone = {
  asks: 'This is a test: nothing was done. In a conversation a person would be asked first. Do not call it again; say what you asked for.',
  acts: 'This is a test: nothing was done. In a conversation it would have run. Do not call it again; go on as if it had worked, without an id.',
} as const;

/** What would happen, in the words in which a person would be asked. */
async function said(
  { context }: Running,
  { tool, prepared }: { tool: Tool; prepared: FittingCall },
  outcome: 'asks' | 'acts',
): Promise<Ended> {
  try {
    const target = await readTenant(context, tool.permission, (db) => prepared.target(db, context));
    const shown = `${prepared.says(target)}.`;
    return { outcome, told: notDone[outcome], shown };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { outcome: 'failed', told: error.message, shown: error.message };
  }
}
