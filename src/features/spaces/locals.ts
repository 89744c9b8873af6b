import { z } from 'zod';
import { shared } from '../../database/shared.js';
import type { FormErrors } from '../../http/form-errors.js';
import { accountOf, may, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { listMembers } from '../members/queries.js';
import { firstOf } from '../pages/locals.js';
import { getPage } from '../pages/queries.js';
import { listBelow, listLevel } from '../pages/tree/queries.js';
import { calledIn, mayManagePeople } from './people.js';
import { getSpace, listPeople } from './queries.js';
import { viewerOf } from './viewer.js';

const perLevel = 50;
/** How many lines the second level of a tree takes, shared by the pages of the first. */
const linesBelow = 150;
const optionalId = z.uuid().optional().catch(undefined);
const ShowQuery = z.object({ after: optionalId, archived: optionalId });

/** A space with the first two levels of its tree. */
export async function showLocals(context: TenantContext, id: string, query: unknown) {
  const { after, archived } = ShowQuery.parse(query ?? {});
  const viewer = viewerOf(context);
  const shown = await readTenant(context, 'pages.read', async (db) => {
    const space = await getSpace(db, viewer, id);
    const level = await listLevel(db, { spaceId: id, parentId: null, after, limit: perLevel + 1 });
    const { inside, nextAfter } = firstOf(level, perLevel);
    const parents = inside.filter(({ hasPages }) => hasPages).map((page) => page.id);
    const shownBelow = Math.min(12, Math.max(3, Math.floor(linesBelow / Math.max(1, parents.length))));
    const [below, people, gone] = await Promise.all([
      parents.length > 0 ? listBelow(db, parents, shownBelow + 1) : new Map(),
      space.kind === 'private' ? listPeople(db, id) : [],
      archived ? getPage(db, viewer, archived).catch(() => undefined) : undefined,
    ]);
    const pages = inside.map((page) => ({ ...page, below: firstOf(below.get(page.id) ?? [], shownBelow) }));
    return { space, pages, nextAfter, people, gone };
  });
  const called = await calledIn(context, [shown.space.createdBy]);
  return {
    ...shown,
    title: shown.space.name,
    styles: ['pages', 'live'],
    scripts: ['page-tree', 'live-regions', 'morph'],
    startsLater: after !== undefined,
    people: shown.people.length,
    gone: shown.gone?.archivedAt ? shown.gone : undefined,
    createdBy: called(shown.space.createdBy),
    mayDelete: await mayDelete(context, shown.space),
  };
}

type Space = Awaited<ReturnType<typeof getSpace>>;

function mayDelete(context: TenantContext, space: Space): Promise<boolean> | boolean {
  return space.kind === 'team' ? may(context.actor, 'spaces.delete') : mayManagePeople(context, space);
}

export async function spaceLocals(context: TenantContext, id: string) {
  return { space: await readTenant(context, 'spaces.read', (db) => getSpace(db, viewerOf(context), id)) };
}

export async function formLocals(context: TenantContext, id: string | undefined, form?: FormErrors) {
  const space = id ? (await spaceLocals(context, id)).space : undefined;
  const values = form?.values ?? {
    name: space?.name ?? '',
    description: space?.description ?? '',
    kind: 'team',
    version: String(space?.version ?? 0),
  };
  return { title: space ? `Edit ${space.name}` : 'New space', space, values, errors: form?.errors ?? {} };
}

/** Who is in a private space, and to whoever may let people in, who is not. */
export async function peopleLocals(context: TenantContext, id: string, form?: FormErrors) {
  const [space, people] = await readTenant(context, 'spaces.read', async (db) => {
    const found = await getSpace(db, viewerOf(context), id);
    return [found, await listPeople(db, id)] as const;
  });
  const manages = await mayManagePeople(context, space);
  const called = await calledIn(
    context,
    people.map(({ accountId }) => accountId),
  );
  const within = new Set(people.map(({ accountId }) => accountId));
  const members = manages ? await listMembers(shared(), context.tenant.id) : [];
  const me = accountOf(context.actor);
  return {
    title: `People in ${space.name}`,
    styles: ['live'],
    scripts: ['live-regions', 'morph'],
    space,
    manages,
    people: people.map((person) => ({
      ...person,
      name: called(person.accountId),
      isMaker: person.accountId === space.createdBy,
      isMe: person.accountId === me,
    })),
    others: members
      .filter(({ accountId }) => !within.has(accountId))
      .map(({ accountId, name, username }) => ({ value: accountId, label: `${name} (${username})` })),
    values: form?.values ?? {},
    errors: form?.errors ?? {},
  };
}
