import { shared } from '../../database/shared.js';
import { NotFound } from '../../errors.js';
import { accountOf, may, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { getConversation } from '../conversations/queries.js';
import { threadFor } from '../conversations/sharing/locals.js';
import { getMember } from '../members/queries.js';
import { getPage, searchPages } from '../pages/queries.js';
import { renderPage } from '../pages/rendering.js';
import { getSpace } from '../spaces/queries.js';
import type { Viewer } from '../spaces/viewer.js';
import { kindWords, lookUnder, viewerOf } from './actions.js';
import { allowances, allowedWords, type Grant, isLive, minutes } from './grant.js';
import { demandMayOpen, mayOpenHere } from './policy.js';
import { findAllowed, findGrant, listGrants, listOwnersOf, listPrivate } from './queries.js';

const mostListed = 200;
const mostPrivate = 30;
const mostPages = 500;

export interface AccessForm {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly errors?: Readonly<Record<string, string>>;
}

/** As a list shows it. */
function shownGrant(grant: Grant) {
  return { ...grant, what: kindWords[grant.kind], live: isLive(grant) };
}

/** What this person may know of, and to an owner, who may look. */
export async function listLocals(context: TenantContext, form: AccessForm = {}) {
  const viewer = viewerOf(context);
  const [grants, allowed] = await readTenant(context, 'workspace.read', (db) =>
    Promise.all([listGrants(db, { viewer, limit: mostListed }), findAllowed(db)]),
  );
  return {
    title: 'Looks into what is private',
    grants: grants.map(shownGrant),
    all: viewer.readsAudit,
    allowed,
    allowedWords,
    choices: allowances.map((value) => ({ value, label: allowedWords[value], checked: value === allowed })),
    minutes,
    errors: form.errors ?? {},
  };
}

export async function newLocals(context: TenantContext, ownerId: string, form: AccessForm = {}) {
  const member = await getMember(shared(), context.tenant.id, ownerId);
  if (ownerId === accountOf(context.actor)) throw new NotFound('There is nothing at this address.');
  const things = await readTenant(context, 'members.manage', async (db) => {
    await demandMayOpen(db, context);
    return listPrivate(db, ownerId, mostPrivate);
  });
  return {
    title: `Look into what is ${member.name}’s`,
    member,
    things,
    kindWords,
    minutes,
    values: form.values ?? {},
    errors: form.errors ?? {},
  };
}

/** The facts of one, to whoever may know of it. */
export async function showLocals(context: TenantContext, id: string) {
  const me = accountOf(context.actor);
  const [grant, owners, opens] = await readTenant(context, 'workspace.read', async (db) => {
    const found = await findGrant(db, viewerOf(context), id);
    if (!found) throw new NotFound('There is nothing at this address.');
    return [found, await listOwnersOf(db, found.kind, found.subjectId), await mayOpenHere(db, context)] as const;
  });
  const live = isLive(grant);
  return {
    title: 'A look into what is private',
    grant: shownGrant(grant),
    mayLook: live && grant.accountId === me && opens,
    mayEnd: live && (grant.accountId === me || owners.includes(me ?? '') || opens),
  };
}

/** What a grant opens: a conversation's thread, or the pages of a space. Nothing else of its owner. */
export async function contentLocals(context: TenantContext, id: string, before: string | undefined) {
  const grant = await lookUnder(context, id, 'content');
  const address = `/w/${context.tenant.slug}/access/${id}`;
  const facts = { grant: shownGrant(grant), address };
  if (grant.kind === 'space') {
    const viewer = viewerUnder(grant);
    const [space, pages] = await readTenant(context, 'pages.read', (db) =>
      Promise.all([
        getSpace(db, viewer, grant.subjectId),
        searchPages(db, viewer, { words: [], spaceId: grant.subjectId, limit: mostPages }),
      ]),
    );
    return { ...facts, title: space.name, space, pages, thread: undefined };
  }
  const owned = { accountId: grant.ownerId, id: grant.subjectId };
  const conversation = await readTenant(context, 'conversations.read', (db) => getConversation(db, owned));
  const { agentName, title } = conversation;
  const place = { asked: { before }, address: `${address}/content`, agentName, ownerName: grant.ownerName };
  const thread = await threadFor(context, { owned, ...place });
  return { ...facts, title, space: undefined, pages: [], thread };
}

export async function pageLocals(context: TenantContext, id: string, pageId: string) {
  const grant = await lookUnder(context, id, pageId);
  const shown = await readTenant(context, 'pages.read', (db) => getPage(db, viewerUnder(grant), pageId));
  if (grant.kind !== 'space' || shown.spaceId !== grant.subjectId)
    throw new NotFound('There is nothing at this address.');
  const html = await renderPage(context, shown.body, shown.spaceId);
  const address = `/w/${context.tenant.slug}/access/${id}`;
  return { title: shown.title, grant: shownGrant(grant), address, page: { ...shown, html } };
}

/** Sees what the grant names, and no team space through it: that has doors of its own. */
function viewerUnder({ id, accountId }: Grant): Viewer {
  return { accountId, mayReadTeam: false, grant: id };
}

/** For the audit's page and a member's: looks that go on now, or were at their things. */
export function grantsAbout(context: TenantContext, about: { ownerId?: string; liveOnly?: boolean }) {
  const viewer = { ...viewerOf(context), readsAudit: may(context.actor, 'audit.read') };
  return readTenant(context, 'workspace.read', async (db) =>
    (await listGrants(db, { viewer, ...about, limit: 20 })).map(shownGrant),
  );
}
