import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { admin, cast, forget, home, rowsOf, systemIn } from './stage.js';

test('who added a document hears that it can be searched, when that took long, or that it failed (KB-1, AG-7)', async () => {
  const { pasteDocument } = await import('../../../src/features/knowledge/actions.js');
  const { giveUpIndexing, indexWords } = await import('../../../src/features/knowledge/search/indexing/words.js');
  const indexing: TenantContext = {
    ...systemIn(),
    actor: { kind: 'system', name: 'knowledge.index', may: ['knowledge.update'] },
  };
  const add = async (title: string, seconds: number) => {
    const id = await pasteDocument(cast.bob.context, { title, text: 'Lamps give light.' });
    const shift = `update ${cast.acme.id}.documents set created_at = created_at - make_interval(secs => $1) where id = $2`;
    await admin(shift, [seconds, id]);
    return id;
  };
  await forget();
  await indexWords(indexing, await add('At once', 0));
  assert.deepEqual(await rowsOf(cast.bob.id), []);
  const [one, other, failing] = [await add('One', 300), await add('Other', 300), await add('Torn', 7000)];
  await indexWords(indexing, one);
  assert.deepEqual(await rowsOf(cast.bob.id), [], 'the other one is still being read');
  await indexWords(indexing, other);
  await giveUpIndexing(indexing, failing);
  const { text } = await cast.bob.browser.get(home);
  assert.match(text, /2 documents can be searched now/);
  assert.match(text, /“Torn” could not be read/);
  assert.equal((await rowsOf(cast.bob.id)).length, 2);
});
