import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Route, routes } from '../../src/http/route.js';
import { type Permission, permissions } from '../../src/tenancy/permissions.js';
import type { Person } from '../features/accounts/people.js';
import type { Answer } from '../support/visitor.js';
import { postForm } from './asking.js';
import { forms } from './forms.js';
import { openWorld, type World } from './world.js';

/**
 * Every door of the application, walked from the registry that mounts them: a route that is added is tried here
 * without anybody remembering to. Nothing is skipped but what a comment says.
 */
export let world: World;

export let all: Route[];

before(async () => {
  world = await openWorld();
  all = routes();
});

after(() => world?.close());

export const isPermission = (access: string): access is Permission =>
  (permissions as readonly string[]).includes(access);
export const named = ({ method, path }: Route) => `${method} ${path}`;
export const inWorkspace = () => all.filter(({ path }) => path.startsWith('/w/'));
export const formAt = (path: string) => forms[path] ?? {};

/** Pages are long: what differs is shown with a little around it. */
export function assertSame(one: string, other: string, message: string): void {
  if (one === other) return;
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
  assert.equal(around(one), around(other), message);
  assert.equal(one.length, other.length, message);
}

export function ask(person: Person, { method, path }: Route, address: string): Promise<Answer> {
  return method === 'GET' ? person.get(address) : postForm(person, address, formAt(path));
}

/** Sessions are renewed and requests are counted whatever is asked. */
export function without(tables: Record<string, string>): Record<string, string> {
  const { 'shared.sessions': _, 'shared.rate_limits': __, ...rest } = tables;
  return rest;
}
