import assert from 'node:assert/strict';
import { createTask } from '../../../src/features/tasks/actions.js';
import type { TaskDraft } from '../../../src/features/tasks/task.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { enterWorkspace, memberActor } from '../../../src/tenancy/directory.js';
import type { TestServer } from '../../support/server.js';
import type { Member, Team } from '../members/team.js';

/** A task in the words of a test: what is not named goes without saying. */
export function newTask(context: TenantContext, given: Partial<TaskDraft> & { title: string }): Promise<string> {
  const usual = { description: '', status: 'todo', priority: 'none', assignee: null, due: null, labels: [] } as const;
  return createTask(context, { ...usual, ...given });
}

/** A member as the actions are told of them. */
export async function contextOf(team: Team, { id, name }: Member): Promise<TenantContext> {
  const membership = await enterWorkspace(team.slug, id);
  assert.ok(membership);
  return { ...team.context, actor: memberActor({ id, name }, membership) };
}

/** Rows of the workspace's own tables, as nobody but a superuser sees them. */
export async function rowsOf(server: TestServer, { tenantId }: Team, table: string, where = 'true') {
  const { rows } = await server.database.admin.query(`select * from ${tenantId}.${table} where ${where}`);
  return rows as Record<string, unknown>[];
}

/** Ids of the tasks on a page, in its order. */
export function idsOn(page: string): string[] {
  return [...page.matchAll(/href="\/w\/[\w-]+\/tasks\/([0-9a-f-]{36})" data-panel/g)].map((found) => found[1] ?? '');
}
