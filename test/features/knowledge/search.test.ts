import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeEmbedder, embedder } from '../../../src/features/knowledge/search/embedding.js';
import { searchKnowledge } from '../../../src/features/knowledge/search/search.js';
import { holdsVectors } from '../../../src/features/knowledge/search/vector-cache.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { permissionsOf } from '../../../src/tenancy/permissions.js';
import { recorder } from '../../llm/asking.js';
import { until } from '../../support/until.js';

process.env.EMBEDDER = 'offline';
const { add, openLibrary, ownersContext } = await import('./library.js');

let library: Awaited<ReturnType<typeof openLibrary>>;
let acme: Awaited<ReturnType<typeof library.open>>;
let context: TenantContext;
const ids = new Map<string, string>();

const documents = {
  'cars.txt': 'Employees may charge their electric automobile in the basement at no cost.',
  'leave.txt': 'Annual vacation must be requested from the supervisor one month ahead.',
  'kitchen.txt': 'The dishwasher in the kitchen is emptied by whoever arrives first.',
  'fire.txt': 'In case of fire walk to the assembly point behind the building.',
};

before(async () => {
  library = await openLibrary();
  acme = await library.open('Acme', 'alice');
  context = await ownersContext(acme);
  // The model is made ready once; until then a search waits some seconds and goes by words.
  assert.ok(await embedder(recorder()), 'the offline embedder works on this machine');
  for (const [name, content] of Object.entries(documents))
    ids.set(name, await add(acme.owner, acme.home, name, content));
});
after(() => library?.close());

async function first(query: string): Promise<string | undefined> {
  const [best] = await searchKnowledge(context, { query, limit: 4 });
  return best?.title;
}

test('a question with none of the document’s words finds it by meaning, offline (KB-4)', async () => {
  for (const [question, title] of [
    ['holiday time off from my manager', 'leave.txt'],
    ['where do I plug in my car', 'cars.txt'],
    ['emergency evacuation', 'fire.txt'],
  ] as const) {
    assert.equal(await first(question), title, question);
  }
  const embedded = await acme.rows('embeddings');
  assert.equal(embedded.length, ids.size);
  const ready = (await acme.events()).filter(({ event }) => event === 'document.ready');
  assert.ok(ready.every(({ details }) => details.embeddings === 'use-lite-int8/1'));
});

test('a rare word beats a likeness of meaning', async () => {
  assert.equal(await first('dishwasher'), 'kitchen.txt');
  const [best] = await searchKnowledge(context, { query: 'dishwasher', limit: 1 });
  assert.ok((best?.score ?? 0) > 1);
});

test('a killed embedder costs nothing: it is started again, and meanwhile words find (KB-4)', async () => {
  const model = await embedder(recorder());
  const pid = model && 'pid' in model && typeof model.pid === 'function' ? model.pid() : undefined;
  assert.equal(typeof pid, 'number');
  process.kill(Number(pid), 'SIGKILL');
  assert.equal(await first('dishwasher'), 'kitchen.txt');
  await until('meaning is back', async () => (await first('holiday time off from my manager')) === 'leave.txt');
});

test('a deleted document’s vectors leave the memory (KB-6)', async () => {
  const id = ids.get('fire.txt') ?? '';
  assert.ok(holdsVectors(acme.tenantId, id));
  await acme.owner.person.submit(`${acme.home}/${id}/deletion`, {});
  assert.ok(!holdsVectors(acme.tenantId, id));
  assert.deepEqual(await acme.rows('embeddings', `document_id = '${id}'`), []);
  assert.notEqual(await first('emergency evacuation'), 'fire.txt');
  assert.ok(!holdsVectors(acme.tenantId, id));
});

test('access is by document, also for meaning (KB-6)', async () => {
  const bob = {
    kind: 'member',
    accountId: acme.owner.id,
    name: 'bob',
    role: 'member',
    permissions: permissionsOf('member'),
  } as const;
  const id = ids.get('leave.txt') ?? '';
  await acme.owner.person.submit(`${acme.home}/${id}`, { access: 'roles' }, `${acme.home}/${id}/access`);
  const found = await searchKnowledge({ ...context, actor: bob }, { query: 'holiday time off', limit: 10 });
  assert.ok(found.every(({ documentId }) => documentId !== id));
  assert.equal(await first('holiday time off from my manager'), 'leave.txt');
});

test('without the embedder a document is ready by its words, and its meaning follows (KB-4)', async () => {
  await closeEmbedder();
  const model = await embedder(recorder());
  assert.ok(model);
  const embedPassages = model.embedPassages;
  let tries = 0;
  model.embedPassages = (texts, meter) => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error('away')) : embedPassages(texts, meter);
  };
  const id = await add(acme.owner, acme.home, 'printer.txt', 'The laser printer prints on both sides of the sheet.');
  assert.equal(await first('laser printer'), 'printer.txt');
  await until(
    'the queue has tried again',
    async () => (await acme.rows('embeddings', `document_id = '${id}'`)).length > 0,
  );
  assert.ok(tries >= 2);
  assert.equal(await first('duplex paper output'), 'printer.txt');
});
