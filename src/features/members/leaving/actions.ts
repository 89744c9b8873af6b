import type { TenantDatabase } from '../../../database/database.js';
import { shared } from '../../../database/shared.js';
import { Invalid, NotFound } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import { demandMayOpen } from '../../break-glass/policy.js';
import { notify } from '../../notifications/notify.js';
import { listMemberIds } from '../../notifications/queries.js';
import { isMember } from '../../spaces/people.js';
import { deletePerson, insertPerson } from '../../spaces/queries.js';
import { tellSpace } from '../../spaces/telling.js';
import { takeAccountAway } from '../../usage/own/queries.js';
import { listMemberNames } from '../queries.js';
import { daysKept, formerName, type Leaving, type SpacesLeft } from './leaving.js';
import {
  deleteDeparture,
  erasePrivate,
  findDeparture,
  listPrivateSpaces,
  saveDeparture,
  setMaker,
  takeNameAway,
} from './queries.js';
import { dropDeadShares, eraseUnreadable } from './readers/actions.js';
import { deleteSharesWith } from './readers/queries.js';

const dayMs = 86_400_000;

/** The private spaces that somebody is in, by whether another member is in them, too. */
export async function spacesLeft(db: TenantDatabase, tenantId: string, accountId: string): Promise<SpacesLeft> {
  const spaces = await listPrivateSpaces(db, accountId);
  const others = [...new Set(spaces.flatMap((space) => space.others))];
  const members = new Set(others.length > 0 ? await listMemberIds(shared(), tenantId, others) : []);
  const isAlone = (space: (typeof spaces)[number]) => !space.others.some((id) => members.has(id));
  return {
    alone: spaces.filter(isAlone).map(({ id }) => id),
    together: spaces.filter((space) => !isAlone(space)).map(({ id }) => id),
  };
}

/**
 * MB-5: what becomes of the things of somebody who goes, in the transaction that ends their membership. Others go on with
 * what they share; what was theirs alone waits for them, is handed over as they or the remover chose, or is deleted.
 */
export async function leaveThings(
  db: TenantDatabase,
  context: TenantContext,
  accountId: string,
  { heir, forGood = false }: Leaving,
): Promise<NonNullable<AuditEvent['details']>> {
  const { alone, together } = await spacesLeft(db, context.tenant.id, accountId);
  for (const id of together) {
    await tellSpace(db, { id, kind: 'private' });
    await deletePerson(db, id, accountId);
  }
  await deleteSharesWith(db, accountId);
  if (heir && alone.length > 0) await handOverWithin(db, context, { from: accountId, to: heir, spaces: alone });
  const handedOver = heir ? alone.length : 0;
  if (forGood) {
    await dropDeadShares(db, context.tenant.id);
    const erased = await erasePrivate(db, accountId);
    const conversationsOfOthers = await eraseUnreadable(db, context.tenant.id);
    await takeNameAway(db, accountId, { was: context.actor.name, name: formerName });
    await takeAccountAway(db, accountId);
    await deleteDeparture(db, accountId);
    return { handedOver, ...erased, conversationsOfOthers };
  }
  const eraseAt = new Date(Date.now() + daysKept * dayMs);
  const names = await listMemberNames(shared(), context.tenant.id, [accountId]);
  await saveDeparture(db, { accountId, accountName: names.get(accountId) ?? formerName, eraseAt });
  await enqueueJob(db, 'members.erase', { accountId }, { key: `erase ${accountId}`, at: eraseAt });
  return { handedOver, eraseOn: eraseAt.toISOString().slice(0, 10) };
}

/** Throws NotFound when nobody of that id has left, or is back. */
export const demandGone = (context: TenantContext, accountId: string): Promise<void> =>
  readTenant(context, 'members.delete', (db) => demandGoneIn(db, context, accountId));

async function demandGoneIn(db: TenantDatabase, context: TenantContext, accountId: string): Promise<void> {
  const [departure, back] = [await findDeparture(db, accountId), await isMember(context, accountId)];
  if (!departure || back) throw new NotFound('There is nothing at this address.');
}

/** Later, while what somebody left still waits. Throws NotFound when nobody of that id has left, or is back. */
export function handOver(context: TenantContext, { from, to }: { from: string; to: string }): Promise<number> {
  return inTenant(context, 'members.delete', async (db) => {
    await demandGoneIn(db, context, from);
    const { alone } = await spacesLeft(db, context.tenant.id, from);
    await handOverWithin(db, context, { from, to, spaces: alone });
    return alone.length;
  });
}

interface Handing {
  readonly from: string;
  readonly to: string;
  readonly spaces: readonly string[];
}

/**
 * Its maker gives it to whom they like. Whoever else does so looks into what is private, and needs what that takes: the
 * same rule as for opening it.
 */
async function handOverWithin(db: TenantDatabase, context: TenantContext, { from, to, spaces }: Handing) {
  if (accountOf(context.actor) !== from) await demandMayOpen(db, context);
  if (to === from || !(await isMember(context, to))) {
    throw new Invalid('Choose a member of this workspace.', { heir: 'Choose a member.' });
  }
  for (const id of spaces) {
    await insertPerson(db, id, { accountId: to, addedBy: accountOf(context.actor) ?? from });
    await setMaker(db, id, to);
    await deletePerson(db, id, from);
    const subject = { kind: 'space', id };
    await recordEvent(db, context, { category: 'page', event: 'space.handed-over', subject, details: { from, to } });
    const title = 'A private space of somebody who has left';
    await notify(db, context, { to: [to], kind: 'shared', subject, title, path: `/spaces/${id}` });
  }
}

/** Runs when the days are over: deletes what was theirs alone, unless they are back, and what nobody can read any more. */
export async function eraseLeft(system: TenantContext, accountId: string): Promise<void> {
  const back = await isMember(system, accountId);
  await inTenant(system, 'members.delete', async (db) => {
    const departure = await findDeparture(db, accountId);
    if (!departure || departure.eraseAt.getTime() > Date.now()) return;
    await deleteDeparture(db, accountId);
    await dropDeadShares(db, system.tenant.id);
    const erased = back ? { conversations: 0 } : await erasePrivate(db, accountId);
    const others = await eraseUnreadable(db, system.tenant.id);
    if (back && others === 0) return;
    const details = { ...erased, ...(others > 0 ? { conversationsOfOthers: others } : {}) };
    const subject = { kind: 'account', id: accountId };
    await recordEvent(db, system, { category: 'member', event: 'member.erased', subject, details });
  });
}
