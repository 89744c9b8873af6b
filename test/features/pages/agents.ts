import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acme, bob, guide, page, show, space } from './stage.js';
import { agentFor, asked, call } from './writing.js';

test('an agent works on pages as the person who asked may, with versions that bind (AG-5, AG-6)', async () => {
  const agent = agentFor(acme, bob, guide);
  const { spaces } = (await call(agent, 'list_spaces', {})) as { spaces: { id: string; name: string }[] };
  assert.ok(spaces.some(({ name }) => name === 'Handbook'));
  const made = (await call(agent, 'create_page', { space, title: 'Made by Guide', text: 'Ninety-nine lanterns' })) as {
    id: string;
  };
  const listed = JSON.stringify(await call(agent, 'list_pages', { words: 'lanterns' }));
  assert.match(listed, new RegExp(`${made.id}.*"version":1`));
  const { target, says } = await asked(agent, 'update_page', { page: made.id, version: 1, text: 'New' });
  assert.deepEqual(target, { kind: 'page', id: made.id, title: 'Made by Guide', version: 1 });
  assert.equal(says, 'Write the page “Made by Guide” anew (3 characters)');
  await call(agent, 'update_page', { page: made.id, version: 1, append: 'and one more' });
  await assert.rejects(
    call(agent, 'update_page', { page: made.id, version: 1, text: 'Over it' }),
    /Somebody changed this page/,
  );
  const read = (await call(agent, 'get_page', { page: made.id })) as { text: string; version: number };
  assert.deepEqual([read.text, read.version], ['Ninety-nine lanterns\n\nand one more', 2]);
  const child = await page('In it', '', made.id);
  await assert.rejects(call(agent, 'delete_page', { page: made.id }), /There are pages in it/);
  await call(agent, 'archive_page', { page: made.id });
  assert.match(await show(child), /Archived/);
  assert.equal(
    (await asked(agent, 'delete_page', { page: child })).says,
    'Delete the page “In it” for good, with its history, for everybody',
  );
  assert.match(await show(made.id), /Guide for bob/);
});
