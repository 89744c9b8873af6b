import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { queryLexemes } from '../../../src/features/knowledge/retrieval/analysis.js';
import { searchKnowledge } from '../../../src/features/knowledge/search/search.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { add, added, type Library, openLibrary, ownersContext, settled, upload, type Workspace } from './library.js';

let library: Library;
let acme: Workspace;
let globex: Workspace;
let id: string;

/** Words that occur nowhere but in this document: in its text, heading, title, name, and the ending of a refused name. */
const canaries = ['quixotic', 'zephyrous', 'marzipanned', 'yardarmed', 'oboists', 'flummoxery'];
const text = '# Zephyrous matters\n\nThe quixotic treaty was marzipanned twice, and the yardarmed oboists wept.\n';

before(async () => {
  library = await openLibrary();
  [acme, globex] = [await library.open('Acme', 'alice'), await library.open('Globex', 'charlie')];
  id = await add(acme.owner, acme.home, 'oboists.md', text);
  const refused = added(await upload(acme.owner, acme.home, [{ name: 'x.flummoxery', content: 'Some plain words.' }]));
  assert.match((await settled(acme.owner, refused.statusUrl)).failure ?? '', /\.flummoxery cannot be read/);
});
after(() => library?.close());

/** A text also as what it would be if it were base64. */
function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return Buffer.concat([Buffer.from(text), Buffer.from(text, 'base64')]);
}

/** Every value of every row of every table, of the tenant and of the installation, as bytes and as text. */
async function everything(): Promise<Map<string, Buffer>> {
  const { admin } = library.server.database;
  const tables = await admin.query(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname in ($1, 'shared', 'graphile_worker') order by 1`,
    [acme.tenantId],
  );
  const found = new Map<string, Buffer>();
  for (const { name } of tables.rows) {
    const { rows } = await admin.query({ text: `select * from ${name}`, rowMode: 'array' });
    found.set(name, Buffer.concat(rows.flat().flatMap((value: unknown) => [bytesOf(value), Buffer.from('\n')])));
  }
  return found;
}

describe('at rest (KB-7, CR-1)', () => {
  test('a superuser finds no word of the document, as it stands or as it is indexed, in any table', async () => {
    const tables = await everything();
    const content = tables.get(`${acme.tenantId}.document_texts`);
    assert.ok(content && content.length > text.length, 'the text is there, sealed');
    const lexemes = canaries.flatMap((word) => queryLexemes(word));
    assert.ok(lexemes.includes('quixot'));
    for (const [name, bytes] of tables) {
      const readable = bytes.toString('latin1').toLowerCase();
      for (const word of [...canaries, ...lexemes]) {
        assert.ok(!readable.includes(word), `${word} in ${name}`);
      }
    }
  });

  test('the tags of the index are six bytes that only the tenant’s key makes', async () => {
    const postings = await acme.rows('postings', `document_id = '${id}'`);
    const tags = postings.map(({ tag }) => (tag instanceof Buffer ? tag.toString('hex') : ''));
    assert.ok(tags.length >= 6 && tags.every((tag) => tag.length === 12));
    const blind = async (workspace: Workspace) =>
      inTenant(await ownersContext(workspace), 'knowledge.read', async (db) => db.blind('quixot').toString('hex'));
    assert.ok(tags.includes(await blind(acme)));
    assert.ok(!tags.includes(await blind(globex)));
  });

  test('search finds it all the same, in its workspace only', async () => {
    const [found] = await searchKnowledge(await ownersContext(acme), { query: 'quixotic oboist', limit: 3 });
    assert.equal(found?.documentId, id);
    assert.equal(found?.title, 'oboists.md');
    assert.deepEqual(found?.headings, ['Zephyrous matters']);
    assert.match(found?.text ?? '', /marzipanned twice/);
    assert.deepEqual(await searchKnowledge(await ownersContext(globex), { query: 'quixotic oboist', limit: 3 }), []);
  });

  test('a chunk put into another row does not open', async () => {
    const { admin } = library.server.database;
    const other = await add(acme.owner, acme.home, 'other.txt', 'A quixotic neighbour.');
    await admin.query(
      `update ${acme.tenantId}.chunks set body = (select body from ${acme.tenantId}.chunks where document_id = $1 limit 1)
       where document_id = $2`,
      [id, other],
    );
    await assert.rejects(searchKnowledge(await ownersContext(acme), { query: 'quixotic neighbour', limit: 3 }));
  });
});
