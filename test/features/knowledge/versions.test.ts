import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expireComparison } from '../../../src/features/knowledge/versions/keeping.js';
import { add, settled, untilNothingIsLeft, upload } from './library.js';
import { acme, bob, context, found, library, open, paste, submit } from './versions/stage.js';
// Told in files of their own, over the same library.
import './versions/readers.js';
import './versions/gaps.js';

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
