import { setTimeout as wait } from 'node:timers/promises';
import type { EventStream } from '../../../http/event-stream.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import type { Conversation, Owned } from '../conversation.js';
import type { Message } from '../thread/message.js';
import { findMessage } from '../thread/queries.js';
import { endingEvents, isWaiting, shownCall } from '../thread/shown.js';
import type { RunningTurn } from './running.js';

const lookEveryMs = 700;

/** Tells a watcher everything from the first word on, then what follows, until the turn ends. */
export async function followTurn(stream: EventStream, turn: RunningTurn): Promise<void> {
  for await (const { event, data } of turn.log.read(stream.closed)) await stream.send(event, data);
  stream.close();
}

interface Stored {
  readonly context: TenantContext;
  readonly conversation: Conversation;
  readonly owned: Owned;
  readonly message: Message;
}

/** The same for an answer that another process writes, or that has ended: what is kept of it, as it grows. */
export async function followStored(
  stream: EventStream,
  { context, conversation, owned, message }: Stored,
): Promise<void> {
  let known: Message | undefined = message;
  let sent = 0;
  const calls = new Set<string>();
  while (known && !stream.closed.aborted) {
    for (const call of known.toolCalls.filter(({ id }) => !calls.has(id))) {
      calls.add(call.id);
      await stream.send('tool', shownCall(call, context.tenant.slug));
    }
    if (known.text.length > sent) await stream.send('text', { text: known.text.slice(sent) });
    sent = known.text.length;
    if (known.status !== 'running') {
      const end = {
        message: known,
        slug: context.tenant.slug,
        agentName: conversation.agentName,
        title: conversation.title,
        waiting: isWaiting(known),
      };
      for (const { event, data } of endingEvents(end)) await stream.send(event, data);
      break;
    }
    await wait(lookEveryMs, undefined, { signal: stream.closed }).catch(() => {});
    known = await readTenant(context, 'conversations.read', (db) => findMessage(db, owned, message.id));
  }
  stream.close();
}
