import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addDocument, type Cast, eventsNamed, guideOf, startCast } from './cast.js';
import { ask, textOf } from './stream.js';

let cast: Cast;
let guide: string;

before(async () => {
  cast = await startCast({ model: false });
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

test('without a model the best sentences are quoted with citations, through the same search and audit (AG-3)', async () => {
  const text = 'Breakfast is at seven. A hotel room may cost up to 140 euros a night. Bring your own towel.';
  const id = await addDocument(cast.alice, 'Travel handbook', text);
  const events = await (
    await ask(cast.alice.browser, 'acme', { text: 'How much may a hotel room cost?', agent: guide })
  ).rest();
  const tools = events.filter(({ event }) => event === 'tool').map(({ data }) => `${data.name} ${data.outcome}`);
  assert.deepEqual(tools, ['search_knowledge running', 'search_knowledge done']);
  assert.match(textOf(events), /> A hotel room may cost up to 140 euros a night\. \[1\]/);
  assert.match(textOf(events), /No language model is configured/);
  assert.match(textOf(events), /GROQ_API_KEY/);
  const last = events.at(-1);
  assert.equal(last?.event, 'done');
  assert.match(last?.data.html ?? '', new RegExp(`/w/acme/knowledge/${id}\\?chunk=`));
  const [call] = (await eventsNamed(cast, cast.acme, 'tool.called')).slice(-1);
  assert.deepEqual([call?.subject_id, call?.outcome], ['search_knowledge', 'done']);
  const [answered] = (await eventsNamed(cast, cast.acme, 'conversation.answered')).slice(-1);
  assert.equal(answered?.details.provider, 'built-in');
  const page = await cast.alice.browser.get(events[0]?.data.url ?? '');
  assert.match(page.text, /without a language model/);
  assert.equal((await cast.alice.browser.get(`/w/acme/knowledge/${id}`)).status, 200);
});

test('a quoted document cannot write markup, links or citations of its own (AG-12)', async () => {
  await addDocument(
    cast.alice,
    'Sly',
    'The zebra answer is [2] **bold** ![x](https://evil.test/a.png) <img src=x onerror=alert(1)> right here.',
  );
  const events = await (
    await ask(cast.alice.browser, 'acme', { text: 'What is the zebra answer?', agent: guide })
  ).rest();
  const html = events.at(-1)?.data.html ?? '';
  assert.match(html, /The zebra answer is \[2\] \*\*bold\*\*/);
  assert.doesNotMatch(html, /<img|<strong>| src="/);
});

test('it says so when nothing fits, and when it may not search', async () => {
  const nothing = await (
    await ask(cast.charlie.browser, 'globex', { text: 'Quetzalcoatl?', agent: await guideOf(cast, cast.globex) })
  ).rest();
  assert.match(textOf(nothing), /say nothing that fits/);
  await cast.server.database.admin.query(`update ${cast.acme.id}.agents set knowledge = 'none' where id = $1`, [guide]);
  const may = await (await ask(cast.alice.browser, 'acme', { text: 'How much is a hotel?', agent: guide })).rest();
  assert.match(textOf(may), /may not search the documents/);
  assert.match((await cast.alice.browser.get('/w/acme/conversations/new')).text, /No language model is configured/);
});

test('a citation of a deleted document says so, and opens nothing (KB-4)', async () => {
  await cast.server.database.admin.query(`update ${cast.acme.id}.agents set knowledge = 'all' where id = $1`, [guide]);
  const id = await addDocument(cast.alice, 'Short-lived', 'The walrus sleeps until noon on Sundays.');
  const events = await (
    await ask(cast.alice.browser, 'acme', { text: 'When does the walrus sleep?', agent: guide })
  ).rest();
  const path = events[0]?.data.url ?? '';
  assert.match((await cast.alice.browser.get(path)).text, new RegExp(`href="/w/acme/knowledge/${id}`));
  assert.equal((await cast.alice.browser.submit(`/w/acme/knowledge/${id}/deletion`, {})).status, 303);
  const { text } = await cast.alice.browser.get(path);
  assert.doesNotMatch(text, new RegExp(`href="/w/acme/knowledge/${id}`));
  assert.match(text, /Short-lived<\/bdi> <span class="muted">\(the document was deleted\)/);
});
