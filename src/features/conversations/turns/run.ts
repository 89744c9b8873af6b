import { setTimeout as pause } from 'node:timers/promises';
import { Failure, UpstreamFailed } from '../../../errors.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { memberActor } from '../../../tenancy/directory.js';
import { type AuditEvent, eventOf } from '../../../tenancy/events.js';
import { inOneStatement } from '../../../tenancy/in-tenant.js';
import { permissionsOf } from '../../../tenancy/permissions.js';
import { limitsOf } from '../gateway/budget.js';
import { triggerOf } from '../gateway/rules.js';
import { newAnswer, type Turn } from '../gateway/turn.js';
import { answer } from '../gateway.js';
import { tagsOf } from '../search-tags.js';
import { citedNumbers } from '../thread/citations.js';
import type { CitationShown, Status } from '../thread/message.js';
import { endingEvents } from '../thread/shown.js';
import { newEventLog, type TurnEvent } from './event-log.js';
import { keepWords } from './keeping.js';
import { finishAnswer, saveProgress } from './progress/queries.js';
import { type RunningTurn, register, stopped } from './running.js';
import { tellWatchers } from './watchers.js';

/** Shorter than the lease: by then somebody else may write. */
const finishWithinMs = 15_000;

/** All that is known when the answer begins; the rest of a Turn is made here. */
export type Plan = Omit<Turn, 'signal' | 'answer' | 'tell'> & {
  /** For the thread, when this is the first question. */
  readonly title: string;
  readonly questionId: string | undefined;
};

/** Starts the turn, apart from the request that asked for it. `done` is called when it has ended. */
export function launch(plan: Plan, done: () => void): RunningTurn {
  const controller = new AbortController();
  const events = newEventLog();
  const made = newAnswer();
  const keeper = keepWords({
    said: () => made.text,
    save: (text) => inOneStatement(plan.context, 'conversations.update', (db) => saveProgress(db, plan, text)),
    show: (text) => events.push({ event: 'text', data: { text } }),
    lost: () => controller.abort(new UpstreamFailed('This answer was given up. Ask again.')),
  });
  const tell = (event: TurnEvent) => (event.event === 'text' ? keeper.wake() : events.push(event));
  const { messageId, questionId, conversationId, accountId, context } = plan;
  const turn: Turn = { ...plan, signal: controller.signal, answer: made, tell };
  const finished = run(turn, controller)
    .then(async (ended) => finish({ ...turn, tell: events.push }, plan, { ...ended, shown: await keeper.stop() }))
    .catch((error: unknown) => {
      log().error({ err: error }, 'an answer could not be kept');
      turn.tell({ event: 'failed', data: { message: 'The answer could not be kept. Reload to see what was.' } });
    })
    .finally(() => {
      events.end();
      done();
    })
    .then(() => tellWatchers(context, messageId));
  const { id: tenantId, slug } = context.tenant;
  const running: RunningTurn = {
    ...{ messageId, questionId, conversationId, accountId, tenantId, slug },
    log: events,
    finished,
    abort: (reason) => controller.abort(reason),
  };
  register(running);
  void tellWatchers(context, messageId);
  return running;
}

interface Ended {
  /** Characters that watchers have. */
  readonly shown: number;
  readonly status: Exclude<Status, 'running'>;
  readonly failure: string | null;
}

async function run(turn: Turn, controller: AbortController): Promise<Omit<Ended, 'shown'>> {
  const { seconds } = limitsOf(turn.agent);
  const timeUp = new UpstreamFailed(
    `The answer took longer than ${seconds} seconds and was stopped. Ask for less at once.`,
  );
  const clock = setTimeout(() => controller.abort(timeUp), seconds * 1000);
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
  }
}

/** Keeps the answer and says that it has ended, in this order. */
async function finish(turn: Turn, { title }: Plan, { status, failure, shown }: Ended): Promise<void> {
  const { answer: made, context, agent, messageId } = turn;
  const citations: CitationShown[] = citedNumbers(made.text, made.passages.length).flatMap((number) => {
    const passage = made.passages[number - 1];
    if (!passage) return [];
    const { documentId, chunkId, title: of, conversationId: attachedTo } = passage;
    return [{ number, documentId, chunkId, title: of, gone: false, conversationId: attachedTo }];
  });
  const { text, provider, model, inputTokens, outputTokens } = made;
  const ending = { text, status, failure, provider, model, inputTokens, outputTokens, citations };
  const rows = await patiently(() =>
    inOneStatement(asAgent(turn), 'conversations.update', (db) =>
      finishAnswer(db, turn, {
        ...ending,
        tags: tagsOf(db, `${turn.question}\n${text}`),
        audited: (from) => eventOf(asAgent(turn), answered(turn, status), from),
      }),
    ),
  );
  if (rows === 0) {
    turn.tell({ event: 'failed', data: { message: 'This answer was given up. Reload to see what was kept.' } });
    return;
  }
  if (text.length > shown) turn.tell({ event: 'text', data: { text: text.slice(shown) } });
  const message = { ...ending, id: messageId };
  const waiting = { open: made.waiting, of: made.waiting };
  const end = { message, slug: context.tenant.slug, agentName: agent.name, title, waiting };
  for (const event of endingEvents(end)) turn.tell(event);
}

/**
 * The answer is all there, and a database that is away for a moment must not cost it. When the first try had arrived after
 * all, the next one changes nothing: then it says that the answer was given up, and a reload shows it whole.
 */
async function patiently(write: () => Promise<number>): Promise<number> {
  const until = Date.now() + finishWithinMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof UpstreamFailed) || Date.now() > until) throw error;
      await pause(300);
    }
  }
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
  return {
    ...context,
    trigger: triggerOf(context),
    actor: { kind: 'agent', agentId: agent.id, name: agent.name, onBehalfOf },
  };
}
