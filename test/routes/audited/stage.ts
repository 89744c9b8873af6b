import { after, before } from 'node:test';
import type { Answer } from '../../support/visitor.js';
import { postForm } from '../asking.js';
import { openWorld, type World } from '../world.js';

export let world: World;

before(async () => {
  world = await openWorld(9);
});

after(() => world?.close());

export type Act = () => Promise<Answer>;

export type Ways = Readonly<Record<string, () => Promise<Act>>>;

export function formOf(person: World['bob']['person'], path: string): Act {
  return () => postForm(person, path, {});
}

export async function another(name: string) {
  return (await world.acme.join(name, 'member')).person;
}

export function converse(): Promise<Answer> {
  const { acme, ours } = world;
  const fields = { text: 'What gives light?', agent: ours.agent };
  return postForm(acme.owner.person, `${acme.home}/conversations`, { fields });
}

export async function one(statement: string): Promise<string> {
  const { rows } = await world.server.database.admin.query(statement);
  return String(Object.values(rows[0] ?? {})[0]);
}

/** No job runs here, so a document comes no further by itself. */
export async function standAt(document: string, stage: string): Promise<void> {
  await world.server.database.admin.query(`update ${world.acme.tenantId}.documents set stage = $1 where id = $2`, [
    stage,
    document,
  ]);
}
