import { setTimeout as wait } from 'node:timers/promises';
import type { EventStream } from '../../../http/event-stream.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import type { Conversation, Owned } from '../conversation.js';
import type { Message } from '../thread/message.js';
import { findMessage } from '../thread/queries.js';
import { endingEvents, shownCall, waitsOf } from '../thread/shown.js';
import type { RunningTurn } from './running.js';

const lookEveryMs = 700;

/**
 * Tells a watcher what it does not know yet, then what follows, until the turn ends. The id of each event is the number
 * of characters that the watcher has with it: it means the same to every process and after the end, so that a broken line
 * costs no word and doubles none. Tool calls have ids of their own and may be told again.
 */
export async function followTurn(stream: EventStream, turn: RunningTurn, known = 0): Promise<void> {
  for await (const { event, data, at } of turn.log.read(stream.closed, known))
    await stream.send(event, data, String(at));
  stream.close();
}

interface Stored {
  readonly context: TenantContext;
  readonly conversation: Conversation;
  readonly owned: Owned;
  readonly message: Message;
  /** Characters of it that the watcher has. */
  readonly from: number;
}

/** The same for an answer that another process writes, or that has ended: what is kept of it, as it grows. */
export async function followStored(
  stream: EventStream,
  { context, conversation, owned, message, from }: Stored,
): Promise<void> {
  let known: Message | undefined = message;
  let sent = from;
  const calls = new Map<string, string>();
  while (known && !stream.closed.aborted) {
    for (const call of known.toolCalls.filter(({ id, outcome }) => calls.get(id) !== outcome)) {
      calls.set(call.id, call.outcome);
      await stream.send('tool', shownCall(call, context.tenant.slug), String(sent));
    }
    const text = known.text.slice(sent);
    sent += text.length;
    if (text) await stream.send('text', { text }, String(sent));
    if (known.status !== 'running') {
      const end = {
        message: known,
        slug: context.tenant.slug,
        agentName: conversation.agentName,
        title: conversation.title,
        waiting: waitsOf(known),
      };
      for (const { event, data } of endingEvents(end)) await stream.send(event, data, String(sent));
      break;
    }
    await wait(lookEveryMs, undefined, { signal: stream.closed }).catch(() => {});
    known = await readTenant(context, 'conversations.read', (db) => findMessage(db, owned, message.id));
  }
  stream.close();
}
