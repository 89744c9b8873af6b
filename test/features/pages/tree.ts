import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPage } from '../../../src/features/pages/actions.js';
import { acme, alice, bob, page, rows, show, space } from './stage.js';
import { contextOf, get, makeSpace, post } from './writing.js';

test('pages lie in pages, in an order that people choose, and never in themselves (AG-11)', async () => {
  const other = await makeSpace(acme, alice, 'Other');
  const [one, two] = [await page('Chapter one'), await page('Chapter two')];
  const inner = await page('Inner', '', one);
  const innermost = await page('Innermost', 'deep words', inner);
  const order = async () =>
    [...(await get(acme, bob, `/spaces/${space}`)).text.matchAll(/class="page-name" href="[^"]*\/([^"/]+)"/g)]
      .map(([, id]) => id)
      .filter((id) => [one, two, inner].includes(id ?? ''));
  assert.deepEqual(await order(), [one, inner, two]);
  await post(acme, alice, `/pages/${two}/order`, { to: 'up' });
  assert.deepEqual(await order(), [two, one, inner]);
  assert.match(await show(innermost), /Chapter one<\/bdi>[\s\S]*Inner<\/bdi>/);
  const intoItself = await post(acme, alice, `/pages/${one}/place`, { space, parent: innermost });
  assert.equal(intoItself.status, 422);
  assert.match(intoItself.text, /cannot lie in itself/);
  assert.equal((await post(acme, alice, `/pages/${one}/place`, { space: other, parent: '' })).status, 303);
  assert.match((await get(acme, bob, `/spaces/${other}`)).text, /Chapter one[\s\S]*Inner/);
  assert.match(await show(innermost), /Other<\/bdi>/);
  const inside = JSON.parse((await get(acme, bob, `/pages/${inner}/inside`)).text);
  assert.deepEqual(inside, { pages: [{ id: innermost, title: 'Innermost', hasPages: false }], more: false });
  assert.equal(
    (await post(acme, alice, `/pages/${two}/place`, { space, parent: one })).status,
    422,
    'of another space',
  );
});

test('two pages that are moved into each other at once do not end up in a ring (AG-11)', async () => {
  const [one, two] = [await page('Left'), await page('Right')];
  await Promise.all([
    post(acme, alice, `/pages/${one}/place`, { space, parent: two }),
    post(acme, bob, `/pages/${two}/place`, { space, parent: one }),
  ]);
  const parents = await rows(`select parent_id from ${acme.tenantId}.pages where id = any ($1)`, [[one, two]]);
  assert.equal(parents.filter(({ parent_id }) => parent_id === null).length, 1);
});

test('an archived page goes with what lies in it, can be undone, and comes back; deleted is for good (AG-11)', async () => {
  const top = await page('Old project', 'dusty');
  const child = await page('Old notes', '', top);
  const archived = await post(acme, bob, `/pages/${top}/archive`);
  const after = await bob.person.get(archived.location);
  assert.match(after.text, /Old project<\/bdi> was archived[\s\S]*Undo/);
  assert.doesNotMatch((await get(acme, bob, '/pages?q=dusty')).text, new RegExp(top));
  assert.doesNotMatch((await get(acme, bob, '/pages')).text, /Old notes/);
  assert.equal((await post(acme, bob, `/pages/${child}`, { title: 'x', body: '', version: '1' })).status, 409);
  assert.equal((await post(acme, bob, `/pages/${child}/restoration`)).status, 409, 'it went with its parent');
  assert.equal(
    (await post(acme, alice, `/spaces/${space}/pages`, { title: 'Late', body: '', parent: top })).status,
    409,
  );
  const shelf = (await get(acme, bob, `/spaces/${space}/archive`)).text;
  assert.match(shelf, /Old project/);
  assert.doesNotMatch(shelf, /Old notes/);
  await post(acme, bob, `/pages/${top}/restoration`);
  assert.match((await get(acme, bob, `/spaces/${space}`)).text, /Old project[\s\S]*Old notes/);
  assert.match((await get(acme, bob, `/pages/${top}/deletion`)).text, /1 page in it is deleted, too/);
  await post(acme, bob, `/pages/${top}/deletion`);
  for (const id of [top, child]) assert.equal((await get(acme, bob, `/pages/${id}`)).status, 404);
});

test('lists of many pages are read in steps that stay as they are (AG-11)', async () => {
  const many = await makeSpace(acme, alice, 'Many');
  const context = contextOf(acme, alice);
  for (let n = 1; n <= 55; n += 1)
    await createPage(context, { spaceId: many, parentId: null, title: `Page ${n}`, body: 'alike' });
  const first = (await get(acme, bob, `/spaces/${many}`)).text;
  const titles = (text: string) => [...text.matchAll(/<bdi class="truncate">(Page \d+)</g)].map(([, title]) => title);
  assert.equal(titles(first).length, 50);
  const next = /href="([^"]+after=[^"]+)"/.exec(first)?.[1] ?? '';
  assert.deepEqual(titles((await bob.person.get(next)).text), ['Page 51', 'Page 52', 'Page 53', 'Page 54', 'Page 55']);
  const found = (await get(acme, bob, `/pages?q=alike&space=${many}`)).text;
  const older = /href="([^"]+before=[^"]+)"/.exec(found)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const shown = (text: string) => text.split('class="page-found-title"').length - 1;
  assert.deepEqual([shown(found), shown((await bob.person.get(older)).text)], [30, 25]);
});
