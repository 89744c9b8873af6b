import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Failure } from '../../../errors.js';
import type { FittingCall, Tool } from '../../../llm/tool.js';
import { eventOf } from '../../../tenancy/events.js';
import { inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { type Judgement, judgeByPolicy, prepareQuestion } from '../../decisions/asking.js';
import type { Source } from '../../decisions/decision.js';
import { publishDecision } from '../../decisions/topic.js';
import { listEarlierSources } from '../thread/queries.js';
import { insertToolCall } from '../turns/progress/queries.js';
import { argumentText, type Ended, nameForRecord, type Running, unwritten } from './record.js';

type Question = Awaited<ReturnType<typeof prepareQuestion>>;

const mostWords = 1000;
const told =
  'This call was not made: a person must approve it first. It will run by itself once that happened. Do not ask for it again.';

/** What the policy says about this call at this moment. */
export function ruleNow({ context, turn }: Running, tool: Tool, prepared: FittingCall): Promise<Judgement | undefined> {
  const { agent, answer, conversationId, files = [] } = turn;
  return readTenant(context, 'conversations.update', (db) =>
    judgeByPolicy(db, agent.id, {
      tool,
      prepared,
      // The names of files stand before the model from the beginning.
      hasRead: async () =>
        answer.sources.length + files.length > 0 || (await listEarlierSources(db, conversationId)).length > 0,
    }),
  );
}

interface Asked {
  readonly id: string;
  readonly tool: Tool;
  readonly prepared: FittingCall;
  readonly policy: Judgement['policy'];
}

/** AG-6: the waiting call, its question to a person and the audit event, in one transaction. Nothing has run then. */
export async function askFirst(running: Running, { tool, prepared, policy }: Omit<Asked, 'id'>): Promise<Ended> {
  const { turn, context } = running;
  const { tenant } = context;
  const id = newId();
  const nothing: { ended?: Failure } = {};
  const asked = await inTenantWithShared(
    context,
    'conversations.update',
    (shared) => publishDecision(shared, tenant, id),
    async (db) => {
      const question = await questionOf(db, running, { id, tool, prepared, policy }).catch((error: unknown) => {
        if (error instanceof Failure) nothing.ended = error;
        throw error;
      });
      await keepWaiting(db, running, question);
      return question;
    },
  ).catch((error: unknown) => {
    if (nothing.ended) return undefined;
    throw unwritten(error);
  });
  if (!asked) {
    const why = nothing.ended?.message ?? '';
    return { outcome: 'failed', told: why, shown: why, why: 'failed' };
  }
  turn.answer.waiting += 1;
  const { summary } = asked.version;
  const decision = { id, summary, effect: tool.effect, expiresAt: asked.expiresAt, approvedBy: [] };
  return { outcome: 'waiting', told, shown: waitingText, decision };
}

async function questionOf(db: TenantDatabase, running: Running, asked: Asked): Promise<Question> {
  const { turn, call, context } = running;
  const { conversationId, messageId } = turn;
  const earlier = await listEarlierSources(db, conversationId, messageId);
  return prepareQuestion(db, context, {
    ...{ ...asked, toolCallId: running.id, conversationId, messageId },
    arguments: JSON.stringify(call.arguments),
    background: { why: running.why.slice(0, mostWords), sources: together(turn.answer.sources, earlier) },
  });
}

async function keepWaiting(db: TenantDatabase, running: Running, question: Question): Promise<void> {
  const { turn, call, context } = running;
  await insertToolCall(db, turn, {
    ...{ id: running.id, ordinal: running.ordinal, tool: nameForRecord(call), arguments: argumentText(call) },
    ...{ result: waitingText, outcome: 'waiting', durationMs: null },
    audited: (from) => eventOf(context, question.event, from),
  });
  await question.write();
}

const waitingText = 'A person is asked first. Nothing has run yet.';

function together(now: readonly Source[], earlier: readonly Source[]): Source[] {
  const keyOf = ({ kind, id, title }: Source) => `${kind} ${id ?? title}`;
  const known = new Set(now.map(keyOf));
  return [...now, ...earlier.filter((source) => !known.has(keyOf(source)))].slice(0, 100);
}
