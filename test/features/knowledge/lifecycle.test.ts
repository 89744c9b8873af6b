import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { searchKnowledge } from '../../../src/features/knowledge/search/search.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { makeTextPdf } from '../../support/documents/pdf.js';
import { until } from '../../support/until.js';
import type { Answer } from '../../support/visitor.js';
import {
  add,
  type Library,
  openLibrary,
  ownersContext,
  settled,
  statusOf,
  untilNothingIsLeft,
  upload,
  type Workspace,
} from './library.js';

let library: Library;
let acme: Workspace;
let web: Server;
let context: TenantContext;
const served = new Map<string, { type: string; body: string }>();

before(async () => {
  web = createServer((request, response) => {
    const page = served.get(request.url ?? '');
    response.writeHead(page ? 200 : 404, { 'content-type': page?.type ?? 'text/plain' }).end(page?.body);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.2', resolve));
  process.env.OUTGOING_ALLOW = '127.0.0.2';
  library = await openLibrary();
  acme = await library.open('Acme', 'alice');
  context = await ownersContext(acme);
});
after(async () => {
  web?.close();
  await library?.close();
});

const submit = (page: string, fields: Record<string, string> = {}, action = page): Promise<Answer> =>
  acme.owner.person.submit(`${acme.home}${page}`, fields, `${acme.home}${action}`);

async function found(query: string): Promise<{ documentId: string; chunkId: string; text: string }[]> {
  return [...(await searchKnowledge(context, { query, limit: 5 }))];
}

const tables = ['document_texts', 'chunks', 'postings', 'embeddings'] as const;

async function counts(id: string): Promise<number[]> {
  const found: number[] = [];
  for (const table of tables) found.push((await acme.rows(table, `document_id = '${id}'`)).length);
  return found;
}

describe('deleting (KB-6)', () => {
  test('takes text, passages, index and the row in one go, and search finds it no more', async () => {
    const id = await add(acme.owner, acme.home, 'gone.txt', 'The orangery opens in May.');
    const kept = await add(acme.owner, acme.home, 'kept.txt', 'The orangery has a gardener.');
    assert.equal((await found('orangery')).length, 2);
    const [texts, chunks, postings] = await counts(id);
    assert.deepEqual([texts, chunks], [1, 1]);
    assert.ok((postings ?? 0) >= 2);

    const confirm = await acme.owner.person.get(`${acme.home}/${id}/deletion`);
    assert.match(confirm.text, /Delete gone\.txt\?/);
    assert.equal((await submit(`/${id}/deletion`)).location, acme.home);

    assert.deepEqual(await counts(id), [0, 0, 0, 0]);
    assert.deepEqual(await acme.rows('documents', `id = '${id}'`), []);
    assert.deepEqual(
      (await found('orangery')).map(({ documentId }) => documentId),
      [kept],
    );
    for (const path of ['', '/status', '/deletion']) {
      assert.equal((await acme.owner.person.get(`${acme.home}/${id}${path}`)).status, 404);
    }
    const deleted = (await acme.events()).filter(({ event }) => event === 'document.deleted');
    assert.deepEqual(
      deleted.map(({ details }) => details),
      [{ chunks: 1, version: 1 }],
    );
  });

  test('while it is being read: the upload goes too, and nothing comes back', async () => {
    const answer = await upload(acme.owner, acme.home, [{ name: 'reading.pdf', content: makeTextPdf(200) }]);
    const { id } = JSON.parse(answer.text);
    assert.equal((await submit('', {}, `/${id}/deletion`)).status, 303);
    await untilNothingIsLeft();
    assert.deepEqual(await acme.rows('documents', `id = '${id}'`), []);
    assert.deepEqual(await counts(id), [0, 0, 0, 0]);
  });
});

describe('a new version (KB-6)', () => {
  let id: string;
  const replace = async (name: string, content: Buffer | string) =>
    upload(acme.owner, acme.home, [{ name, content }], { json: false, action: `${acme.home}/${id}/versions` });
  const status = () => settled(acme.owner, `${acme.home}/${id}/status`);

  before(async () => {
    id = await add(
      acme.owner,
      acme.home,
      'rules.md',
      '# Rules\n\nDogs may ride along.\n\n# Bicycles\n\nOnly folded ones.',
    );
  });

  test('takes the place of the old text; a passage that stays keeps its id, so citations hold', async () => {
    const [bicycles] = await found('folded bicycles');
    const [dogs] = await found('dogs ride');
    assert.equal((await replace('rules.md', '# Rules\n\nNo animals.\n\n# Bicycles\n\nOnly folded ones.')).status, 303);
    assert.equal((await status()).stage, 'done');
    assert.equal((await found('folded bicycles'))[0]?.chunkId, bicycles?.chunkId);
    assert.ok((await found('dogs ride')).every(({ text }) => !/Dogs/.test(text)));
    const page = await acme.owner.person.get(`${acme.home}/${id}?chunk=${bicycles?.chunkId}`);
    assert.match(page.text, /id="passage"[\s\S]{0,300}Only folded ones/);
    const gone = await acme.owner.person.get(`${acme.home}/${id}?chunk=${dogs?.chunkId}`);
    assert.match(gone.text, /The passage is gone/);
    assert.deepEqual(
      (await acme.rows('documents', `id = '${id}'`)).map(({ version }) => version),
      [2],
    );
  });

  test('that cannot be read leaves the old one serving, and says so', async () => {
    await replace('rules.pdf', 'no pdf at all');
    const { stage, failure } = await status();
    assert.equal(stage, 'failed');
    assert.match(failure ?? '', /named \.pdf.*The version before it still serves\.$/);
    assert.equal((await found('folded bicycles'))[0]?.documentId, id);
    await untilNothingIsLeft();
    assert.deepEqual(
      (await acme.rows('documents', `id = '${id}'`)).map(({ version }) => version),
      [2],
    );
  });

  test('waits for the one that is being read', async () => {
    await replace('rules.pdf', makeTextPdf(150));
    const second = await replace('rules.txt', 'too soon');
    assert.equal(second.status, 409);
    assert.match(second.text, /A version is being read/);
    assert.equal((await submit('', {}, `/${id}/indexing`)).status, 409);
    assert.equal((await status()).stage, 'done');
    assert.ok((await found('auditors review isolation')).length > 0);
    await untilNothingIsLeft();
  });

  test('indexing again finds the same passages under the same ids', async () => {
    const before = (await acme.rows('chunks', `document_id = '${id}' order by ordinal`)).map((row) => row.id);
    const answer = await submit(`/${id}`, {}, `/${id}/indexing`);
    assert.equal(answer.status, 303);
    assert.equal((await status()).stage, 'done');
    const later = (await acme.rows('chunks', `document_id = '${id}' order by ordinal`)).map((row) => row.id);
    assert.deepEqual(later, before);
  });

  test('a document that never was read cannot be indexed again', async () => {
    const answer = await upload(acme.owner, acme.home, [{ name: 'bad.pdf', content: 'nothing' }]);
    const { id: bad, statusUrl } = JSON.parse(answer.text);
    await settled(acme.owner, statusUrl);
    const again = await submit('', {}, `/${bad}/indexing`);
    assert.equal(again.status, 409);
    assert.match(again.text, /Upload it again/);
    assert.equal((await statusOf(acme.owner, statusUrl)).stage, 'failed');
  });
});

describe('pasted text (KB-1)', () => {
  test('is found', async () => {
    const answer = await submit('/new', { title: 'Parking\u202E lot', text: 'Gate three opens at dawn.' }, '/pasted');
    assert.equal(answer.status, 303);
    const { stage, title } = await settled(acme.owner, `${answer.location}/status`);
    assert.deepEqual([stage, title], ['done', 'Parking lot']);
    assert.match((await found('gate dawn'))[0]?.text ?? '', /Gate three/);
  });

  test('what is missing or too long is said beside the field, and what was typed stays', async () => {
    const answer = await submit('/new', { title: 'Only a title', text: '\u200b \n' }, '/pasted');
    assert.equal(answer.status, 422);
    assert.match(answer.text, /Paste some text/);
    assert.match(answer.text, /value="Only a title"/);
    const long = await submit('/new', { title: 'Long', text: 'word '.repeat(60_000) }, '/pasted');
    assert.equal(long.status, 422);
    assert.match(long.text, /at most 250,000 characters/);
  });
});

test('the sample is one click away', async () => {
  const answer = await submit('/new', {}, '/sample');
  assert.equal(answer.location, acme.home);
  await until('the sample is found', async () => (await found('hotel limit in Zurich')).length > 0);
  assert.match((await found('How much may a hotel cost in Zurich?'))[0]?.text ?? '', /220 euros/);
});

describe('an address (KB-1, IN-6)', () => {
  const address = (path: string) => `http://127.0.0.2:${(web.address() as AddressInfo).port}${path}`;

  test('that may be reached is fetched, read and named by its title', async () => {
    const paragraph = '<p>The ferry leaves from pier nine on Sundays, and on holidays an hour later than usual.</p>';
    served.set('/ferry', {
      type: 'text/html; charset=utf-8',
      body: `<!doctype html><title>Ferry times</title><main><h1>Ferry</h1>${paragraph.repeat(5)}</main>`,
    });
    const answer = await submit('/new', { address: address('/ferry') }, '/fetched');
    assert.equal(answer.status, 303, answer.text);
    const { stage, title } = await settled(acme.owner, `${answer.location}/status`);
    assert.deepEqual([stage, title], ['done', 'Ferry times']);
    assert.match((await found('ferry pier'))[0]?.text ?? '', /pier nine/);
    await untilNothingIsLeft();
  });

  test('inside the network is refused beside the field, and written down', async () => {
    for (const inside of [
      'http://127.0.0.1:1/',
      'http://[::1]/',
      'http://169.254.169.254/latest',
      'http://10.0.0.1/',
    ]) {
      const answer = await submit('/new', { address: inside }, '/fetched');
      assert.equal(answer.status, 422, inside);
      assert.match(answer.text, /id="field-address-error"/);
    }
    const tried = (await acme.events()).filter(({ event }) => event === 'address.fetched');
    assert.equal(tried.length, 4);
    assert.deepEqual(tried[2]?.details, { host: '169.254.169.254' });
    assert.ok(tried.every(({ outcome }) => outcome === 'failed'));
  });

  test('that answers nothing of use says so', async () => {
    const missing = await submit('/new', { address: address('/missing') }, '/fetched');
    assert.equal(missing.status, 422);
    served.set('/picture', { type: 'image/png', body: '\u0089PNG\r\n\u001a\n\0\0\0\rIHDR' });
    const picture = await submit('/new', { address: address('/picture') }, '/fetched');
    const { stage, failure } = await settled(acme.owner, `${picture.location}/status`);
    assert.equal(stage, 'failed');
    assert.match(failure ?? '', /not text/);
    const noAddress = await submit('/new', { address: 'javascript:alert(1)' }, '/fetched');
    assert.equal(noAddress.status, 422);
    await untilNothingIsLeft();
  });
});
