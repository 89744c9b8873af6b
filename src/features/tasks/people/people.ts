import type { TenantDatabase } from '../../../database/database.js';
import { shared } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import type { Assignee, Doer } from '../task.js';
import { findPeople, listAgentNames, listPeople } from './queries.js';

/** A form offers no more; whoever is not in it can still be named to an agent. */
const mostOffered = 500;

export interface Named extends Assignee {
  readonly name: string;
}

/** Everybody to whom work can be given, people first. */
export async function listAssignable(db: TenantDatabase, { tenant }: TenantContext): Promise<Named[]> {
  const [people, agents] = await Promise.all([
    listPeople(shared(), tenant.id, mostOffered),
    listAgentNames(db, mostOffered),
  ]);
  return [
    ...people.map(({ id, name }): Named => ({ kind: 'member', id, name })),
    ...agents.filter(({ archived }) => !archived).map(({ id, name }): Named => ({ kind: 'agent', id, name })),
  ];
}

/**
 * What these are called now. Whoever left the workspace has no name here. `known`: those whose names are there already,
 * as where everybody is offered; only the others are asked for.
 */
export async function namesOf(
  db: TenantDatabase,
  { tenant }: TenantContext,
  { assignees, known = [] }: { assignees: readonly (Assignee | null)[]; known?: readonly Named[] },
): Promise<ReadonlyMap<string, string>> {
  const there = new Map(known.map(({ id, name }) => [id, name]));
  const asked = assignees.filter((each) => each !== null && !there.has(each.id));
  const ids = new Set(asked.flatMap((each) => (each?.kind === 'member' ? [each.id] : [])));
  const hasAgents = asked.some((each) => each?.kind === 'agent');
  const [people, agents] = await Promise.all([
    ids.size > 0 ? findPeople(shared(), tenant.id, { ids: [...ids] }) : [],
    hasAgents ? listAgentNames(db, mostOffered) : [],
  ]);
  return new Map([...there, ...[...people, ...agents].map(({ id, name }) => [id, name] as const)]);
}

export const nobody = 'Nobody';
export const nameIn = (names: ReadonlyMap<string, string>, assignee: Assignee | null): string =>
  assignee ? (names.get(assignee.id) ?? 'Somebody who left') : nobody;

/** The name of whoever is to do it. Throws Invalid for somebody who is not in this workspace, or an agent put away. */
export async function demandAssignable(
  db: TenantDatabase,
  { tenant }: TenantContext,
  { kind, id }: Assignee,
): Promise<string> {
  const [found] =
    kind === 'member'
      ? await findPeople(shared(), tenant.id, { ids: [id] })
      : (await listAgentNames(db, mostOffered)).filter((agent) => agent.id === id && !agent.archived);
  if (found) return found.name;
  const message = 'Choose somebody of this workspace.';
  throw new Invalid(message, { assignee: message });
}

/** For agents, which know names: `me`, a username, a name, or an id. Throws Invalid when it fits nobody, or several. */
export async function resolveAssignee(db: TenantDatabase, context: TenantContext, said: string): Promise<Assignee> {
  const text = said.trim().toLowerCase();
  const own = accountOf(context.actor);
  if (text === 'me' && own) return { kind: 'member', id: own };
  const uuid = /^[0-9a-f-]{36}$/.test(text);
  const agents = (await listAgentNames(db, mostOffered)).filter(({ archived }) => !archived);
  const people = await findPeople(shared(), context.tenant.id, uuid ? { ids: [text] } : { name: text });
  const exact = people.filter(({ username }) => `@${username}` === text || username === text);
  const found: Assignee[] = [
    ...(exact.length > 0 ? exact : people).map(({ id }): Assignee => ({ kind: 'member', id })),
    ...agents
      .filter(({ id, name }) => id === text || name.toLowerCase() === text)
      .map(({ id }): Assignee => ({ kind: 'agent', id })),
  ];
  const [first] = found;
  if (found.length === 1 && first) return first;
  throw new Invalid(
    found.length === 0
      ? `Nobody in this workspace is called “${said}”. Use a username or the name of an agent.`
      : `Several are called “${said}”. Use a username.`,
  );
}

/** Whose doing it is. Their names are kept: what was done outlives a membership. */
export function doerOf({ actor }: TenantContext): Doer {
  if (actor.kind === 'agent') {
    const { accountId, name } = actor.onBehalfOf;
    return { accountId, accountName: name, agentId: actor.agentId, agentName: actor.name };
  }
  const accountId = actor.kind === 'member' ? actor.accountId : null;
  return { accountId, accountName: actor.name, agentId: null, agentName: null };
}
