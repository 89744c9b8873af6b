import { config } from '../../config.js';
import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { shared } from '../../database/shared.js';
import { Conflict, Invalid, NotFound } from '../../errors.js';
import { sendMail } from '../../mail/outbox.js';
import { accountOf, may, type TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant, inTenantWithShared, readTenant } from '../../tenancy/in-tenant.js';
import { getMember } from '../members/queries.js';
import { notify } from '../notifications/notify.js';
import { listMemberIds } from '../notifications/queries.js';
import { type Grant, type GrantDraft, minutes } from './grant.js';
import { demandMayOpen, mayOpenHere, notAllowed } from './policy.js';
import { endGrant, findGrant, findLive, insertGrant, listOwnersOf } from './queries.js';

export const kindWords: Readonly<Record<Grant['kind'], string>> = {
  conversation: 'a private conversation',
  space: 'a private space',
};

/**
 * Opens one private thing of a member for looking, for an hour. Everybody whose it is learns at once who looks, why and
 * until when: in their notifications, and by a mail that nobody can turn off. Answers the grant's id.
 */
export async function openPrivate(context: TenantContext, ownerId: string, draft: GrantDraft): Promise<string> {
  const { tenant, actor } = context;
  const accountId = accountOf(actor) ?? '';
  const [kind, subjectId] = draft.what;
  await orWriteRefusal(context, ownerId);
  const owners = await readTenant(context, 'members.manage', (db) => listOwnersOf(db, kind, subjectId));
  if (!owners.includes(ownerId)) throw new Invalid('Choose what to open.', { what: 'Choose what to open.' });
  if (owners.includes(accountId)) throw new Conflict('You are in it yourself: open it as you always do.');
  const people = await listMemberIds(shared(), tenant.id, owners);
  const owner = await getMember(shared(), tenant.id, ownerId);
  const id = newId();
  await inTenantWithShared(
    context,
    'members.manage',
    async (db) => {
      const until = new Date(Date.now() + minutes * 60_000);
      for (const person of people) {
        const { email } = await getMember(db, tenant.id, person);
        const locals = {
          ...{ workspaceName: tenant.name, who: actor.name, what: kindWords[kind], reason: draft.reason },
          ...{ when: new Date(), until, link: `${config().origin}/w/${tenant.slug}/access/${id}` },
        };
        await sendMail(db, { to: email, template: 'private-access', locals });
      }
    },
    async (db) => {
      await demandMayOpen(db, context);
      const grant = { kind, subjectId, ownerId, ownerName: owner.name, accountId, accountName: actor.name };
      await insertGrant(db, { id, ...grant, reason: draft.reason }, minutes);
      const details = { kind, owner: ownerId, subject: subjectId, minutes, told: people.length };
      await recordEvent(db, context, about(id, 'private-access.opened', details));
      await tell(db, context, { id, people, title: `${actor.name} looks into ${kindWords[kind]} of yours` });
    },
  );
  return id;
}

/** That somebody tried is known, too. */
async function orWriteRefusal(context: TenantContext, ownerId: string): Promise<void> {
  if (await readTenant(context, 'members.manage', (db) => mayOpenHere(db, context))) return;
  await inTenant(context, 'members.manage', (db) =>
    recordEvent(db, context, {
      category: 'security',
      event: 'private-access.opened',
      outcome: 'refused',
      subject: { kind: 'account', id: ownerId },
    }),
  );
  throw notAllowed();
}

/** Whoever looks ends it, or somebody else who may look, or anybody whose it is. */
export async function endPrivate(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'workspace.read', async (db) => {
    const grant = await findGrant(db, viewerOf(context), id);
    const me = accountOf(context.actor);
    if (!grant) throw nothing();
    const isTheirs = grant.accountId === me || (await listOwnersOf(db, grant.kind, grant.subjectId)).includes(me ?? '');
    if (!isTheirs && !(await mayOpenHere(db, context))) throw nothing();
    if ((await endGrant(db, id)) === 0) throw new Conflict('It has ended already.');
    await recordEvent(db, context, about(id, 'private-access.ended', { kind: grant.kind, owner: grant.ownerId }));
    const people = await listOwnersOf(db, grant.kind, grant.subjectId);
    await tell(db, context, { id, people, title: `${grant.accountName} no longer looks into what is yours` });
  });
}

/**
 * The door of everything that is shown under a grant: it is live, of this person, and the workspace still lets them.
 * Each look is written down before anything is read.
 */
export async function lookUnder(context: TenantContext, id: string, seen: string): Promise<Grant> {
  if (context.actor.kind !== 'member') throw nothing();
  const accountId = context.actor.accountId;
  return inTenant(context, 'workspace.read', async (db) => {
    const grant = await findLive(db, id, accountId);
    if (!grant || !(await mayOpenHere(db, context))) throw nothing();
    await recordEvent(db, context, about(id, 'private-access.looked', { kind: grant.kind, seen }));
    return grant;
  });
}

interface Telling {
  readonly id: string;
  readonly people: readonly string[];
  readonly title: string;
}

function tell(db: TenantDatabase, context: TenantContext, { id, people, title }: Telling): Promise<void> {
  const told = { to: people, subject: { kind: 'private-access', id }, title, path: `/access/${id}`, mailed: people };
  return notify(db, context, { ...told, kind: 'security' });
}

export function viewerOf({ actor }: TenantContext) {
  return { accountId: accountOf(actor) ?? '', readsAudit: may(actor, 'audit.read') };
}

function about(id: string, event: string, details: AuditEvent['details']): AuditEvent {
  return { category: 'security', event, subject: { kind: 'private-access', id }, details: details ?? {} };
}

const nothing = () => new NotFound('There is nothing at this address.');
