import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { varPath } from '../../../src/config.js';
import { makeTextPdf } from '../../support/documents/pdf.js';
import type { Answer } from '../../support/visitor.js';
import { addDocument, type Cast, eventsNamed, guideOf, type Member, startCast } from './cast.js';
import { ask, openStream, textOf } from './stream.js';

let cast: Cast;
let guide: string;

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

/** A conversation of alice's with these questions, each answered with the words after it. */
async function conversation(...said: readonly (readonly [string, string])[]): Promise<string> {
  let path = '';
  for (const [question, answer] of said) {
    cast.says({ text: answer });
    const place = path ? { in: path } : { agent: guide };
    const [first] = await (await ask(cast.alice.browser, 'acme', { text: question, ...place })).rest();
    path = first?.data.url ?? '';
  }
  return path;
}

const page = async (path: string, who = cast.alice) => (await who.browser.get(path)).text;
/** The path to edit the nth question that is shown. */
const editOf = (text: string, nth: number) => [...text.matchAll(/href="([^"]+\/revision)"/g)][nth]?.[1] ?? '';
const linkTo = (text: string, rel: 'prev' | 'next') =>
  new RegExp(`class="branch".*?href="([^"#]+)[^"]*" rel="${rel}"`, 's').exec(text)?.[1] ?? '';
const lastPrompt = () =>
  cast
    .asked()
    .at(-1)
    ?.messages.slice(1)
    .map(({ content }) => content) ?? [];

test('a question asked in other words makes a branch; both stay, and each has its own way to the end (AG-2)', async () => {
  const path = await conversation(['Which river?', 'The Oder.'], ['How long is it?', '742 km.']);
  const { browser } = cast.alice;
  const edit = editOf(await page(path), 0);
  const form = await browser.get(edit);
  assert.match(form.text, />Which river\?<\/textarea>/);
  cast.says({ text: 'The Elbe.' });
  const _csrf = await browser.token(edit);
  assert.equal((await browser.post(edit, { _csrf, text: ' ' })).status, 422);
  assert.equal((await browser.post(edit, { _csrf, text: 'Which other river?' })).status, 303);
  assert.deepEqual(lastPrompt(), ['Which other river?'], 'the model was told of another branch');
  const second = await page(path);
  assert.match(second, /The Elbe\./);
  assert.match(second, /2 of 2/);
  assert.doesNotMatch(second, /The Oder\.|742 km/);
  const first = await page(linkTo(second, 'prev'));
  assert.match(first, /1 of 2/);
  assert.match(first, /The Oder\./);
  assert.match(first, /742 km\./);
  assert.doesNotMatch(first, /The Elbe/);
  assert.match(await page(linkTo(first, 'next')), /The Elbe/);
});

test('a branch that is looked at is the one that goes on, and the model gets its past alone (AG-2, IS-7)', async () => {
  const path = await conversation(['My colour is red.', 'Red it is.']);
  const { browser } = cast.alice;
  const edit = editOf(await page(path), 0);
  cast.says({ text: 'Blue it is.' });
  await browser.post(edit, { _csrf: await browser.token(edit), text: 'My colour is blue.' });
  const red = linkTo(await page(path), 'prev');
  const shown = await page(red);
  const after = /name="after" value="([^"]+)"/.exec(shown)?.[1] ?? '';
  cast.says({ text: 'It is red.' });
  const _csrf = await browser.token(red);
  const stream = await openStream(browser, `${path}/messages`, { _csrf, after, text: 'Which colour?' });
  await stream.rest();
  assert.deepEqual(lastPrompt(), ['My colour is red.', 'Red it is.', 'Which colour?']);
  const now = await page(path);
  assert.match(now, /It is red\./);
  assert.doesNotMatch(now, /Blue it is/);
  const answer = /messages\/([0-9a-f-]{36})\/retry/.exec(now)?.[1];
  cast.says({ text: 'Red, as you said.' });
  const again = await openStream(browser, `${path}/messages/${answer}/retry`, { _csrf });
  assert.equal(textOf(await again.rest()), 'Red, as you said.');
  assert.deepEqual(lastPrompt(), ['My colour is red.'], 'an earlier answer is answered again from its own question');
  const found = await page('/w/acme/conversations?q=blue');
  assert.ok(found.includes(`href="${path}"`), 'search finds what another branch says');
});

test('branches are private like the rest: nobody edits or opens one by its id (IS-5)', async () => {
  const path = await conversation(['Private?', 'Yes.']);
  const text = await page(path);
  const edit = editOf(text, 0);
  const answer = /messages\/([0-9a-f-]{36})\/retry/.exec(text)?.[1];
  for (const who of [cast.bob, cast.charlie]) {
    assert.equal((await who.browser.get(edit)).status, 404);
    const _csrf = await who.browser.token('/profile');
    assert.equal((await who.browser.post(edit, { _csrf, text: 'Mine' })).status, 404);
  }
  const other = await conversation(['Another?', 'Yes.']);
  const { browser } = cast.alice;
  const _csrf = await browser.token(other);
  assert.equal((await browser.get(`${other}?branch=${answer}`)).status, 404);
  const crossing = await browser.post(`${other}/messages`, { _csrf, after: answer ?? '', text: 'Go on there' });
  assert.equal(crossing.status, 404);
  assert.equal((await browser.post(`${other}/messages/${answer}/retry`, { _csrf })).status, 404);
  assert.equal((await browser.post(`${other}/questions/${answer}/revision`, { _csrf, text: 'x' })).status, 404);
  await browser.submit(`${path}/deletion`, {});
  const { rows } = await cast.server.database.admin.query(
    `select count(*)::int as left from ${cast.acme.id}.messages where conversation_id = $1`,
    [path.split('/').at(-1)],
  );
  assert.deepEqual(rows, [{ left: 0 }]);
});

const share = (path: string, username: string, who = cast.alice) => who.browser.submit(`${path}/sharing`, { username });

test('a shared conversation is read by the named member and nobody else, until it is taken back (IS-5)', async () => {
  const path = await conversation(['The canary-of-share?', 'Sings.']);
  const readAs = async (who: Member) => (await who.browser.get(`${path}/shared`)).status;
  assert.equal(await readAs(cast.bob), 404);
  assert.equal((await share(path, 'nobody-of-this-name')).status, 422);
  assert.equal((await share(path, 'alice')).status, 422);
  assert.equal((await share(path, 'charlie')).status, 422, 'who is no member can be given nothing');
  assert.equal((await share(path, '@bob')).status, 303);
  const text = await page(`${path}/shared`, cast.bob);
  assert.match(text, /canary-of-share/);
  assert.match(text, /lets you read/);
  assert.doesNotMatch(text, /data-chat\b|\/retry|\/revision|\/stop/);
  assert.match(await page('/w/acme/conversations/shared', cast.bob), /canary-of-share/);
  assert.doesNotMatch(await page('/w/acme/conversations?q=canary', cast.bob), /canary-of-share/);
  assert.equal(await readAs(cast.charlie), 404);
  assert.equal(await readAs(cast.alice), 200, 'she sees what readers see');
  const _csrf = await cast.bob.browser.token('/profile');
  for (const door of ['', '/title', '/sharing', '/deletion'])
    assert.equal((await cast.bob.browser.get(`${path}${door}`)).status, 404, door);
  for (const door of ['/messages', '/title', '/sharing', '/deletion', `/sharing/${cast.bob.id}/removal`]) {
    const answer = await cast.bob.browser.post(`${path}${door}`, {
      _csrf,
      text: 'Mine',
      title: 'Mine',
      username: 'bob',
    });
    assert.equal(answer.status, 404, door);
  }
  assert.match(await page(path), /Shared with 1/);
  assert.match(await page(`${path}/sharing`), /bob/);
  const { rows } = await cast.server.database.admin.query(
    `select kind, path from ${cast.acme.id}.notifications where account_id = $1 order by created_at desc limit 1`,
    [cast.bob.id],
  );
  assert.deepEqual(rows, [{ kind: 'shared', path: `${path.replace('/w/acme', '')}/shared` }]);
  const taken = await cast.alice.browser.submit(`${path}/sharing`, {}, `${path}/sharing/${cast.bob.id}/removal`);
  assert.equal(taken.status, 303);
  assert.equal(await readAs(cast.bob), 404);
  const events = await eventsNamed(cast, cast.acme, 'conversation.shared');
  assert.deepEqual([events.at(-1)?.account_id, events.at(-1)?.details], [cast.alice.id, { reader: cast.bob.id }]);
  assert.equal((await eventsNamed(cast, cast.acme, 'conversation.unshared')).length, 1);
  assert.doesNotMatch(JSON.stringify(events), /canary/);
});

test('a reader sees sources that they may open, and neither others nor what tools found (KB-6, IS-5)', async () => {
  const open = await addDocument(cast.alice, 'Open paper', 'Herons nest in the reeds of the open shore.');
  const closed = await addDocument(cast.alice, 'Closed paper', 'Herons nest in the closed canary-tower.');
  await cast.alice.browser.submit(
    `/w/acme/knowledge/${closed}`,
    { access: 'roles' },
    `/w/acme/knowledge/${closed}/access`,
  );
  cast.says(
    { calls: [{ name: 'search_knowledge', arguments: { query: 'herons nest' } }] },
    { text: 'In the reeds [1] and elsewhere [2].' },
  );
  const [first] = await (await ask(cast.alice.browser, 'acme', { text: 'Where do herons nest?', agent: guide })).rest();
  const path = first?.data.url ?? '';
  const mine = await page(path);
  assert.ok(mine.includes(open) && mine.includes(closed) && mine.includes('canary-tower'));
  assert.equal((await share(path, 'bob')).status, 303);
  const theirs = await page(`${path}/shared`, cast.bob);
  assert.ok(theirs.includes(open), 'a source that he may open is missing');
  assert.ok(!theirs.includes(closed) && !theirs.includes('Closed paper') && !theirs.includes('canary-tower'));
  await cast.server.database.admin.query(
    'update shared.memberships set joined_at = now() where tenant_id = $1 and account_id = $2',
    [cast.acme.id, cast.bob.id],
  );
  assert.equal((await cast.bob.browser.get(`${path}/shared`)).status, 404, 'who left and came back has lost it');
});

async function attach(where: string, name: string, content: string | Uint8Array, who = cast.alice): Promise<Answer> {
  const { browser } = who;
  const body = new FormData();
  body.append('_csrf', await browser.token('/profile'));
  body.append('agent', guide);
  body.append('files', new Blob([content]), name);
  return browser.send(where, { method: 'POST', body, headers: { Origin: browser.origin } });
}

test('a file belongs to one conversation: its turns read it, no other finds it, and it goes with it (KB-3, IS-5)', async () => {
  const begun = await attach('/w/acme/conversations/files', '../my notes.txt', 'The secret heron-code is 4711.');
  assert.equal(begun.status, 303);
  const path = begun.location;
  assert.deepEqual(readdirSync(varPath('uploads')), [], 'the upload was kept');
  assert.match(await page(path), /my notes\.txt/);
  const search = { calls: [{ name: 'search_files', arguments: { query: 'heron-code' } }] };
  cast.says(search, { text: 'It is 4711 [1].' });
  const events = await (await ask(cast.alice.browser, 'acme', { text: 'What is the code?', in: path })).rest();
  const [system] = cast.asked().at(-2)?.messages ?? [];
  assert.match(system?.content ?? '', /attached these files/);
  assert.ok(
    cast
      .asked()
      .at(-2)
      ?.tools?.some((tool) => tool.function.name === 'search_files'),
  );
  assert.match(cast.asked().at(-1)?.messages.at(-1)?.content ?? '', /heron-code is 4711/);
  const chip =
    /href="(\/w\/acme\/conversations\/[^"]+\/files\/[^"#]+)#passage"/.exec(events.at(-1)?.data.html ?? '')?.[1] ?? '';
  assert.match(await page(chip), /id="passage"/);
  assert.equal((await cast.bob.browser.get(chip)).status, 404);

  const other = await conversation(['Nothing attached?', 'No.']);
  cast.says(search, { text: 'I cannot.' });
  const elsewhere = await (await ask(cast.alice.browser, 'acme', { text: 'And the code?', in: other })).rest();
  assert.equal(
    elsewhere.find(({ event, data }) => event === 'tool' && data.outcome !== 'running')?.data.outcome,
    'refused',
  );
  cast.says({ calls: [{ name: 'search_knowledge', arguments: { query: 'heron-code' } }] }, { text: 'No.' });
  const known = await (await ask(cast.alice.browser, 'acme', { text: 'In the documents?', in: other })).rest();
  assert.doesNotMatch(JSON.stringify(known.filter(({ event }) => event === 'tool')), /4711/);

  const { admin } = cast.server.database;
  const left = async () => {
    const { rows } = await admin.query(
      `select (select count(*)::int from ${cast.acme.id}.attachments) as files,
         (select count(*)::int from ${cast.acme.id}.attachment_chunks) as chunks,
         (select count(*)::int from ${cast.acme.id}.attachment_postings) as postings,
         (select string_agg(encode(body, 'escape'), '') from ${cast.acme.id}.attachment_chunks) as text`,
    );
    return rows[0];
  };
  assert.doesNotMatch(String((await left()).text), /heron/);
  const [event] = (await eventsNamed(cast, cast.acme, 'conversation.file-attached')).slice(-1);
  assert.equal(event?.details.uploadDeleted, true);
  assert.equal((await cast.alice.browser.submit(`${path}/deletion`, {})).status, 303);
  assert.deepEqual(await left(), { files: 0, chunks: 0, postings: 0, text: null });
});

test('files that cannot be taken say why, leave nothing behind, and are counted (KB-5)', async () => {
  const path = await conversation(['Files?', 'Yes.']);
  assert.equal((await attach(`${path}/files`, 'empty.txt', '')).status, 422);
  const lying = await attach(`${path}/files`, 'lying.pdf', 'This is no PDF at all.');
  assert.equal(lying.status, 422);
  assert.equal((await attach(`${path}/files`, 'theirs.txt', 'Mine now.', cast.bob)).status, 404);
  assert.equal((await attach(`${path}/files`, 'pages.pdf', makeTextPdf(3))).status, 303);
  assert.deepEqual(readdirSync(varPath('uploads')), []);
  const refused = (await eventsNamed(cast, cast.acme, 'conversation.file-attached')).filter(
    ({ outcome }) => outcome === 'failed',
  );
  assert.equal(refused.length, 2);
  const { admin } = cast.server.database;
  await admin.query(
    `insert into ${cast.acme.id}.attachments
     select gen_random_uuid(), conversation_id, name, media_type, 1, null, 0, 0 from ${cast.acme.id}.attachments, generate_series(1, 9)
     where conversation_id = $1`,
    [path.split('/').at(-1)],
  );
  const eleventh = await attach(`${path}/files`, 'more.txt', 'One more.').catch(() => undefined);
  assert.equal(eleventh?.status, 409);
});
