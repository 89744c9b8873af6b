import { newId } from '../../../database/id.js';
import { Failure } from '../../../errors.js';
import type { ModelMessage, ToolCall } from '../../../llm/model-step.js';
import type { CallScope, ToolResult } from '../../../llm/tool.js';
import { log } from '../../../log.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import type { ToolCallShown } from '../thread/message.js';
import { shownCall } from '../thread/shown.js';
import { budget } from './budget.js';
import {
  argumentText,
  type Ended,
  elapsed,
  nameForRecord,
  type Running,
  recorded,
  unwritten,
  write,
} from './record.js';
import { agentContext, judge, type Verdict } from './rules.js';
import { numberOf, type Turn } from './turn.js';
import { type Marks, passageFor } from './untrusted.js';

/**
 * Judges a call, runs it, and writes call, result and audit event in one transaction. Only then is the result used: if it
 * cannot be written down, this throws and the turn ends (AU-1).
 */
export async function runToolCall(turn: Turn, call: ToolCall, marks: Marks): Promise<ModelMessage> {
  const context = await agentContext(turn);
  const verdict = judge(turn, context, call);
  turn.answer.toolCalls += 1;
  const ordinal = turn.answer.toolCalls;
  const running: Running = { turn, call, id: newId(), ordinal, context, began: performance.now(), marks };
  tell(running, { outcome: 'running', result: null, durationMs: null });
  const ended = await run(running, verdict);
  tell(running, { outcome: ended.outcome, result: ended.shown, durationMs: elapsed(running) });
  if (turn.signal.aborted) throw turn.signal.reason;
  const { id, name } = call;
  return { role: 'tool', id, name, result: ended.told, failed: ended.outcome !== 'done' };
}

async function run(running: Running, verdict: Verdict): Promise<Ended> {
  if (!verdict.allowed) {
    const { told, why } = verdict;
    return recorded(running, { outcome: 'refused', told, shown: told, why });
  }
  const { prepared, tool } = verdict;
  const scope = scopeOf(running);
  if (prepared.kind === 'reads') {
    const looked = await looking(running, () => prepared.run(running.context, scope));
    return recorded(running, looked);
  }
  const failure: { ended?: Ended } = {};
  const done = await inTenant(running.context, tool.permission, async (db) => {
    const result = await prepared.act(db, running.context, scope).catch((error: unknown) => {
      failure.ended = failed(error);
      throw error;
    });
    const ended = success(running, result);
    await write(db, running, ended);
    return ended;
  }).catch((error: unknown) => {
    if (failure.ended) return undefined;
    throw unwritten(error);
  });
  // What it did was rolled back; that it was tried is written down.
  return done ?? recorded(running, failure.ended ?? failed(undefined));
}

/** A tool that only looks may be left alone when the turn is stopped. */
async function looking({ turn, ...running }: Running, look: () => Promise<ToolResult>): Promise<Ended> {
  const { signal } = turn;
  let abandon = () => {};
  const stopped = new Promise<never>((_, reject) => {
    abandon = () => reject(signal.reason);
    signal.addEventListener('abort', abandon, { once: true });
  });
  try {
    signal.throwIfAborted();
    return success({ turn, ...running }, await Promise.race([look(), stopped]));
  } catch (error) {
    if (!signal.aborted) return failed(error);
    const told = 'Stopped before it was finished.';
    return { outcome: 'failed', told, shown: told, why: 'stopped' };
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

function scopeOf({ id, turn }: Running): CallScope {
  const { knowledge } = turn.agent;
  return { id, signal: turn.signal, knowledge: knowledge === 'none' ? [] : knowledge };
}

function success({ turn, marks }: Running, { result, citations }: ToolResult): Ended {
  const shown = JSON.stringify(result ?? null, null, 2);
  if (!citations) return { outcome: 'done', told: marks.wrap(cut(shown)), shown: cut(shown) };
  if (citations.length === 0) return { outcome: 'done', told: 'Nothing was found.', shown: cut(shown) };
  let left = budget.resultCharacters;
  const told: string[] = [];
  for (const passage of citations) {
    const text = passage.text.slice(0, left);
    left -= text.length;
    if (text !== '') told.push(passageFor(numberOf(turn.answer, passage), { ...passage, text }, marks));
  }
  return { outcome: 'done', told: told.join('\n\n'), shown: cut(shown) };
}

const cut = (text: string) =>
  text.length <= budget.resultCharacters ? text : `${text.slice(0, budget.resultCharacters)}\n... (cut)`;

function failed(error: unknown): Ended {
  if (!(error instanceof Failure)) log().error({ err: error }, 'a tool failed');
  const told = error instanceof Failure ? error.message : 'The tool failed. Go on without it.';
  return { outcome: 'failed', told, shown: told, why: 'failed' };
}

function tell({ turn, call, id }: Running, state: Pick<ToolCallShown, 'outcome' | 'result' | 'durationMs'>): void {
  const data = shownCall({ id, name: nameForRecord(call), arguments: argumentText(call), ...state });
  turn.tell({ event: 'tool', data });
}
