import { onPublished } from '../../../database/shared.js';
import { TooManyRequests, UpstreamFailed } from '../../../errors.js';
import { enterWorkspace } from '../../../tenancy/directory.js';
import type { EventLog } from './event-log.js';

/** As many as a person may have live pages open (http/event-stream.ts). */
const mostPerAccount = 8;

/** A turn that this process runs; it goes on when nobody watches. */
export interface RunningTurn {
  readonly messageId: string;
  readonly conversationId: string;
  readonly accountId: string;
  /** The question that was written with it; none when an answer is asked for again. */
  readonly questionId: string | undefined;
  readonly tenantId: string;
  readonly slug: string;
  readonly log: EventLog;
  /** Resolves when the answer is kept, however it ended. Never rejects. */
  readonly finished: Promise<void>;
  /** Ends it; the reason tells what becomes of it. */
  abort(reason: unknown): void;
}

/** The person asked to stop: what there is becomes the answer. */
export const stopped = Symbol('stopped');
export const stopTopic = 'turn-stop';

const running = new Map<string, RunningTurn>();
const places = new Map<string, number>();

/**
 * Takes one of the person's places before anything is awaited, so that parallel questions cannot pass the limit together.
 * Answers how to give it back. Throws TooManyRequests.
 */
export function takePlace(accountId: string): () => void {
  const taken = places.get(accountId) ?? 0;
  if (taken >= mostPerAccount)
    throw new TooManyRequests('Too many of your questions are being answered. Wait for one.', 5);
  places.set(accountId, taken + 1);
  return () => {
    const left = (places.get(accountId) ?? 1) - 1;
    if (left > 0) places.set(accountId, left);
    else places.delete(accountId);
  };
}

export function register(turn: RunningTurn): void {
  listen();
  running.set(turn.messageId, turn);
  void turn.finished.then(() => running.delete(turn.messageId));
}

/** The caller has checked that the conversation is the person's. */
export const runningTurn = (messageId: string): RunningTurn | undefined => running.get(messageId);

let listening: (() => void) | undefined;

/** A stop may be asked of any process, and whoever leaves a workspace gets no answers from it. */
function listen(): void {
  if (listening) return;
  const ends = [
    onPublished(stopTopic, (id) => {
      for (const turn of running.values()) if (turn.messageId === id || turn.conversationId === id) turn.abort(stopped);
    }),
    onPublished('membership', (accountId) => void endWithMembership(accountId)),
  ];
  listening = () => {
    for (const end of ends) end();
  };
}

async function endWithMembership(accountId: string): Promise<void> {
  for (const turn of [...running.values()].filter((each) => each.accountId === accountId)) {
    const membership = await enterWorkspace(turn.slug, accountId).catch(() => undefined);
    if (membership?.tenant.id !== turn.tenantId) turn.abort(new UpstreamFailed('You are no longer in this workspace.'));
    else if (!membership.permissions.has('conversations.read'))
      turn.abort(new UpstreamFailed('You may no longer chat here.'));
  }
}

/** For a shutdown: waits so many milliseconds for running answers, then ends them with what they have. */
export async function endTurns(patience = 10_000): Promise<void> {
  const all = () => Promise.all([...running.values()].map(({ finished }) => finished));
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([all(), time]);
  clearTimeout(timer);
  for (const turn of running.values()) {
    turn.abort(
      new UpstreamFailed('The server was restarted before the answer was finished. What had arrived is kept.'),
    );
  }
  await all();
  listening?.();
  listening = undefined;
}
