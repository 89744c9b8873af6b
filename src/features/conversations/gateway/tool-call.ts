import { newId } from '../../../database/id.js';
import { publish, tellHere } from '../../../database/shared.js';
import { Failure } from '../../../errors.js';
import type { ModelMessage, ToolCall } from '../../../llm/model-step.js';
import type { CallScope, PreparedSending, PreparedWriting, Tool, ToolResult } from '../../../llm/tool.js';
import { log } from '../../../log.js';
import { inTenantWithShared } from '../../../tenancy/in-tenant.js';
import type { ToolCallShown } from '../thread/message.js';
import { shownCall } from '../thread/shown.js';
import { askFirst, ruleNow } from './asking.js';
import { budget } from './budget.js';
import {
  argumentText,
  begun,
  type Ended,
  elapsed,
  nameForRecord,
  type Running,
  recorded,
  settled,
  unwritten,
  type Written,
  write,
} from './record.js';
import { agentContext, judge, type Verdict } from './rules.js';
import { noteSources } from './sources.js';
import { numberOf, type Turn } from './turn.js';
import { type Marks, passageFor } from './untrusted.js';

/**
 * Judges a call, runs it, and writes call, result and audit event in one transaction. Only then is the result used: if it
 * cannot be written down, this throws and the turn ends (AU-1).
 */
export async function runToolCall(
  turn: Turn,
  call: ToolCall,
  { marks, why }: { marks: Marks; why: string },
): Promise<ModelMessage> {
  const context = await agentContext(turn);
  const verdict = judge(turn, context, call);
  turn.answer.toolCalls += 1;
  const ordinal = turn.answer.toolCalls;
  const running: Running = { turn, call, id: newId(), ordinal, context, began: performance.now(), marks, why };
  tell(running, { outcome: 'running', result: null, durationMs: null });
  const ended = await run(running, verdict);
  const durationMs = ended.outcome === 'waiting' ? null : elapsed(running);
  tell(running, { outcome: ended.outcome, result: ended.shown, durationMs, decision: ended.decision });
  if (turn.signal.aborted) throw turn.signal.reason;
  const { id, name } = call;
  const failed = ended.outcome !== 'done' && ended.outcome !== 'waiting';
  // Why a tool failed may be told in words that others wrote, such as the title of what it found.
  const result = ended.outcome === 'failed' ? marks.wrap(ended.told) : ended.told;
  return { role: 'tool', id, name, result, failed };
}

async function run(running: Running, verdict: Verdict): Promise<Ended> {
  if (!verdict.allowed) return refuse(running, verdict);
  const { prepared, tool } = verdict;
  running.reads = prepared.reads;
  const judgement = await ruleNow(running, tool, prepared);
  if (!judgement || judgement.rule === 'never') {
    return refuse(running, { why: 'policy', told: 'The policy of this workspace does not allow this call.' });
  }
  const { rule, policy } = judgement;
  if (rule === 'ask') {
    const ended = await askFirst(running, { tool, prepared, policy });
    return ended.outcome === 'waiting' ? ended : recorded(running, { ...ended, outcome: 'failed' });
  }
  if (prepared.kind === 'reads') {
    const looked = await looking(running, () => prepared.run(running.context, scopeOf(running)));
    return recorded(running, looked);
  }
  return prepared.kind === 'writes' ? change(running, tool, prepared) : sendOut(running, prepared);
}

function refuse(running: Running, { told, why }: { told: string; why: string }): Promise<Ended> {
  return recorded(running, { outcome: 'refused', told, shown: told, why });
}

async function change(running: Running, tool: Tool, prepared: PreparedWriting): Promise<Ended> {
  const { context } = running;
  const failure: { ended?: Written } = {};
  const notice = prepared.publishes(context);
  const done = await inTenantWithShared(
    context,
    tool.permission,
    async (shared) => notice && publish(shared, notice.topic, notice.id),
    async (db) => {
      const result = await prepared.act(db, context, scopeOf(running)).catch((error: unknown) => {
        failure.ended = failed(error);
        throw error;
      });
      const ended = success(running, result);
      await write(db, running, ended);
      return ended;
    },
  ).catch((error: unknown) => {
    if (failure.ended) return undefined;
    throw unwritten(error);
  });
  // What it did was rolled back; that it was tried is written down.
  if (!done) return recorded(running, failure.ended ?? failed(undefined));
  if (notice) tellHere(notice.topic, notice.id);
  await prepared.afterwards(context);
  return done;
}

/** Written down before as something whose end is not known: so it stays when this process dies meanwhile. */
async function sendOut(running: Running, prepared: PreparedSending): Promise<Ended> {
  await begun(running);
  const ended = await prepared
    .send(running.context, scopeOf(running))
    .then((result) => success(running, result))
    .catch(failed);
  return settled(running, ended);
}

/** A tool that only looks may be left alone when the turn is stopped. */
export async function looking({ turn, ...running }: Running, look: () => Promise<ToolResult>): Promise<Written> {
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

export function scopeOf({ id, turn }: Running): CallScope {
  const { knowledge } = turn.agent;
  const { signal, conversationId } = turn;
  return { id, signal, conversationId, knowledge: knowledge === 'none' ? [] : knowledge };
}

function success({ turn, marks, call, reads }: Running, came: ToolResult): Written {
  const { result, citations } = came;
  noteSources(turn, { call, reads }, came);
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

function failed(error: unknown): Written {
  if (!(error instanceof Failure)) log().error({ err: error }, 'a tool failed');
  const told = error instanceof Failure ? error.message : 'The tool failed. Go on without it.';
  return { outcome: 'failed', told, shown: told, why: 'failed' };
}

type State = Pick<ToolCallShown, 'outcome' | 'result' | 'durationMs' | 'decision'>;

function tell({ turn, call, id }: Running, state: State): void {
  const shown = { id, name: nameForRecord(call), arguments: argumentText(call), ...state };
  turn.tell({ event: 'tool', data: shownCall(shown, turn.context.tenant.slug) });
}
