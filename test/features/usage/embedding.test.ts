import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { pasteDocument } from '../../../src/features/knowledge/actions.js';
import { closeEmbedder } from '../../../src/features/knowledge/search/embedding.js';
import { embedDocument } from '../../../src/features/knowledge/search/indexing/meaning.js';
import { indexWords } from '../../../src/features/knowledge/search/indexing/words.js';
import { searchKnowledge } from '../../../src/features/knowledge/search/search.js';
import { accountOf, type TenantContext } from '../../../src/tenancy/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database.js';
import { startCompatible } from '../../support/providers/compatible.js';
import { newWorkspace } from '../../support/workspace.js';

const provider = await startCompatible();
process.env.EMBEDDER = 'provider';
process.env.EMBEDDING_BASE_URL = provider.url;
process.env.EMBEDDING_MODEL = 'bge-m3';
// The provider of the tests counts 5 tokens in whatever it is sent.
process.env.MODEL_PRICES = '{"currency":"EUR","models":{"embedding:bge-m3":{"in":2,"out":0}}}';

let database: TestDatabase;
let owner: TenantContext;

before(async () => {
  database = await openTestDatabase({ tenants: 2 });
  owner = await newWorkspace('acme');
});
after(async () => {
  await closeEmbedder();
  await database?.close();
  await provider.close();
});

const query = async (statement: string, values: unknown[] = []) =>
  (await database.admin.query(statement.replaceAll('acme.', `${owner.tenant.id}.`), values)).rows;
beforeEach(() => query('truncate acme.usage_calls, acme.usage_totals, acme.usage_limits'));

/** As the queue does it: no more than the job may. */
async function addDocument(title: string): Promise<string> {
  const id = await pasteDocument(owner, { title, text: `${title} stands on the shelf beside the window.` });
  await indexWords(owner, id);
  const actor = { kind: 'system', name: 'knowledge.embed', may: ['knowledge.update'] } as const;
  await embedDocument({ ...owner, actor, trigger: 'job' }, id);
  return id;
}

async function askedByAgent(agentId: string) {
  const { actor } = owner;
  assert.ok(actor.kind === 'member');
  const agent = { kind: 'agent', agentId, name: 'Guide', onBehalfOf: actor } as const;
  return searchKnowledge({ ...owner, actor: agent }, { query: 'lantern', limit: 3 });
}

test('vectors of a provider are counted on whoever added the document, or asks (AG-3, KB-4)', async () => {
  const document = await addDocument('The lantern');
  const agentId = newId();
  assert.equal((await askedByAgent(agentId))[0]?.documentId, document);
  const accountId = accountOf(owner.actor);
  const rest = { provider: 'embedding', model: 'bge-m3', state: 'done', tokens_in: 5, tokens_out: 0, cost_micros: 10 };
  const all = { ...rest, account_id: accountId, estimated: false };
  const columns = [...Object.keys(all), 'purpose', 'agent_id'].join(', ');
  const calls = await query(`select ${columns} from acme.usage_calls order by id`);
  const index = { ...all, purpose: 'index', agent_id: null };
  // The first one learns how long the vectors are.
  assert.deepEqual(calls, [index, index, { ...all, purpose: 'search', agent_id: agentId }]);
  assert.equal(calls.length, provider.requests.length, 'none that is not counted');
  assert.deepEqual(await query('select holder, tokens, cost_micros from acme.usage_totals order by holder'), [
    ...[{ holder: accountId, tokens: 15, cost_micros: 30 }],
    { holder: 'workspace', tokens: 15, cost_micros: 30 },
  ]);
});

test('with nothing left the provider is not asked: words find, and the meaning follows another day (AG-3, KB-4)', async () => {
  await query(`insert into acme.usage_limits (holder, tokens) values ('workspace', 1)`);
  const asked = provider.requests.length;
  const document = await addDocument('The barometer');
  assert.ok((await askedByAgent(newId())).length > 0, 'by its words');
  assert.equal(provider.requests.length, asked);
  assert.deepEqual(await query('select id from acme.usage_calls'), []);
  assert.deepEqual(await query('select stage from acme.documents where id = $1', [document]), [{ stage: 'done' }]);
  const jobs = await query(
    `select run_at > now() + interval '23 hours' as later from graphile_worker._private_jobs j
     join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'tenant:knowledge.embed' and j.payload->>'documentId' = $1 order by run_at`,
    [document],
  );
  assert.ok(jobs.at(-1)?.later, JSON.stringify(jobs));
  await query('truncate acme.usage_limits');
  await addDocument('The sextant');
  assert.ok(provider.requests.length > asked);
});

test('a document that nobody added is on the account of the workspace alone (AG-3)', async () => {
  const id = await addDocument('The compass');
  await query('truncate acme.usage_calls, acme.usage_totals');
  await query('update acme.documents set created_by = null where id = $1', [id]);
  await query('delete from acme.embeddings where document_id = $1', [id]);
  const actor = { kind: 'system', name: 'knowledge.embed', may: ['knowledge.update'] } as const;
  await embedDocument({ ...owner, actor, trigger: 'job' }, id);
  assert.deepEqual(await query('select account_id, purpose from acme.usage_calls'), [
    { account_id: null, purpose: 'index' },
  ]);
  assert.deepEqual(await query('select holder, tokens from acme.usage_totals'), [{ holder: 'workspace', tokens: 5 }]);
});
