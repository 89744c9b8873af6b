import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { shared } from '../../../database/shared.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { newToken } from '../../../vault/tokens.js';
import { createEvent } from '../../calendar/actions.js';
import { msPerDay } from '../../calendar/time/day.js';
import { insertTurn } from '../../conversations/turns/queries.js';
import { digestFor } from '../../decisions/decision.js';
import { insertDecision } from '../../decisions/queries.js';
import { pasteDocument } from '../../knowledge/actions.js';
import { countGap } from '../../knowledge/gaps/queries.js';
import { insertInvitation } from '../../members/invitations/queries.js';
import { notify } from '../../notifications/notify.js';
import { createPage } from '../../pages/actions.js';
import { createRole } from '../../roles/actions.js';
import { createGroup } from '../../roles/groups/actions.js';
import { createSpace } from '../../spaces/actions.js';
import { createTask } from '../../tasks/actions.js';
import { commentTask } from '../../tasks/entries/actions.js';
import { createLabel } from '../../tasks/labels/actions.js';
import { type Canary, newWord } from './canaries.js';
import { findAgentId, findEventId, findNotificationId } from './queries.js';

/** What a canary holds: an id for each word that stands before a name in an address, and two words that nothing else has. */
export interface Planted {
  readonly names: Readonly<Record<string, string>>;
  /** To search for; an answer may repeat it. */
  readonly word: string;
  /** Beside it in every text; nobody but the canary's own member may ever be shown it. */
  readonly secret: string;
}

/** Writes one of everything through the same actions as people do. */
export async function plant({ accountId, context }: Canary): Promise<Planted> {
  const [word, secret] = [newWord(), newWord()];
  const title = `${word} ${secret}`;
  const label = await createLabel(context, { name: secret, colour: 'amber' });
  const rest = { status: 'todo', priority: 'none', assignee: null, due: null, labels: [label] } as const;
  const task = await createTask(context, { title, description: title, ...rest });
  const comment = await commentTask(context, task, title);
  const space = await createSpace(context, { name: secret, description: '', kind: 'team' });
  const page = await createPage(context, { spaceId: space, parentId: null, title, body: title });
  const document = await pasteDocument(context, { title, text: title });
  const event = await plantEvent(context, title);
  const role = await createRole(context, { name: secret, description: '', permissions: ['audit.read'] });
  const group = await createGroup(context, { name: secret, description: '', roles: [role] });
  const invitation = await invite(context, accountId, secret);
  const talk = await inTenant(context, 'conversations.create', (db) => plantTalk(db, context, { accountId, title }));
  const gap = randomUUID();
  const [notification, audited] = await inTenant(context, 'knowledge.update', async (db) => {
    await countGap(db, { id: gap, tag: randomBytes(16), question: title });
    await notify(db, system(context), noticeFor(accountId, title));
    return [await findNotificationId(db), await findEventId(db)];
  });
  const names = {
    ...{
      labels: label,
      tasks: task,
      comments: comment,
      spaces: space,
      pages: page,
      knowledge: document,
      events: event,
    },
    ...{ roles: role, groups: group, invitations: invitation, gaps: gap, notifications: notification, audit: audited },
    ...{ conversations: talk.conversation, messages: talk.answer, questions: talk.question, agents: talk.agent },
    ...{ inbox: talk.decision, members: accountId, people: accountId, sharing: accountId, accounts: accountId },
    ...{ w: context.tenant.slug, tenants: context.tenant.id, versions: '1' },
  };
  const known = Object.entries(names).flatMap(([place, id]) => (id === undefined ? [] : [[place, id]]));
  return { names: Object.fromEntries(known), word, secret };
}

const system = (context: TenantContext): TenantContext => ({
  ...context,
  actor: { kind: 'system', name: 'self-test', may: ['knowledge.update'] },
});

const noticeFor = (accountId: string, title: string) =>
  ({
    to: [accountId],
    kind: 'finished',
    subject: { kind: 'self-test', id: accountId },
    title,
    path: '/agents',
  }) as const;

async function plantEvent(context: TenantContext, title: string): Promise<string> {
  const wall = { day: Math.floor(Date.now() / msPerDay), minutes: 0 };
  const when = { allDay: true, zone: 'UTC', from: wall, to: wall };
  const settings = { title, description: '', place: '', rule: null, attendees: [], reminderMinutes: null } as const;
  return (await createEvent(context, { ...settings, when, visibility: 'team' })).id;
}

/** Its link is mailed to nobody. */
async function invite({ tenant }: TenantContext, invitedBy: string, secret: string): Promise<string> {
  const id = newId();
  await insertInvitation(shared(), {
    ...{ id, tenantId: tenant.id, email: `${secret}@canary.invalid`, role: 'member', invitedBy },
    tokenHash: newToken().hash,
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  return id;
}

/** A question without an answer, and a call that waits for a person. No model is asked. */
async function plantTalk(db: TenantDatabase, context: TenantContext, said: { accountId: string; title: string }) {
  const { accountId, title } = said;
  const agent = (await findAgentId(db)) ?? randomUUID();
  const [conversation, question, answer, decision] = [newId(), newId(), newId(), newId()];
  await insertTurn(
    db,
    { accountId, id: conversation },
    {
      answerId: answer,
      attempt: newId(),
      place: {},
      question: { id: question, text: title },
      begins: { agentId: agent, title },
    },
  );
  const call = { tool: 'add_document', arguments: JSON.stringify({ title, text: title }), target: null };
  await insertDecision(db, context, {
    ...{ id: decision, toolCallId: newId(), messageId: answer, conversationId: conversation, tool: call.tool },
    ...{ agent: { id: agent, name: title }, account: { id: accountId, name: title }, effect: 'inside' },
    ...{ trigger: 'chat', requestId: 'self-test', background: { why: '', sources: [] } },
    expiresAt: new Date(Date.now() + 3_600_000),
    version: { ...call, summary: title, digest: digestFor(call) },
  });
  return { agent, conversation, question, answer, decision };
}
