import type { Request, Response } from 'express';
import { z } from 'zod';
import { NotFound } from '../../errors.js';
import { eventStream, lastEventId } from '../../http/event-stream.js';
import { tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { ownedBy } from './actions.js';
import { getConversation } from './queries.js';
import { findMessage } from './thread/queries.js';
import { followStored, followTurn } from './turns/follow.js';
import { type RunningTurn, runningTurn } from './turns/running.js';

/** Without script the page is shown after so long, finished or not. */
const patienceMs = 45_000;

/** Answers a question with its stream, or, without script, with the conversation when the answer is there. */
export async function answerWithTurn(request: Request, response: Response, turn: RunningTurn): Promise<void> {
  const { slug } = tenantContext(response).tenant;
  const url = `/w/${slug}/conversations/${turn.conversationId}`;
  if (request.accepts(['html', 'text/event-stream']) !== 'text/event-stream') {
    await inPatience(turn.finished);
    response.redirect(303, url);
    return;
  }
  const stream = eventStream(request, response);
  const here = `${url}/messages/${turn.messageId}`;
  const urls = {
    url,
    action: `${url}/messages`,
    stopUrl: `${here}/stop`,
    retryUrl: `${here}/retry`,
    streamUrl: `${here}/events`,
    editUrl: turn.questionId && `${url}/questions/${turn.questionId}/revision`,
  };
  void stream.send('message', { id: turn.messageId, from: 0, ...urls }, '0');
  await followTurn(stream, turn);
}

/**
 * For a page that was reloaded, or whose line broke, while an answer is being written: here, in another process, or in
 * none any more. `from` says where the text goes on: where the reader stopped, or at the first word.
 */
export async function streamAnswer(
  request: Request,
  response: Response,
  { id, messageId }: { id: string; messageId: string },
): Promise<void> {
  const context = tenantContext(response);
  const owned = ownedBy(context, id);
  const [conversation, message] = await readTenant(context, 'conversations.read', (db) =>
    Promise.all([getConversation(db, owned), findMessage(db, owned, messageId)]),
  );
  if (message?.author !== 'agent') throw new NotFound('There is nothing at this address.');
  const stream = eventStream(request, response);
  const here = `/w/${context.tenant.slug}/conversations/${id}/messages/${messageId}`;
  const urls = { stopUrl: `${here}/stop`, retryUrl: `${here}/retry`, streamUrl: `${here}/events` };
  const turn = runningTurn(messageId);
  const known = Characters.parse(lastEventId(request));
  const from = known <= (turn?.log.length() ?? message.text.length) ? known : 0;
  void stream.send('message', { id: messageId, from, ...urls }, String(from));
  if (turn) await followTurn(stream, turn, from);
  else await followStored(stream, { context, conversation, owned, message, from });
}

const Characters = z.coerce.number().int().min(0).catch(0);

async function inPatience(finished: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([finished, enough]);
  clearTimeout(timer);
}
