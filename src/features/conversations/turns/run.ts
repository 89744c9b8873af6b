import { config } from '../../../config.js';
import { Failure, UpstreamFailed } from '../../../errors.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { memberActor } from '../../../tenancy/directory.js';
import { type AuditEvent, eventOf } from '../../../tenancy/events.js';
import { inOneStatement } from '../../../tenancy/in-tenant.js';
import { permissionsOf } from '../../../tenancy/permissions.js';
import { newAnswer, type Turn } from '../gateway/turn.js';
import { answer } from '../gateway.js';
import { tagsOf } from '../search-tags.js';
import { citedNumbers } from '../thread/citations.js';
import type { CitationShown, Status } from '../thread/message.js';
import { endingEvents } from '../thread/shown.js';
import { newEventLog } from './event-log.js';
import { finishAnswer, saveProgress } from './progress/queries.js';
import { type RunningTurn, register, stopped } from './running.js';

const saveEveryMs = 1000;
const renewEveryMs = 5000;

/** All that is known when the answer begins; the rest of a Turn is made here. */
export type Plan = Omit<Turn, 'signal' | 'answer' | 'tell'> & {
  /** For the thread, when this is the first question. */
  readonly title: string;
};

/** Starts the turn, apart from the request that asked for it. `done` is called when it has ended. */
export function launch(plan: Plan, done: () => void): RunningTurn {
  const controller = new AbortController();
  const events = newEventLog();
  const turn: Turn = { ...plan, signal: controller.signal, answer: newAnswer(), tell: events.push };
  const finished = run(turn, controller)
    .then((ended) => finish(turn, plan, ended))
    .catch((error: unknown) => {
      log().error({ err: error }, 'an answer could not be kept');
      turn.tell({ event: 'failed', data: { message: 'The answer could not be kept. Reload to see what was.' } });
    })
    .finally(() => {
      events.end();
      done();
    });
  const { messageId, conversationId, accountId, context } = plan;
  const { id: tenantId, slug } = context.tenant;
  const running: RunningTurn = {
    ...{ messageId, conversationId, accountId, tenantId, slug },
    log: events,
    finished,
    abort: (reason) => controller.abort(reason),
  };
  register(running);
  return running;
}

interface Ended {
  readonly status: Exclude<Status, 'running'>;
  readonly failure: string | null;
}

async function run(turn: Turn, controller: AbortController): Promise<Ended> {
  const seconds = config().LLM_TURN_SECONDS;
  const timeUp = new UpstreamFailed(
    `The answer took longer than ${seconds} seconds and was stopped. Ask for less at once.`,
  );
  const clock = setTimeout(() => controller.abort(timeUp), seconds * 1000);
  const keeper = keepEverySecond(turn, controller);
  try {
    await answer(turn);
    return { status: 'complete', failure: null };
  } catch (error) {
    const reason = turn.signal.aborted ? turn.signal.reason : error;
    if (reason === stopped) return { status: 'stopped', failure: null };
    if (!(reason instanceof Failure)) log().error({ err: reason }, 'an answer failed');
    const failure = reason instanceof Failure ? reason.message : 'The answer could not be finished. Try again.';
    return { status: 'failed', failure };
  } finally {
    clearTimeout(clock);
    await keeper.stop();
  }
}

/** So that a crash costs a second of text. Also tells the others that this answer is still being written. */
function keepEverySecond(turn: Turn, controller: AbortController): { stop(): Promise<void> } {
  let kept = '';
  let keptAt = Date.now();
  let saving: Promise<void> | undefined;
  const save = async () => {
    const { text } = turn.answer;
    const rows = await inOneStatement(turn.context, 'conversations.update', (db) => saveProgress(db, turn, text));
    kept = text;
    keptAt = Date.now();
    // Deleted meanwhile, or given up by the others because this process had stood still.
    if (rows === 0) controller.abort(new UpstreamFailed('This answer was given up. Ask again.'));
  };
  const timer = setInterval(() => {
    if (saving || (kept === turn.answer.text && Date.now() - keptAt < renewEveryMs)) return;
    saving = save()
      .catch((error: unknown) => log().warn({ err: error }, 'an answer could not be kept yet'))
      .finally(() => {
        saving = undefined;
      });
  }, saveEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await saving;
    },
  };
}

/** Keeps the answer and says that it has ended, in this order. */
async function finish(turn: Turn, { title }: Plan, { status, failure }: Ended): Promise<void> {
  const { answer: made, context, agent, messageId } = turn;
  const citations: CitationShown[] = citedNumbers(made.text, made.passages.length).flatMap((number) => {
    const passage = made.passages[number - 1];
    return passage
      ? [{ number, documentId: passage.documentId, chunkId: passage.chunkId, title: passage.title, gone: false }]
      : [];
  });
  const { text, provider, model, inputTokens, outputTokens } = made;
  const ending = { text, status, failure, provider, model, inputTokens, outputTokens, citations };
  const rows = await inOneStatement(asAgent(turn), 'conversations.update', (db) =>
    finishAnswer(db, turn, {
      ...ending,
      tags: tagsOf(db, `${turn.question}\n${text}`),
      audited: (from) => eventOf(asAgent(turn), answered(turn, status), from),
    }),
  );
  if (rows === 0) {
    turn.tell({ event: 'failed', data: { message: 'This answer was given up. Reload to see what was kept.' } });
    return;
  }
  const message = { ...ending, id: messageId };
  const end = { message, slug: context.tenant.slug, agentName: agent.name, title, waiting: made.waiting > 0 };
  for (const event of endingEvents(end)) turn.tell(event);
}

function answered({ answer: made, conversationId, messageId }: Turn, status: Ended['status']): AuditEvent {
  const { provider, model, inputTokens, outputTokens, toolCalls, failedBefore } = made;
  return {
    category: 'conversation',
    event: 'conversation.answered',
    outcome: status === 'failed' ? 'failed' : 'done',
    subject: { kind: 'conversation', id: conversationId },
    details: {
      ...{ messageId, status, provider, model, inputTokens, outputTokens, toolCalls },
      ...(failedBefore ? { failedBefore } : {}),
    },
  };
}

function asAgent({ context, agent, accountId }: Turn): TenantContext {
  const { actor } = context;
  const person = actor.kind === 'member' ? actor : { role: 'user' as const, permissions: permissionsOf('user') };
  const onBehalfOf = memberActor({ id: accountId, name: actor.name }, person);
  return { ...context, trigger: 'chat', actor: { kind: 'agent', agentId: agent.id, name: agent.name, onBehalfOf } };
}
