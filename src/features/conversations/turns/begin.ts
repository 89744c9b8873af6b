import type { TenantDatabase } from '../../../database/database.js';
import { isPostgresError } from '../../../database/failure.js';
import { newId } from '../../../database/id.js';
import type { Sql } from '../../../database/sql.js';
import { Conflict, Forbidden, NotFound } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { type AuditEvent, eventOf } from '../../../tenancy/events.js';
import { inOneStatement, inTenant } from '../../../tenancy/in-tenant.js';
import type { Permission } from '../../../tenancy/permissions.js';
import { demandRoom } from '../../../tenancy/quotas.js';
import { digestOf } from '../../../vault/digest.js';
import { type Owned, titleFrom } from '../conversation.js';
import { listActs } from '../thread/branch/queries.js';
import { countAsked, insertTurn, type NewTurn, type Place, type Start } from './queries.js';
import { giveUp } from './recover.js';
import { launch, type Plan } from './run.js';
import { type RunningTurn, takePlace } from './running.js';

/** Asks the first question of a new conversation. */
export function startConversation(context: TenantContext, agentId: string, text: string): Promise<RunningTurn> {
  const id = newId();
  const title = titleFrom(text);
  return begin(context, 'conversations.create', async (db, accountId) => {
    const turn = { ...newIds(text), place: {}, begins: { agentId, title } };
    const asking = { conversation: { accountId, id }, turn };
    const start = await insertTurn(db, asking.conversation, audited(context, asking, asked(text)));
    if (!start) throw new NotFound('There is no such agent.');
    checkBegun(start);
    return plan(context, asking, { ...start, title, question: text });
  });
}

/**
 * Begins a conversation with the person in whose name the context acts, by a note instead of a question: its first line
 * is the product's own, the rest is what others wrote. `mark` and `placed` are written in the same transaction; when
 * `mark` answers false nothing is begun, and undefined is the answer.
 */
export function beginByNote(context: TenantContext, agentId: string, begun: ByNote): Promise<RunningTurn | undefined> {
  const { title, note, mark, placed } = begun;
  return inPlace(context, async (accountId, launched) => {
    const ids = newIds(note);
    const question = { ...ids.question, author: 'system' as const };
    const turn = { ...ids, question, place: {}, begins: { agentId, title } };
    const asking = { conversation: { accountId, id: newId() }, turn };
    const made = await inTenant(context, 'conversations.create', async (db) => {
      await demandRoom(context.tenant, 'messagesPerMonth', () => countAsked(db));
      if (!(await mark(db))) return undefined;
      const start = await insertTurn(db, asking.conversation, audited(context, asking, asked(note)));
      if (!start) throw new NotFound('There is no such agent.');
      checkBegun(start);
      await placed(db, { conversationId: asking.conversation.id, messageId: turn.answerId });
      return plan(context, asking, { ...start, title, question: note, isNote: true });
    });
    return made && launched(made);
  });
}

interface ByNote {
  readonly title: string;
  readonly note: string;
  mark(db: TenantDatabase): Promise<boolean>;
  placed(db: TenantDatabase, ids: { conversationId: string; messageId: string }): Promise<unknown>;
}

/** `after`: the end of the branch to go on with; without it, of the one that was last gone on with. */
export function askQuestion(
  context: TenantContext,
  conversationId: string,
  { text, after }: { text: string; after?: string | undefined },
): Promise<RunningTurn> {
  return askAt(context, conversationId, { text, place: { after } });
}

/** Asks again, in other words: the question and its answer stand beside the old ones, which stay. */
export function editQuestion(
  context: TenantContext,
  conversationId: string,
  { text, messageId }: { text: string; messageId: string },
): Promise<RunningTurn> {
  return askAt(context, conversationId, { text, place: { edits: messageId } });
}

function askAt(context: TenantContext, id: string, { text, place }: { text: string; place: Place }) {
  return begin(context, 'conversations.update', async (db, accountId) => {
    const asking = { conversation: { accountId, id }, turn: { ...newIds(text), place } };
    const start = await inConversation(db, asking.conversation, {
      context,
      turn: audited(context, asking, asked(text)),
    });
    checkBegun(start);
    return plan(context, asking, { ...start, question: text });
  });
}

/** Asks again for an answer; the new one stands beside it. What the old one had done already is said to the agent. */
export function retryAnswer(context: TenantContext, conversationId: string, messageId: string): Promise<RunningTurn> {
  return begin(context, 'conversations.update', async (db, accountId) => {
    const turn = { answerId: newId(), attempt: newId(), place: { retries: messageId } };
    const asking = { conversation: { accountId, id: conversationId }, turn };
    const event = { event: 'conversation.retried' } as const;
    const start = await inConversation(db, asking.conversation, { context, turn: audited(context, asking, event) });
    checkBegun(start);
    const asked = start.past.at(-1);
    const doneBefore = await listActs(db, messageId);
    const known = { ...start, past: start.past.slice(0, -1), question: asked?.text ?? '', doneBefore };
    return plan(context, asking, { ...known, isNote: asked?.author === 'system' });
  });
}

/**
 * Lets the agent go on with a note about what became of a call that had waited, for the person who had asked, in the
 * branch of the answer `below`, which had made the call. `mark` is written in the same transaction: when it answers false, the agent has gone on already and undefined is the answer.
 * Throws Conflict while another answer is written there, NotFound when the conversation is gone.
 */
export function goOn(
  context: TenantContext,
  conversationId: string,
  { note, below, mark }: { note: string; below: string; mark: (db: TenantDatabase) => Promise<boolean> },
): Promise<RunningTurn | undefined> {
  return inPlace(context, async (accountId, launched) => {
    const ids = newIds(note);
    const turn = { ...ids, place: { below }, question: { ...ids.question, author: 'system' as const } };
    const asking = { conversation: { accountId, id: conversationId }, turn };
    return inTenant(context, 'conversations.update', async (db) => {
      if (!(await mark(db))) return undefined;
      const event = { event: 'conversation.continued' } as const;
      const start = await inConversation(db, asking.conversation, { context, turn: audited(context, asking, event) });
      checkBegun(start);
      return plan(context, asking, { ...start, question: note, isNote: true });
    }).then((made) => made && launched(made));
  });
}

const nothing = 'There is nothing at this address.';
const waiting = 'A person is being asked about this answer. It goes on by itself when they have decided.';
const stillAnswering = 'The agent is still answering in this conversation. Wait for it, or stop it.';

function begin(
  context: TenantContext,
  permission: Permission,
  prepare: (db: TenantDatabase, accountId: string) => Promise<Plan>,
): Promise<RunningTurn> {
  return inPlace(context, async (accountId, launched) => {
    const made = await inOneStatement(context, permission, async (db) => {
      await demandRoom(context.tenant, 'messagesPerMonth', () => countAsked(db));
      return prepare(db, accountId);
    });
    return launched(made);
  });
}

/** `work` launches the turn, or not; the person's place is given back when it has ended, or nothing was launched. */
async function inPlace<T extends RunningTurn | undefined>(
  context: TenantContext,
  work: (accountId: string, launched: (made: Plan) => RunningTurn) => Promise<T>,
): Promise<T> {
  const accountId = accountOf(context.actor);
  if (!accountId || context.actor.kind !== 'member') throw new Forbidden('Only a person can ask.');
  const giveBack = takePlace(accountId);
  try {
    const turn = await work(accountId, (made) => launch(made, giveBack));
    if (!turn) giveBack();
    return turn;
  } catch (error) {
    giveBack();
    // Two questions at once: the second one to arrive.
    if (isPostgresError(error) && error.constraint === 'messages_running_key') throw new Conflict(stillAnswering);
    throw error;
  }
}

/** An answer whose process is gone is given up first, and only then the next one can begin. */
async function inConversation(db: TenantDatabase, conversation: Owned, { context, turn }: Given): Promise<Start> {
  const start = await insertTurn(db, conversation, turn);
  if (!start) throw new NotFound(nothing);
  if (!start.running?.abandoned) return start;
  await giveUp(db, context, start.running.id);
  return (await insertTurn(db, conversation, turn)) ?? start;
}

interface Given {
  readonly context: TenantContext;
  readonly turn: NewTurn;
}

function checkBegun({ begun, archived, running, agent, placed, pending }: Start): void {
  if (begun) return;
  if (!placed) throw new NotFound(nothing);
  if (archived)
    throw new Conflict(`${agent.name} is archived and cannot be asked. Start a conversation with another agent.`);
  throw new Conflict(running && !pending ? stillAnswering : waiting);
}

/** Made in this order: the answer's id sorts after the question's, and both are written in the same instant. */
function newIds(text: string) {
  const question = { id: newId(), text };
  return { question, answerId: newId(), attempt: newId() };
}

interface Asking {
  readonly conversation: Owned;
  readonly turn: NewTurn;
}

function asked(text: string): Pick<AuditEvent, 'event' | 'digest' | 'details'> {
  return { event: 'conversation.asked', digest: digestOf({ text }), details: { characters: text.length } };
}

function audited(context: TenantContext, { conversation, turn }: Asking, what: ReturnType<typeof asked>): NewTurn {
  const event: AuditEvent = {
    ...what,
    category: 'conversation',
    subject: { kind: 'conversation', id: conversation.id },
  };
  return { ...turn, audited: (from: Sql) => eventOf(context, event, from) };
}

type Known = Pick<Plan, 'agent' | 'workspaceInstructions' | 'title' | 'past' | 'question' | 'files'>;
type Told = Known & { readonly isNote?: boolean; readonly doneBefore?: Plan['doneBefore'] };

function plan(context: TenantContext, { conversation, turn }: Asking, known: Told): Plan {
  const { agent, workspaceInstructions, title, past, question, files, isNote = false, doneBefore = [] } = known;
  const { accountId, id: conversationId } = conversation;
  const messageId = turn.answerId;
  const what = { agent, workspaceInstructions, title, past, question, files, isNote, doneBefore };
  const ids = { accountId, conversationId, messageId, attempt: turn.attempt, questionId: turn.question?.id };
  return { context, ...ids, ...what };
}
