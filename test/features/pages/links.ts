import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPage, updatePage } from '../../../src/features/pages/actions.js';
import { acme, alice, bob, page, rows, show, space } from './stage.js';
import { contextOf, makeSpace, write } from './writing.js';

test('a title in double brackets links to its page, for those who may see that page (AG-11, IS-5)', async () => {
  const known = await page('Café <b>rules</b>');
  const hidden = await makeSpace(acme, alice, 'Attic', 'private');
  const secret = await write(acme, alice, { space: hidden, title: 'Attic key' });
  const body = 'See [[café  <b>rules</b>]], [[Attic key]], [[Nowhere]] and `[[Attic key]]`.';
  const id = await page('With links', body);
  const link = (to: string) => `<a href="/w/acme/pages/${to}" class="page-link">`;
  const own = await show(id);
  assert.ok(own.includes(`${link(known)}café  &lt;b&gt;rules&lt;/b&gt;</a>`));
  assert.equal(own.split(link(secret)).length - 1, 1);
  assert.match(own, /\[\[Nowhere\]\]/);
  const others = await show(id, bob);
  assert.ok(others.includes(link(known)));
  assert.match(others, /\[\[Attic key\]\]/);
  assert.doesNotMatch(others, new RegExp(secret));
});

test('whoever is named in a page is told once, and only when they may see it (AG-7)', async () => {
  const context = contextOf(acme, alice);
  const told = async () =>
    Number(
      (
        await rows(
          `select count(*) from ${acme.tenantId}.notifications where account_id = $1 and subject_kind = 'page'`,
          [bob.id],
        )
      )[0].count,
    );
  const before = await told();
  const id = await createPage(context, {
    spaceId: space,
    parentId: null,
    title: 'Minutes',
    body: 'Ask @bob about it.',
  });
  assert.equal((await told()) - before, 1);
  await updatePage(context, id, { seen: 1, body: 'Ask @bob about it. Soon.' });
  assert.equal((await told()) - before, 1);
  const closed = await makeSpace(acme, alice, 'Closed', 'private');
  await createPage(context, { spaceId: closed, parentId: null, title: 'Secret', body: '@bob must not know' });
  assert.equal((await told()) - before, 1);
});
