import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, type Failure, Invalid, TooManyRequests } from '../../errors.js';
import { destinationOf } from '../../http/destination.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import {
  askQuestion,
  editQuestion,
  ownedBy,
  removeConversation,
  retitleConversation,
  retryAnswer,
  startConversation,
  stopAnswer,
} from './actions.js';
import { FirstQuestion, NextQuestion, Question, TitleDraft } from './conversation.js';
import { listLocals, newLocals, revisionLocals, type Typed, threadLocals } from './locals.js';
import { getConversation } from './queries.js';
import { answerWithTurn, streamAnswer } from './turn-response.js';

export const conversations = feature('/w/:workspace/conversations');
export const leaving = feature('/leave');

conversations.get('/', 'conversations.read', async (request, response) => {
  await page(response, 'conversations/index', await listLocals(tenantContext(response), request.query));
});

conversations.get('/new', 'conversations.create', async (request, response) => {
  const { agent } = z.object({ agent: z.uuid().optional().catch(undefined) }).parse(request.query);
  await page(response, 'conversations/new', await newLocals(tenantContext(response), agent));
});

conversations.post('/', 'conversations.create', async (request, response) => {
  const context = tenantContext(response);
  const agent = z.uuid().optional().catch(undefined).parse(request.body?.agent);
  const again = async (status: number, typed: Typed) =>
    page(response.status(status), 'conversations/new', await newLocals(context, agent, typed));
  await refusable(request, again, async () => {
    const { agent: agentId, text } = parsed(FirstQuestion, request.body);
    await answerWithTurn(request, response, await startConversation(context, agentId, text));
  });
});

const messageId = z.uuid().optional().catch(undefined);
/** `branch`: a message of the branch to show. */
const Place = z.object({ before: messageId, branch: messageId });

conversations.get('/:id', 'conversations.read', async (request, response) => {
  const locals = await threadLocals(tenantContext(response), idParam(request, 'id'), Place.parse(request.query));
  await page(response, 'conversations/show', locals);
});

conversations.post('/:id/messages', 'conversations.update', async (request, response) => {
  const context = tenantContext(response);
  const id = idParam(request, 'id');
  const again = async (status: number, typed: Typed) =>
    page(response.status(status), 'conversations/show', await threadLocals(context, id, { typed }));
  await refusable(request, again, async () => {
    await answerWithTurn(request, response, await askQuestion(context, id, parsed(NextQuestion, request.body)));
  });
});

conversations.get('/:id/questions/:question/revision', 'conversations.update', async (request, response) => {
  const place = { id: idParam(request, 'id'), messageId: idParam(request, 'question') };
  await page(response, 'conversations/revision', await revisionLocals(tenantContext(response), place));
});

conversations.post('/:id/questions/:question/revision', 'conversations.update', async (request, response) => {
  const context = tenantContext(response);
  const place = { id: idParam(request, 'id'), messageId: idParam(request, 'question') };
  const again = async (status: number, typed: Typed) =>
    page(response.status(status), 'conversations/revision', await revisionLocals(context, place, typed));
  await refusable(request, again, async () => {
    const { text } = parsed(Question, request.body);
    const turn = await editQuestion(context, place.id, { text, messageId: place.messageId });
    await answerWithTurn(request, response, turn);
  });
});

conversations.get('/:id/messages/:message/events', 'conversations.read', async (request, response) => {
  await streamAnswer(request, response, { id: idParam(request, 'id'), messageId: idParam(request, 'message') });
});

conversations.post('/:id/messages/:message/stop', 'conversations.update', async (request, response) => {
  await stopAnswer(tenantContext(response), idParam(request, 'id'), idParam(request, 'message'));
  // A script watches the answer already and needs no page.
  if (request.get('sec-fetch-dest') === 'empty') response.status(204).end();
  else response.redirect(303, addressOf(request, response));
});

conversations.post('/:id/messages/:message/retry', 'conversations.update', async (request, response) => {
  const turn = await retryAnswer(tenantContext(response), idParam(request, 'id'), idParam(request, 'message'));
  await answerWithTurn(request, response, turn);
});

conversations.get('/:id/title', 'conversations.update', async (request, response) => {
  const conversation = await read(request, response);
  await page(response, 'conversations/title', {
    title: 'Rename the conversation',
    conversation,
    ...{ values: { title: conversation.title }, errors: {} },
  });
});

conversations.post('/:id/title', 'conversations.update', async (request, response) => {
  const draft = TitleDraft.safeParse(request.body);
  if (!draft.success) {
    const locals = { title: 'Rename the conversation', conversation: await read(request, response) };
    return page(response.status(422), 'conversations/title', { ...locals, ...formErrors(request.body, draft.error) });
  }
  await retitleConversation(tenantContext(response), idParam(request, 'id'), draft.data.title);
  notice(request, 'The conversation was renamed.');
  response.redirect(303, addressOf(request, response));
});

conversations.get('/:id/deletion', 'conversations.delete', async (request, response) => {
  const conversation = await read(request, response);
  await page(response, 'conversations/deletion', { title: 'Delete the conversation', conversation });
});

conversations.post('/:id/deletion', 'conversations.delete', async (request, response) => {
  await removeConversation(tenantContext(response), idParam(request, 'id'));
  notice(request, 'The conversation was deleted.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/conversations`);
});

/** Links in untrusted text lead here first (AG-12): the page says where they go on to, and goes nowhere by itself. */
leaving.get('/', 'account', async (request, response) => {
  const { to } = z.object({ to: z.string().max(4000).catch('') }).parse(request.query);
  const destination = destinationOf(to);
  const address = destination?.href.startsWith('/leave') ? destination : undefined;
  await page(response.status(address ? 200 : 404), 'conversations/leave', { title: 'Leaving Bailiwick', address });
});

function read(request: Request, response: Response) {
  const context = tenantContext(response);
  return readTenant(context, 'conversations.read', (db) =>
    getConversation(db, ownedBy(context, idParam(request, 'id'))),
  );
}

function parsed<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const draft = schema.safeParse(body);
  if (draft.success) return draft.data;
  throw new Invalid(draft.error.issues[0]?.message ?? 'Check what you entered.');
}

/** Without script a refused question comes back in its form, so that nothing has to be written twice. */
async function refusable(
  request: Request,
  again: (status: number, typed: Typed) => Promise<void>,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    const known = error instanceof Invalid || error instanceof Conflict || error instanceof TooManyRequests;
    if (!known || !wantsPage(request)) throw error;
    const { text } = z.object({ text: z.string().catch('') }).parse(request.body ?? {});
    await again((error as Failure).status, { value: text, error: error.message });
  }
}

const wantsPage = (request: Request) => request.accepts(['html', 'text/event-stream', 'json']) === 'html';

function addressOf(request: Request, response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/conversations/${idParam(request, 'id')}`;
}
