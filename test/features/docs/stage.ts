import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { guides } from '../../../src/features/docs/guides.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { Visitor } from '../../support/visitor.js';
import { newPerson, type Person, signIn } from '../accounts/people.js';

export let server: TestServer;

/** Each page as it is sent, and its article alone. */
export const pages = new Map<string, string>();

before(async () => {
  server = await startTestServer({ tenants: 2 });
  for (const { slug } of guides) {
    const { status, text } = await new Visitor(server.origin).get(`/docs/${slug}`);
    assert.equal(status, 200, `${slug} ${text.slice(0, 200)}`);
    pages.set(slug, text);
  }
});

after(() => server?.close());

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
};

export const plain = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity)
    .replace(/\s+/g, ' ')
    .trim();

export const pageOf = (slug: string) => pages.get(slug) ?? '';
export const wordsOf = (slug: string) => plain(pageOf(slug));

export const section = (slug: string, id: string) =>
  new RegExp(`<h[23] id="${id}">[\\s\\S]*?(?=<h2 |<footer)`).exec(pageOf(slug))?.[0] ?? '';

export const rowsIn = (html: string) =>
  [...html.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => plain(cell)),
  );

/** The number that a guide says at this place. A guide that does not say it fails. */
export function said(slug: string, pattern: RegExp): number {
  const found = pattern.exec(wordsOf(slug))?.[1];
  assert.ok(found, `${slug} does not say ${pattern}`);
  return Number(found);
}

export async function signedIn(username: string): Promise<Person> {
  const person = newPerson(server);
  assert.equal((await signIn(person, username)).status, 303);
  return person;
}
