import assert from 'node:assert/strict';
import { type ToolResult, toolNamed } from '../../../src/llm/tool.js';
import type { MemberActor, TenantContext } from '../../../src/tenancy/context.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { permissionsOf } from '../../../src/tenancy/permissions.js';
import type { Member, Team } from '../members/team.js';

/** As the pages of this member act. */
export function contextOf({ context }: Team, { id, name, role }: Member): TenantContext {
  const actor: MemberActor = { kind: 'member', accountId: id, name, role, permissions: permissionsOf(role) };
  return { ...context, actor, requestId: 'test-request' };
}

/** As an agent acts that this member asked. */
export function agentFor(team: Team, member: Member, agentId: string): TenantContext {
  const context = contextOf(team, member);
  if (context.actor.kind !== 'member') throw new Error('asked by a person');
  return { ...context, trigger: 'chat', actor: { kind: 'agent', agentId, name: 'Guide', onBehalfOf: context.actor } };
}

const tokens = new WeakMap<Member['person'], string>();

export async function post(team: Team, { person }: Member, path: string, fields: Record<string, string> = {}) {
  const _csrf = tokens.get(person) ?? (await person.token('/profile'));
  tokens.set(person, _csrf);
  return person.post(`${team.home}${path}`, { ...fields, _csrf });
}

export const get = (team: Team, { person }: Member, path: string) => person.get(`${team.home}${path}`);

const madeId = (location: string) => location.split('/').at(-1) ?? '';

export async function makeSpace(team: Team, by: Member, name: string, kind: 'team' | 'private' = 'team') {
  const answer = await post(team, by, '/spaces', { name, kind });
  assert.equal(answer.status, 303, answer.text);
  return madeId(answer.location);
}

export interface Written {
  readonly space: string;
  readonly title: string;
  readonly body?: string;
  readonly parent?: string;
}

export async function write(team: Team, by: Member, { space, title, body = '', parent = '' }: Written) {
  const answer = await post(team, by, `/spaces/${space}/pages`, { title, body, parent });
  assert.equal(answer.status, 303, answer.text);
  return madeId(answer.location);
}

/** Runs a tool as the gateway does once it is allowed. */
export async function call(context: TenantContext, name: string, given: object): Promise<ToolResult['result']> {
  const tool = toolNamed(name);
  const prepared = tool?.prepare(given);
  assert.ok(tool && prepared && prepared.kind !== 'unfit', `${name} does not take ${JSON.stringify(prepared)}`);
  const scope = { id: 'call', signal: new AbortController().signal, knowledge: 'all' } as const;
  if (prepared.kind === 'reads') return (await prepared.run(context, scope)).result;
  if (prepared.kind !== 'writes') throw new Error(`${name} leaves the workspace`);
  return inTenant(context, tool.permission, async (db) => (await prepared.act(db, context, scope)).result);
}

/** What would be shown to whoever decides over the call. */
export async function asked(context: TenantContext, name: string, given: object) {
  const tool = toolNamed(name);
  const prepared = tool?.prepare(given);
  assert.ok(tool && prepared && prepared.kind !== 'unfit');
  const target = await inTenant(context, tool.permission, (db) => prepared.target(db, context));
  return { target, says: prepared.says(target) };
}
