import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { Conflict, Forbidden, Invalid, NotFound } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import { notify } from '../notifications/notify.js';
import { isMember, mayManagePeople } from './people.js';
import {
  deletePerson,
  deleteSpaceRow,
  getSpace,
  insertPerson,
  insertSpace,
  listPeople,
  lockSpace,
  updateSpaceRow,
} from './queries.js';
import type { Space, SpaceChange, SpaceDraft } from './space.js';
import { tellSpace } from './telling.js';
import { viewerOf } from './viewer.js';

/** Answers its id. Whoever makes a private space is the first in it. */
export function createSpace(context: TenantContext, draft: SpaceDraft): Promise<string> {
  return inTenant(context, 'spaces.create', async (db) => {
    const id = newId();
    const createdBy = accountOf(context.actor);
    if (!createdBy) throw new Error('Spaces are made by people');
    await insertSpace(db, { id, ...draft, createdBy });
    if (draft.kind === 'private') await insertPerson(db, id, { accountId: createdBy, addedBy: createdBy });
    await recordEvent(db, context, eventAbout(id, 'space.created', { kind: draft.kind }));
    await tellSpace(db, { id, kind: draft.kind });
    return id;
  });
}

/** Throws Conflict when somebody else changed it since `version` was shown. */
export function updateSpace(context: TenantContext, id: string, change: SpaceChange): Promise<void> {
  return inTenant(context, 'spaces.update', async (db) => {
    const { version, kind } = await lockSpace(db, viewerOf(context), id);
    if (version !== change.version) {
      throw new Conflict('Somebody changed this space while you were editing. Look at it, then save again.');
    }
    await updateSpaceRow(db, { id, name: change.name, description: change.description });
    await recordEvent(db, context, eventAbout(id, 'space.updated', { version: version + 1 }));
    await tellSpace(db, { id, kind });
  });
}

/** Lets somebody into a private space, and tells them. */
export async function addPerson(context: TenantContext, id: string, accountId: string): Promise<void> {
  const member = await isMember(context, accountId);
  await inTenant(context, 'spaces.update', async (db) => {
    const space = await privateSpace(db, context, id);
    if (!(await mayManagePeople(context, space))) throw new Forbidden('Only who made this space lets people in.');
    if (!member) throw new Invalid('Choose a member of this workspace.', { account: 'Choose a member.' });
    const added = await insertPerson(db, id, { accountId, addedBy: accountOf(context.actor) ?? space.createdBy });
    if (added === 0) return;
    await recordEvent(db, context, eventAbout(id, 'space.person-added', { account: accountId }));
    await tellSpace(db, space);
    const subject = { kind: 'space', id };
    await notify(db, context, { to: [accountId], kind: 'shared', subject, title: space.name, path: `/spaces/${id}` });
  });
}

/** Whoever may let people in may take them out again; everybody else may leave. Its maker stays. */
export function removePerson(context: TenantContext, id: string, accountId: string): Promise<void> {
  return inTenant(context, 'spaces.read', async (db) => {
    const space = await privateSpace(db, context, id);
    const leaving = accountId === accountOf(context.actor);
    if (!leaving && !(await mayManagePeople(context, space))) {
      throw new Forbidden('Only who made this space takes people out of it.');
    }
    const people = await listPeople(db, id);
    if (!people.some((person) => person.accountId === accountId)) throw new NotFound('There is no such person in it.');
    if (people.length === 1 || (leaving && accountId === space.createdBy)) {
      throw new Conflict('A private space keeps its maker. To be rid of it, delete it.');
    }
    await tellSpace(db, space);
    await deletePerson(db, id, accountId);
    await recordEvent(db, context, eventAbout(id, 'space.person-removed', { account: accountId }));
  });
}

/** A team space takes the right to delete spaces; a private one is its maker's. Pages and history go with it. */
export async function deleteSpace(context: TenantContext, id: string): Promise<void> {
  const viewer = viewerOf(context);
  const { kind } = await readTenant(context, 'spaces.read', (db) => getSpace(db, viewer, id));
  await inTenant(context, kind === 'team' ? 'spaces.delete' : 'spaces.update', async (db) => {
    const space = await lockSpace(db, viewer, id);
    if (kind === 'private' && !(await mayManagePeople(context, space))) {
      throw new Forbidden('Only who made this private space can delete it.');
    }
    await tellSpace(db, space);
    await deleteSpaceRow(db, id);
    await recordEvent(db, context, eventAbout(id, 'space.deleted', { kind }));
  });
}

/** Held, so that two who take each other out of it wait. */
async function privateSpace(db: TenantDatabase, context: TenantContext, id: string): Promise<Space> {
  const space = await lockSpace(db, viewerOf(context), id);
  if (space.kind === 'team') throw new Conflict('Everybody in this workspace is in a team space.');
  return space;
}

function eventAbout(id: string, event: string, details: AuditEvent['details'] = {}): AuditEvent {
  return { category: 'page', event, subject: { kind: 'space', id }, details };
}
