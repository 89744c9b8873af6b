import type { TenantDatabase } from '../../../database/database.js';
import { isPostgresError } from '../../../database/failure.js';
import { newId } from '../../../database/id.js';
import type { Sql } from '../../../database/sql.js';
import { Conflict, Forbidden, NotFound } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { type AuditEvent, eventOf } from '../../../tenancy/events.js';
import { inOneStatement } from '../../../tenancy/in-tenant.js';
import type { Permission } from '../../../tenancy/permissions.js';
import { digestOf } from '../../../vault/digest.js';
import { type Owned, titleFrom } from '../conversation.js';
import { insertTurn, markInterrupted, type NewTurn } from './queries.js';
import { launch, type Plan } from './run.js';
import { type RunningTurn, takePlace } from './running.js';
import { type Asked, findAsked, findStart, type Start } from './start/queries.js';

/** Asks the first question of a new conversation. */
export function startConversation(context: TenantContext, agentId: string, text: string): Promise<RunningTurn> {
  return begin(context, 'conversations.create', async (db, accountId) => {
    const asked = await findAsked(db, agentId);
    if (!asked) throw new NotFound('There is no such agent.');
    checkCanBeAsked(asked);
    const id = newId();
    const title = titleFrom(text);
    const turn = { ...newIds(text), begins: { agentId, title } };
    await keep(db, context, { conversation: { accountId, id }, turn, event: asking(id, text) });
    return plan(context, {
      asked,
      title,
      past: [],
      question: text,
      messageId: turn.answerId,
      conversation: { accountId, id },
    });
  });
}

export function askQuestion(context: TenantContext, conversationId: string, text: string): Promise<RunningTurn> {
  return begin(context, 'conversations.update', async (db, accountId) => {
    const conversation = { accountId, id: conversationId };
    const start = await startOf(db, conversation);
    const turn = newIds(text);
    await keep(db, context, { conversation, turn, event: asking(conversationId, text) });
    return plan(context, { asked: start, ...start, question: text, messageId: turn.answerId, conversation });
  });
}

/** Asks again for the newest answer, which the new one replaces. */
export function retryAnswer(context: TenantContext, conversationId: string, messageId: string): Promise<RunningTurn> {
  return begin(context, 'conversations.update', async (db, accountId) => {
    const conversation = { accountId, id: conversationId };
    const start = await startOf(db, conversation);
    const [question, last] = start.past.slice(-2);
    if (!start.past.some(({ id }) => id === messageId)) throw new NotFound('There is nothing at this address.');
    if (last?.id !== messageId || last.author !== 'agent' || question?.author !== 'member') {
      throw new Conflict('Only the newest answer can be asked for again.');
    }
    const turn = { answerId: newId(), replaces: messageId };
    await keep(db, context, {
      conversation,
      turn,
      event: {
        category: 'conversation',
        event: 'conversation.retried',
        subject: { kind: 'conversation', id: conversationId },
      },
    });
    const past = start.past.slice(0, -2);
    return plan(context, {
      asked: start,
      ...start,
      past,
      question: question.text,
      messageId: turn.answerId,
      conversation,
    });
  });
}

async function begin(
  context: TenantContext,
  permission: Permission,
  prepare: (db: TenantDatabase, accountId: string) => Promise<Plan>,
): Promise<RunningTurn> {
  const accountId = accountOf(context.actor);
  if (!accountId || context.actor.kind !== 'member') throw new Forbidden('Only a person can ask.');
  const giveBack = takePlace(accountId);
  try {
    return launch(await inOneStatement(context, permission, (db) => prepare(db, accountId)), giveBack);
  } catch (error) {
    giveBack();
    throw error;
  }
}

async function startOf(db: TenantDatabase, conversation: Owned): Promise<Start> {
  const start = await findStart(db, conversation);
  if (!start) throw new NotFound('There is nothing at this address.');
  checkCanBeAsked(start);
  if (start.running && !start.running.abandoned) throw new Conflict(stillAnswering);
  if (start.running) await markInterrupted(db, conversation);
  return start;
}

const stillAnswering = 'The agent is still answering in this conversation. Wait for it, or stop it.';

function checkCanBeAsked({ archived, agent }: Asked): void {
  if (archived)
    throw new Conflict(`${agent.name} is archived and cannot be asked. Start a conversation with another agent.`);
}

/** The answer's id sorts after the question's: both are written in the same instant. */
function newIds(text: string) {
  const now = Date.now();
  return { question: { id: newId(now), text }, answerId: newId(now + 1) };
}

interface Beginning {
  readonly conversation: Owned;
  readonly turn: Omit<NewTurn, 'audited'>;
  readonly event: AuditEvent;
}

/** After what was read before it, the one statement that changes anything: question, answer to come, audit event. */
async function keep(
  db: TenantDatabase,
  context: TenantContext,
  { conversation, turn, event }: Beginning,
): Promise<void> {
  const audited = (from: Sql) => eventOf(context, event, from);
  const inserted = await insertTurn(db, conversation, { ...turn, audited }).catch((error: unknown) => {
    // Two questions at once: the second one to arrive.
    if (isPostgresError(error) && error.constraint === 'messages_running_key') throw new Conflict(stillAnswering);
    throw error;
  });
  if (inserted === 0) throw new NotFound('There is nothing at this address.');
}

function asking(id: string, text: string): AuditEvent {
  const subject = { kind: 'conversation', id };
  const details = { characters: text.length };
  return { category: 'conversation', event: 'conversation.asked', subject, digest: digestOf({ text }), details };
}

interface Known extends Pick<Plan, 'title' | 'past' | 'question' | 'messageId'> {
  readonly asked: Asked;
  readonly conversation: Owned;
}

function plan(context: TenantContext, { asked, conversation, title, past, question, messageId }: Known): Plan {
  const { agent, workspaceInstructions } = asked;
  const { accountId, id: conversationId } = conversation;
  return { context, accountId, conversationId, messageId, agent, workspaceInstructions, title, past, question };
}
