import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { searchKnowledge } from '../../../../src/features/knowledge/search/search.js';
import type { TenantContext } from '../../../../src/tenancy/context.js';
import { type Library, openLibrary, ownersContext, type Reader, settled, type Workspace } from '../library.js';

/** One library for all that is told of a document after it was read. */
export let library: Library;
export let acme: Workspace;
export let globex: Workspace;
export let bob: Reader;
export let context: TenantContext;

before(async () => {
  library = await openLibrary();
  [acme, globex] = [await library.open('Acme', 'alice'), await library.open('Globex', 'charlie')];
  bob = await acme.join('bob', 'member');
  context = await ownersContext(acme);
});
after(() => library?.close());

export const submit = (page: string, fields: Record<string, string>, action: string) =>
  acme.owner.person.submit(`${acme.home}${page}`, fields, `${acme.home}${action}`);

export const open = (path: string, { person }: Reader = acme.owner) => person.get(`${acme.home}${path}`);

export async function found(query: string, by: TenantContext = context): Promise<string[]> {
  return (await searchKnowledge(by, { query, limit: 5 })).map(({ documentId }) => documentId);
}

export async function paste(title: string, text: string): Promise<string> {
  const { location } = await submit('/new', { title, text }, '/pasted');
  assert.equal((await settled(acme.owner, `${location}/status`)).stage, 'done');
  return location.split('/').at(-1) ?? '';
}
