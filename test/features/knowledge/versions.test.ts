import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { expireGap } from '../../../src/features/knowledge/gaps/actions.js';
import { searchKnowledge } from '../../../src/features/knowledge/search/search.js';
import { expireComparison } from '../../../src/features/knowledge/versions/keeping.js';
import { type CallScope, toolNamed } from '../../../src/llm/tool.js';
import type { AgentActor, MemberActor, TenantContext } from '../../../src/tenancy/context.js';
import { enterWorkspace, forgetMemberships, memberActor } from '../../../src/tenancy/directory.js';
import { until } from '../../support/until.js';
import {
  add,
  type Library,
  openLibrary,
  ownersContext,
  type Reader,
  settled,
  untilNothingIsLeft,
  upload,
  type Workspace,
} from './library.js';

let library: Library;
let acme: Workspace;
let globex: Workspace;
let bob: Reader;
let context: TenantContext;

before(async () => {
  library = await openLibrary();
  [acme, globex] = [await library.open('Acme', 'alice'), await library.open('Globex', 'charlie')];
  bob = await acme.join('bob', 'member');
  context = await ownersContext(acme);
});
after(() => library?.close());

const submit = (page: string, fields: Record<string, string>, action: string) =>
  acme.owner.person.submit(`${acme.home}${page}`, fields, `${acme.home}${action}`);

const open = (path: string, { person }: Reader = acme.owner) => person.get(`${acme.home}${path}`);

async function found(query: string, by: TenantContext = context): Promise<string[]> {
  return (await searchKnowledge(by, { query, limit: 5 })).map(({ documentId }) => documentId);
}

async function paste(title: string, text: string): Promise<string> {
  const { location } = await submit('/new', { title, text }, '/pasted');
  assert.equal((await settled(acme.owner, `${location}/status`)).stage, 'done');
  return location.split('/').at(-1) ?? '';
}

/** Every row of every table of the workspace that names this document, or its words in the clear. */
async function tracesOf(id: string, words: string): Promise<string[]> {
  const { admin } = library.server.database;
  const { rows } = await admin.query('select tablename as name from pg_tables where schemaname = $1', [acme.tenantId]);
  const traces: string[] = [];
  for (const { name } of rows) {
    const { rows: kept } = await admin.query(
      `select count(*)::int as count from ${acme.tenantId}.${name} t
       where t::text like $1 or t::text like $2 or t::text like $3`,
      [`%${id}%`, `%${words}%`, `%${Buffer.from(words).toString('hex')}%`],
    );
    if (kept[0].count > 0) traces.push(name);
  }
  return traces.sort();
}

describe('a new version from text (KB-6)', () => {
  let id: string;
  before(async () => {
    id = await paste('Rules', 'Dogs may ride along on every line of the company.');
  });

  test('takes its place, says what changed for search, and the old passage is found no more', async () => {
    const form = await open(`/${id}/versions/new`);
    assert.match(form.text, /name="version" value="1"/);
    assert.match(form.text, />Dogs may ride along on every line of the company\.<\/textarea>/);
    const text = 'Cats may ride along on every line of the company.';
    const answer = await submit(
      `/${id}/versions/new`,
      { title: 'Rules', text, version: '1' },
      `/${id}/versions/pasted`,
    );
    assert.equal(answer.status, 303, answer.text);
    assert.equal((await settled(acme.owner, `${acme.home}/${id}/status`)).stage, 'done');
    assert.deepEqual(await found('cats'), [id]);
    assert.deepEqual(await found('dogs'), []);
    const page = await open(`/${id}`);
    assert.match(page.text, /What version 2 changed/);
    assert.match(page.text, /1 changed/);
    const comparison = await open(`/${id}/comparison`, bob);
    assert.match(comparison.text, /<del>Dogs<\/del>\s*<ins>Cats<\/ins>\s*may ride along/);
    assert.match(page.text, /New version begun/);
    assert.match(page.text, /version 2/);
  });

  test('indexed again, nothing that a search finds has changed, so the comparison stays as it is', async () => {
    await submit(`/${id}`, {}, `/${id}/indexing`);
    assert.equal((await settled(acme.owner, `${acme.home}/${id}/status`)).stage, 'done');
    assert.match((await open(`/${id}/comparison`)).text, /<del>Dogs<\/del>/);
  });

  test('that comes too late is told so, and what was typed stays', async () => {
    const late = await submit(
      `/${id}/versions/new`,
      { title: 'Rules', text: 'Mine & <b>only</b>.', version: '1' },
      `/${id}/versions/pasted`,
    );
    assert.equal(late.status, 409);
    assert.match(late.text, /Somebody replaced this document/);
    assert.match(late.text, />Mine &amp; &lt;b&gt;only&lt;\/b&gt;\.<\/textarea>/);
    assert.match(late.text, /name="version" value="2"/);
    const empty = await submit(`/${id}/versions/new`, { title: '', text: '' }, `/${id}/versions/pasted`);
    assert.equal(empty.status, 422);
  });

  test('bob reads what changed and changes nothing; the old words go on request, and after a month by themselves', async () => {
    const _csrf = await bob.person.token(acme.home);
    for (const path of [`/${id}/versions/pasted`, `/${id}/comparison/deletion`]) {
      const answer = await bob.person.post(`${acme.home}${path}`, { _csrf, title: 'x', text: 'x' });
      assert.equal(answer.status, 403, path);
    }
    await expireComparison(context, id);
    assert.equal((await acme.rows('document_comparisons')).length, 1);
    await submit(`/${id}/comparison`, {}, `/${id}/comparison/deletion`);
    assert.equal((await acme.rows('document_comparisons')).length, 0);
    assert.equal((await open(`/${id}/comparison`)).status, 404);
    const text = 'Birds may ride along on every line of the company.';
    await submit(`/${id}/versions/new`, { title: 'Rules', text }, `/${id}/versions/pasted`);
    await settled(acme.owner, `${acme.home}/${id}/status`);
    await library.server.database.admin.query(
      `update ${acme.tenantId}.document_comparisons set created_at = now() - interval '30 days'`,
    );
    await expireComparison(context, id);
    assert.equal((await acme.rows('document_comparisons')).length, 0);
  });

  test('deleted, no table has a trace of it but the audit, and nobody finds it (KB-6, KB-7)', async () => {
    await submit(`/${id}/versions/new`, { title: 'Rules', text: 'Snakes may not.' }, `/${id}/versions/pasted`);
    await settled(acme.owner, `${acme.home}/${id}/status`);
    const before = await tracesOf(id, 'Snakes');
    for (const table of ['chunks', 'document_comparisons', 'document_texts', 'documents', 'postings']) {
      assert.ok(before.includes(table), table);
    }
    await submit(`/${id}/deletion`, {}, `/${id}/deletion`);
    assert.deepEqual(await tracesOf(id, 'Snakes'), ['audit_events']);
    assert.deepEqual(await found('snakes'), []);
  });

  test('the history of an upload says when its file was deleted, also when it could not be read (KB-3)', async () => {
    const file = await add(acme.owner, acme.home, 'kept.txt', 'The ferry leaves at nine.');
    const sent = await upload(acme.owner, acme.home, [{ name: 'kept.pdf', content: 'no pdf' }], {
      json: false,
      action: `${acme.home}/${file}/versions`,
    });
    assert.equal(sent.status, 303);
    assert.equal((await settled(acme.owner, `${acme.home}/${file}/status`)).stage, 'failed');
    await untilNothingIsLeft();
    const { text } = await open(`/${file}`);
    assert.equal(text.match(/The uploaded file was deleted/g)?.length, 2);
    assert.match(text, /Read to its text/);
  });
});

describe('who may find a document (KB-6)', () => {
  let id: string;
  let role: string;
  const agent = async (name: string, onBehalfOf: MemberActor): Promise<TenantContext> => {
    const [row] = await acme.rows('agents', `name = '${name}'`);
    const actor: AgentActor = { kind: 'agent', agentId: String(row?.id), name, onBehalfOf };
    return { ...context, actor, trigger: 'chat' };
  };
  const asBob = async (): Promise<MemberActor> => {
    const membership = await enterWorkspace('acme', bob.id);
    assert.ok(membership);
    return memberActor({ id: bob.id, name: bob.name }, membership);
  };
  const change = (fields: Record<string, string>) => submit(`/${id}`, fields, `/${id}/access`);

  before(async () => {
    id = await paste('Cellar', 'The wine cellar has a second key.');
    const { admin } = library.server.database;
    const { rows } = await admin.query(
      `insert into shared.roles (id, tenant_id, name, permissions) values (gen_random_uuid(), $1, 'Cellar crew <i>', '{}') returning id`,
      [acme.tenantId],
    );
    role = rows[0].id;
    await admin.query(
      `insert into ${acme.tenantId}.agents (id, name, role, instructions, tools, knowledge)
       select gen_random_uuid(), 'Butler', '', instructions, tools, 'all' from ${acme.tenantId}.agents limit 1`,
    );
  });

  test("a role of the workspace's own, held alone or through a group, opens it; without it it is not there", async () => {
    assert.equal((await change({ access: 'roles', roles: role })).status, 303);
    assert.equal((await open(`/${id}`, bob)).status, 404);
    assert.deepEqual(await found('wine cellar', { ...context, actor: await asBob() }), []);
    const { admin } = library.server.database;
    const hold = async (statement: string, values: string[]) => {
      await admin.query(statement, values);
      forgetMemberships(bob.id);
    };
    await hold('insert into shared.role_members (tenant_id, account_id, role_id) values ($1, $2, $3)', [
      acme.tenantId,
      bob.id,
      role,
    ]);
    assert.deepEqual(await found('wine cellar', { ...context, actor: await asBob() }), [id]);
    const page = await open(`/${id}`, bob);
    assert.equal(page.status, 200);
    assert.match(page.text, /Cellar crew &lt;i&gt;/);
    assert.match((await open('', bob)).text, /Cellar crew &lt;i&gt;/);
    await hold('delete from shared.role_members where tenant_id = $1 and account_id = $2', [acme.tenantId, bob.id]);
    assert.equal((await open(`/${id}`, bob)).status, 404);
    await hold(
      `with crew as (insert into shared.groups (id, tenant_id, name) values (gen_random_uuid(), $1, 'Crew') returning id),
       gives as (insert into shared.group_roles (tenant_id, group_id, role_id) select $1, id, $3 from crew)
       insert into shared.group_members (tenant_id, group_id, account_id) select $1, id, $2 from crew`,
      [acme.tenantId, bob.id, role],
    );
    assert.equal((await open(`/${id}`, bob)).status, 200);
    await hold('delete from shared.roles where tenant_id = $1 and id = $2 and $3 <> id::text', [
      acme.tenantId,
      role,
      '',
    ]);
    assert.equal((await open(`/${id}`, bob)).status, 404);
    assert.match((await open(`/${id}`)).text, /a role that is gone/);
  });

  test('agents that are not chosen do not find it, whoever asks them', async () => {
    const [guide] = await acme.rows('agents', `name = 'Guide'`);
    assert.equal((await change({ access: 'everyone', agentAccess: 'chosen', agents: String(guide?.id) })).status, 303);
    const { actor } = context;
    assert.ok(actor.kind === 'member');
    assert.deepEqual(await found('wine cellar', await agent('Guide', actor)), [id]);
    assert.deepEqual(await found('wine cellar', await agent('Butler', actor)), []);
    assert.deepEqual(await found('wine cellar', await agent('Guide', await asBob())), [id]);
    assert.deepEqual(await found('wine cellar'), [id]);
    const { text } = await open(`/${id}`);
    assert.match(text, /Agents that may search it<\/dt><dd><bdi>Guide<\/bdi>/);
    assert.match(text, /Only for these agents/);
    await change({ access: 'everyone', agentAccess: 'chosen' });
    assert.deepEqual(await found('wine cellar', await agent('Guide', actor)), []);
  });

  test('two managers at once: the second is told', async () => {
    const [row] = await acme.rows('documents', `id = '${id}'`);
    const seen = String(row?.access_version);
    assert.equal((await change({ access: 'everyone', seen })).status, 303);
    assert.equal((await change({ access: 'roles', seen })).status, 409);
    assert.deepEqual((await acme.rows('documents', `id = '${id}'`))[0]?.roles, null);
  });
});

describe('questions without an answer', () => {
  const scope: CallScope = { id: 'call', signal: new AbortController().signal, knowledge: 'all' };
  const look = async (query: string, more: Partial<CallScope> = {}) => {
    const prepared = toolNamed('search_knowledge')?.prepare({ query });
    assert.ok(prepared?.kind === 'reads');
    await prepared.run(context, { ...scope, ...more });
  };
  const keep = (keeps: 'on' | 'off') => submit('/gaps', { keeps }, '/gaps/keeping');

  before(async () => {
    const { sample } = await import('../../../src/features/knowledge/sample.js');
    await paste('Handbook', sample.sections.map(({ text }) => text).join('\n\n'));
  });

  test('are not kept until the workspace wants that, and the page says so', async () => {
    await look('Where do walruses sleep?');
    assert.deepEqual(await acme.rows('knowledge_gaps'), []);
    const { text } = await open('/gaps');
    assert.match(text, /Nothing is kept yet/);
    assert.match(text, /Who asked, in which conversation and at what hour is not kept/);
    assert.equal((await open('/gaps', bob)).status, 403);
    assert.doesNotMatch((await open('', bob)).text, /is kept for 90 days/);
  });

  test('are counted by what they ask for, sealed, without who asked and without an hour', async () => {
    assert.equal((await keep('on')).status, 303);
    await look('How much may a hotel cost in Zurich?');
    await look('Is there a parental leave <b>policy</b>?', { dryRun: true });
    assert.deepEqual(await acme.rows('knowledge_gaps'), []);
    await look('Where do walruses sleep?');
    await look('where do the walruses sleep');
    await look('Is there a parental leave <b>policy</b>?');
    const rows = await acme.rows('knowledge_gaps', 'true order by times desc');
    assert.deepEqual(
      rows.map(({ times }) => times),
      [2, 1],
    );
    const kept = JSON.stringify(rows);
    assert.doesNotMatch(kept, /walrus|parental/);
    assert.doesNotMatch(kept, new RegExp(`${acme.owner.id}|${bob.id}`));
    assert.deepEqual(Object.keys(rows[0] ?? {}).sort(), ['first_day', 'id', 'last_day', 'question', 'tag', 'times']);
    assert.match(String(rows[0]?.id), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const { text } = await open('/gaps');
    assert.match(text, /Where do walruses sleep\?[\s\S]{0,200}2 times/);
    assert.match(text, /leave &lt;b&gt;policy&lt;\/b&gt;\?/);
    assert.doesNotMatch(text.slice(text.indexOf('<main')), /alice/);
    assert.match((await open('', bob)).text, /is kept for 90 days, without who asked/);
    assert.deepEqual((await globex.rows('knowledge_gaps')).length, 0);
  });

  test('a dismissed one loses its words and does not come back', async () => {
    const [row] = await acme.rows('knowledge_gaps', 'times = 2');
    assert.equal((await submit('/gaps', {}, `/gaps/${row?.id}/dismissal`)).status, 303);
    await look('Where do walruses sleep?');
    assert.doesNotMatch((await open('/gaps')).text, /walruses/);
    assert.equal((await acme.rows('knowledge_gaps', 'question is null')).length, 1);
    assert.equal((await submit('/gaps', {}, `/gaps/${row?.id}/dismissal`)).status, 404);
  });

  test('a document can be added for one, which then is answered', async () => {
    const [row] = await acme.rows('knowledge_gaps', 'question is not null');
    const form = await open(`/new?gap=${row?.id}`);
    assert.match(form.text, /value="Is there a parental leave &lt;b&gt;policy&lt;\/b&gt;\?"/);
    assert.doesNotMatch((await open(`/new?gap=${row?.id}`, bob)).text, /parental/);
    const answer = await submit(
      '/new',
      { title: 'Parental leave', text: 'Six months.', gap: String(row?.id) },
      '/pasted',
    );
    assert.equal(answer.status, 303);
    assert.equal((await acme.rows('knowledge_gaps', 'question is not null')).length, 0);
  });

  test('after ninety days they are gone, and at once when it is turned off', async () => {
    await look('How tall is the lighthouse of Alexandria?');
    const [row] = await acme.rows('knowledge_gaps', 'question is not null');
    await expireGap(context, String(row?.id));
    assert.equal((await acme.rows('knowledge_gaps', 'question is not null')).length, 1);
    const aged = `update ${acme.tenantId}.knowledge_gaps set last_day = current_date - 90 where id = $1`;
    await library.server.database.admin.query(aged, [row?.id]);
    assert.doesNotMatch((await open('/gaps')).text, /Alexandria/);
    await expireGap(context, String(row?.id));
    assert.equal((await acme.rows('knowledge_gaps', 'question is not null')).length, 0);
    await look('What is the boiling point of tin?');
    await until('it is noted', async () => (await acme.rows('knowledge_gaps')).length > 0);
    await keep('off');
    assert.deepEqual(await acme.rows('knowledge_gaps'), []);
    const events = (await acme.events()).map(({ event }) => event).filter((event) => /^gaps?\./.test(event));
    assert.deepEqual(events, ['gaps.turned-on', 'gap.dismissed', 'gap.dismissed', 'gaps.turned-off']);
  });
});
