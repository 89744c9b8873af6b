import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { newId } from '../../src/database/id.js';
import { openPrivate } from '../../src/features/break-glass/actions.js';
import { digestFor } from '../../src/features/decisions/decision.js';
import { insertDecision } from '../../src/features/decisions/queries.js';
import { beginExport, finishExport, insertExport, insertPart } from '../../src/features/exports/queries.js';
import { countGap } from '../../src/features/knowledge/gaps/queries.js';
import { saveComparison } from '../../src/features/knowledge/versions/queries.js';
import { saveDeparture } from '../../src/features/members/leaving/queries.js';
import { listNotifications } from '../../src/features/notifications/list/queries.js';
import { notify } from '../../src/features/notifications/notify.js';
import { unsubscribeLink } from '../../src/features/notifications/unsubscribing/link.js';
import { createPage, updatePage } from '../../src/features/pages/actions.js';
import { openIncident } from '../../src/features/platform/incidents/actions.js';
import { commandLine } from '../../src/features/platform/operator.js';
import { createSpace } from '../../src/features/spaces/actions.js';
import { insertPerson, insertSpace } from '../../src/features/spaces/queries.js';
import { createTask } from '../../src/features/tasks/actions.js';
import { commentTask } from '../../src/features/tasks/entries/actions.js';
import { createLabel } from '../../src/features/tasks/labels/actions.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { permissionsOf } from '../../src/tenancy/permissions.js';
import type { Team } from '../features/members/team.js';

/** The owner looks into a private space of somebody else, with a page in it. */
export async function grantOf(
  { context, owner }: Team,
  id: string,
): Promise<{ grant: string; 'granted page': string }> {
  const permissions = permissionsOf('member');
  const theirs = {
    ...context,
    actor: { kind: 'member', accountId: id, name: 'other', role: 'member', permissions },
  } as const;
  const space = await createSpace(theirs, { name: 'Diary', description: '', kind: 'private' });
  const page = await createPage(theirs, { spaceId: space, parentId: null, title: 'Monday', body: 'Rain.' });
  assert.notEqual(owner.id, id);
  const grant = await openPrivate(context, id, { what: ['space', space], reason: 'A walk through all doors' });
  return { grant, 'granted page': page };
}

/** Somebody who has left, and whose private space waits to be deleted. */
export async function departedFrom({ context }: Team): Promise<string> {
  const [id, space] = [randomUUID(), newId()];
  await inTenant(context, 'spaces.create', async (db) => {
    await insertSpace(db, { id: space, name: 'Left', description: '', kind: 'private', createdBy: id });
    await insertPerson(db, space, { accountId: id, addedBy: id });
    await saveDeparture(db, { accountId: id, accountName: 'gone', eraseAt: new Date(Date.now() + 86_400_000) });
  });
  return id;
}

/** A file that can be fetched. */
export async function exportOf({ context, owner }: Team): Promise<string> {
  const id = newId();
  await inTenant(context, 'workspace.delete', async (db) => {
    await insertExport(db, { id, accountId: owner.id, accountName: owner.name });
    await beginExport(db, id);
    await insertPart(db, id, 0, Buffer.from('PK'));
    await finishExport(db, id, { byteSize: 2, digest: randomBytes(32) });
  });
  return id;
}

export function unsubscriptionOf({ tenantId, owner }: Team): string {
  const link = unsubscribeLink({ tenantId, accountId: owner.id, kinds: ['reminder'] });
  return link.split('/').at(-1) ?? '';
}

/** A result that is there to be downloaded; what it says does not matter here. */
export const signedSelfTest = (tenantId: string) => `
  insert into ${tenantId}.self_tests (id, finished_at, tried, refused, leaked, signed, signature)
  values (gen_random_uuid(), now(), 1, 1, 0, '{}', '\\x00') returning id`;

/** A task with a label and a comment of the owner's. */
export async function taskOf({ context }: Team): Promise<{ task: string; label: string; comment: string }> {
  const label = await createLabel(context, { name: 'Light', colour: 'amber' });
  const words = { title: 'Trim the lamps', description: 'All of them.' };
  const rest = { status: 'todo', priority: 'none', assignee: null, due: null, labels: [label] } as const;
  const task = await createTask(context, { ...words, ...rest });
  return { task, label, comment: await commentTask(context, task, 'Oil is in the cellar.') };
}

/** A page with two versions in a private space of the owner's. */
export async function pageOf({ context }: Team): Promise<{ space: string; page: string }> {
  const space = await createSpace(context, { name: 'Plans', description: '', kind: 'private' });
  const page = await createPage(context, { spaceId: space, parentId: null, title: 'Lamps', body: 'Oil.' });
  await updatePage(context, page, { seen: 1, body: 'Gas.' });
  return { space, page };
}

/** Trouble that everybody may read of. */
export async function incidentOf(): Promise<string> {
  return openIncident(commandLine(), {
    ...{ kind: 'incident', title: 'Late mails', components: ['mail'], severity: 'notice' },
    ...{ startsAt: new Date(), endsAt: null, text: 'Soon.' },
  });
}

export async function tellOwner(team: Team): Promise<string> {
  const system = { kind: 'system', name: 'reminders', may: ['workspace.read'] } as const;
  const told = { subject: { kind: 'workspace', id: team.slug }, title: 'Fill the lamps', path: '/agents' };
  return inTenant({ ...team.context, actor: system }, 'workspace.read', async (db) => {
    await notify(db, { ...team.context, actor: system }, { ...told, to: [team.owner.id], kind: 'finished' });
    const [newest] = await listNotifications(db, team.owner.id, {
      ...{ unread: true, kind: undefined, before: undefined, limit: 1 },
    });
    return newest?.id ?? '';
  });
}

/** A question without an answer, and what a version of the document changed. Answers the question's id. */
export async function noteQuestion({ context }: Team, document: string): Promise<string> {
  const [id, tag] = [randomUUID(), randomBytes(16)];
  await inTenant(context, 'knowledge.update', async (db) => {
    await countGap(db, { id, tag, question: 'What is a wick?' });
    const counts = { version: 2, same: 0, added: 1, removed: 0, changed: 0 };
    await saveComparison(db, document, { ...counts, changes: [{ kind: 'added', headings: [], after: 'Oil.' }] });
  });
  return id;
}

/** A call that waits for the owner, asked for somebody else. */
export async function askDecision(
  { context }: Team,
  { agent, conversation, account }: { agent: string; conversation: string; account: string },
): Promise<string> {
  const id = newId();
  const call = { tool: 'add_document', arguments: JSON.stringify({ title: 'Oil', text: 'Oil burns.' }), target: null };
  await inTenant(context, 'decisions.update', (db) =>
    insertDecision(db, context, {
      ...{
        id,
        toolCallId: newId(),
        messageId: newId(),
        conversationId: conversation,
        tool: call.tool,
        effect: 'inside',
      },
      ...{ agent: { id: agent, name: 'Guide' }, account: { id: account, name: 'somebody' } },
      ...{ trigger: 'chat', requestId: 'asked', background: { why: '', sources: [] } },
      expiresAt: new Date(Date.now() + 3600_000),
      version: { ...call, summary: 'Add a document', digest: digestFor(call) },
    }),
  );
  return id;
}
