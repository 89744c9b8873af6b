import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cast, eventsNamed, guideOf, startCast } from './cast.js';
import { ask } from './stream.js';

let cast: Cast;
let guide: string;

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

async function conversation(text: string, answer: string, who = cast.alice): Promise<string> {
  cast.says({ text: answer });
  const { tenant } = who.context;
  const agent = tenant === cast.acme ? guide : await guideOf(cast, tenant);
  const [first] = await (await ask(who.browser, tenant.slug, { text, agent })).rest();
  return first?.data.url ?? '';
}

test('an empty list says what it is for and offers the first step', async () => {
  const { text } = await cast.alice.browser.get('/w/acme/conversations');
  assert.match(text, /No conversations yet/);
  assert.match(text, /\/w\/acme\/conversations\/new/);
});

test('search finds conversations by words of question, answer and title, in any form; the index holds no word (CR-1)', async () => {
  const invoices = await conversation('Where do invoices go?', 'Into the **ledger** of Müller.');
  const trips = await conversation('Who approves trips?', 'The team lead.');
  const { browser } = cast.alice;
  const found = async (query: string) => {
    const { text } = await browser.get(`/w/acme/conversations?q=${encodeURIComponent(query)}`);
    return [invoices, trips].filter((path) => text.includes(`class="card-row" href="${path}"`));
  };
  assert.deepEqual(await found('invoice'), [invoices]);
  assert.deepEqual(await found('LEDGER müller'), [invoices]);
  assert.deepEqual(await found('trip approve'), [trips]);
  assert.deepEqual(await found('ledger trips'), []);
  assert.deepEqual(await found('!!!'), []);
  const renamed = await browser.submit(`${trips}/title`, { title: 'Journeys of the sales team' });
  assert.equal(renamed.status, 303);
  assert.deepEqual(await found('journey'), [trips]);
  const { rows } = await cast.server.database.admin.query(
    `select string_agg(array_to_string(search_tags, ' '), ' ') as tags from ${cast.acme.id}.conversations`,
  );
  assert.doesNotMatch(JSON.stringify(rows), /ledger|6c6564676572/);
});

test('the title comes from the first question and can be changed; the audit says so without it', async () => {
  const path = await conversation(`What about ${'very '.repeat(30)}long questions?`, 'Cut.');
  const { browser } = cast.alice;
  assert.match((await browser.get(path)).text, /<h1[^>]*>What about very[^<]{20,80}…<\/h1>/);
  const blank = await browser.submit(`${path}/title`, { title: ' ' });
  assert.equal(blank.status, 422);
  assert.equal((await browser.submit(`${path}/title`, { title: '<b>Mine</b>' })).status, 303);
  assert.match((await browser.get(path)).text, /<h1[^>]*>&lt;b&gt;Mine&lt;\/b&gt;<\/h1>/);
  const events = await eventsNamed(cast, cast.acme, 'conversation.renamed');
  assert.doesNotMatch(JSON.stringify(events), /Mine/);
});

test('deleting works as a page, asks first, and takes everything with it', async () => {
  const path = await conversation('To be deleted?', 'Yes.');
  const id = path.split('/').at(-1);
  const { browser } = cast.alice;
  const confirm = await browser.get(`${path}/deletion`);
  assert.match(confirm.text, /This cannot be undone/);
  assert.equal((await browser.submit(`${path}/deletion`, {})).status, 303);
  assert.equal((await browser.get(path)).status, 404);
  const { rows } = await cast.server.database.admin.query(
    `select count(*)::int as left from ${cast.acme.id}.messages where conversation_id = $1`,
    [id],
  );
  assert.deepEqual(rows, [{ left: 0 }]);
  const [event] = (await eventsNamed(cast, cast.acme, 'conversation.deleted')).slice(-1);
  assert.deepEqual([event?.subject_id, event?.details.messages], [id, 2]);
});

test('deleting a conversation ends the answer that is being written in it', async () => {
  const path = await conversation('Delete me while I answer', 'Soon.');
  cast.says({ text: ['Some ', 'text'], fault: { kind: 'hang', after: 2 } });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'And now?', in: path });
  await stream.until('text');
  assert.equal((await cast.alice.browser.submit(`${path}/deletion`, {})).status, 303);
  const last = (await stream.rest()).at(-1);
  assert.equal(last?.event, 'failed');
  assert.equal(cast.provider?.requests.at(-1)?.aborted, true);
});

test('long lists and long threads are shown in pages that can be reached again', async () => {
  const { admin } = cast.server.database;
  const path = await conversation('A long thread', 'First answer.');
  const id = path.split('/').at(-1);
  for (let turn = 0; turn < 22; turn += 1) {
    cast.says({ text: `Answer number ${turn}.` });
    await (await ask(cast.alice.browser, 'acme', { text: `Question number ${turn}`, in: path })).rest();
  }
  const { browser } = cast.alice;
  const newest = await browser.get(path);
  assert.match(newest.text, /Answer number 21\./);
  assert.doesNotMatch(newest.text, /First answer\./);
  const earlier = /href="([^"]+before=[^"]+)"/.exec(newest.text)?.[1] ?? '';
  const oldest = await browser.get(earlier);
  assert.match(oldest.text, /First answer\./);
  assert.match(oldest.text, /Newest messages/);
  const { rows } = await admin.query(
    `select count(*)::int as count from ${cast.acme.id}.messages where conversation_id = $1`,
    [id],
  );
  assert.deepEqual(rows, [{ count: 46 }]);
  for (let more = 0; more < 32; more += 1) await conversation(`Filler ${more}`, 'Yes.', cast.bob);
  const first = await cast.bob.browser.get('/w/acme/conversations');
  const next = /href="([^"]+before=[^"]+)"/.exec(first.text)?.[1] ?? '';
  const second = await cast.bob.browser.get(next);
  assert.match(second.text, /Filler 0</);
  assert.doesNotMatch(first.text.split('card-list')[1] ?? '', /Filler 0</);
});

test('what only old conversations say is found behind many newer ones, page by page (CR-1)', async () => {
  const { admin } = cast.server.database;
  const old = [];
  for (let each = 0; each < 2; each += 1) old.push(await conversation(`Barometer ${each}?`, 'Falling.', cast.charlie));
  const { rows: newer } = await admin.query(
    `insert into ${cast.globex.id}.conversations (id, account_id, agent_id, title, search_tags, updated_at)
     select gen_random_uuid(), account_id, agent_id, title, '{}', now() + make_interval(secs => n)
     from ${cast.globex.id}.conversations, generate_series(1, 600) n where id = $1 returning id`,
    [old[0]?.split('/').at(-1)],
  );
  const find = async (query: string) => {
    const { text } = await cast.charlie.browser.get(`/w/globex/conversations?${query}`);
    return [...text.matchAll(/class="card-row" href="([^"]+)"/g)].map(([, path]) => path);
  };
  assert.equal(newer.length, 600);
  assert.deepEqual(await find('q=barometer'), old.toReversed());
  assert.deepEqual(await find(`q=barometer&before=${old[1]?.split('/').at(-1)}`), old.slice(0, 1));
  assert.deepEqual(await find('q=barometer+nowhere'), []);
});
