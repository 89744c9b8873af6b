import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addDocument, type Cast, eventsNamed, guideOf, type Member, startCast } from '../conversations/cast.js';
import { ask } from '../conversations/stream.js';

let cast: Cast;
before(async () => {
  cast = await startCast();
});
after(() => cast?.close());

const draft = {
  name: 'Clerk',
  role: 'Knows the travel rules',
  instructions: 'Be brief.\nName the canary-rule.',
  model: '',
  tools: 'search_knowledge',
  knowledge: 'all',
};

async function makeAgent(fields: Record<string, string> = {}): Promise<string> {
  const made = await cast.alice.browser.submit('/w/acme/agents/new', { ...draft, ...fields }, '/w/acme/agents');
  assert.equal(made.status, 303, made.text.slice(0, 500));
  return made.location;
}

/** What the form would send if nothing were changed. */
async function edit(path: string, fields: Record<string, string>, who: Member = cast.alice) {
  const { text } = await who.browser.get(`${path}/edit`);
  const version = /name="version" value="(\d+)"/.exec(text)?.[1] ?? '';
  return who.browser.submit(`${path}/edit`, { ...draft, version, ...fields }, path);
}

test('alice makes an agent, and sees it in the list and on its page (AG-1)', async () => {
  const path = await makeAgent();
  const page = await cast.alice.browser.get(path);
  assert.match(page.text, /Knows the travel rules/);
  assert.match(page.text, /Name the canary-rule\./);
  assert.match(page.text, /Search knowledge/);
  assert.match(page.text, /All documents that the person who asks may read/);
  assert.match((await cast.alice.browser.get('/w/acme/agents')).text, /Clerk/);
  const found = await cast.alice.browser.get('/w/acme/agents?q=TRAVEL');
  assert.match(found.text, /Clerk/);
  assert.doesNotMatch(found.text, /<bdi>Guide<\/bdi>/);
  assert.match((await cast.alice.browser.get('/w/acme/agents?q=nothing-like-it')).text, /No agent matches/);
});

test('instructions and versions are sealed, and the audit has their digest only (CR-1, AU-1)', async () => {
  await makeAgent();
  const { rows } = await cast.server.database.admin.query(
    `select (select string_agg(encode(instructions, 'escape'), '') from ${cast.acme.id}.agents) as agents,
       (select string_agg(encode(snapshot, 'escape'), '') from ${cast.acme.id}.agent_versions) as versions,
       (select string_agg(e::text, '') from ${cast.acme.id}.audit_events e) as events`,
  );
  assert.doesNotMatch(JSON.stringify(rows), /canary-rule/);
  const [event] = (await eventsNamed(cast, cast.acme, 'agent.created')).slice(-1);
  assert.deepEqual(
    [event?.account_id, event?.details.tools, event?.details.knowledge],
    [cast.alice.id, 'search_knowledge', 'all'],
  );
  assert.equal(event?.arguments_digest?.length, 32);
});

test('bob may see and ask agents, and change none; charlie does not find them (MB-4, IS-4)', async () => {
  const path = await makeAgent();
  const { browser } = cast.bob;
  const page = await browser.get(path);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /\/edit"|\/archive"|\/copy"/);
  const _csrf = await browser.token('/w/acme');
  const writes = [
    '/w/acme/agents',
    path,
    `${path}/copy`,
    `${path}/archive`,
    `${path}/restoration`,
    `${path}/versions/1/restoration`,
  ];
  for (const address of writes) {
    assert.equal((await browser.post(address, { ...draft, version: '1', _csrf })).status, 403, address);
  }
  assert.equal((await browser.get(`${path}/edit`)).status, 403);
  const id = path.split('/').at(-1);
  for (const rest of ['', '/edit', '/versions', '/versions/1', '/archive']) {
    assert.equal((await cast.charlie.browser.get(`${path}${rest}`)).status, 404);
    assert.equal((await cast.charlie.browser.get(`/w/globex/agents/${id}${rest}`)).status, 404);
  }
  const token = await cast.charlie.browser.token('/w/globex');
  for (const address of writes.slice(1)) {
    const there = address.replace('/w/acme', '/w/globex');
    assert.equal((await cast.charlie.browser.post(there, { ...draft, version: '1', _csrf: token })).status, 404, there);
  }
  assert.match((await cast.alice.browser.get(path)).text, /Clerk/);
});

test('every change is a version with its difference; an older one can be used again (AG-1)', async () => {
  const path = await makeAgent();
  const changed = await edit(path, { name: 'Clerk the second', instructions: 'Be brief.\nBe kind.' });
  assert.equal(changed.status, 303, changed.text.slice(0, 300));
  const { text } = await cast.alice.browser.get(`${path}/versions/2`);
  assert.match(text, /<del><span class="visually-hidden">Removed: <\/span>[^<]*Name the canary-rule\.<\/del>/);
  assert.match(text, /<ins><span class="visually-hidden">Added: <\/span>[^<]*Be kind\.<\/ins>/);
  assert.match((await cast.alice.browser.get(`${path}/versions`)).text, /Changed: name, instructions/);
  const back = await cast.alice.browser.submit(
    `${path}/versions/1`,
    { version: '2' },
    `${path}/versions/1/restoration`,
  );
  assert.equal(back.status, 303);
  const page = await cast.alice.browser.get(path);
  assert.match(page.text, /Name the canary-rule\./);
  assert.match(page.text, /3 \(all versions\)/);
  const [event] = (await eventsNamed(cast, cast.acme, 'agent.rolled-back')).slice(-1);
  assert.deepEqual([event?.details.version, event?.details.from], [3, 1]);
  assert.equal((await cast.alice.browser.get(`${path}/versions/9`)).status, 404);
});

test('a save that changes nothing makes no version', async () => {
  const path = await makeAgent();
  assert.equal((await edit(path, {})).status, 303);
  assert.match((await cast.alice.browser.get(path)).text, /1 \(all versions\)/);
});

test('two people edit at once: the second is told, and keeps what was typed (AG-1)', async () => {
  const path = await makeAgent();
  const _csrf = await cast.alice.browser.token(`${path}/edit`);
  const save = (instructions: string) => cast.alice.browser.post(path, { ...draft, _csrf, version: '1', instructions });
  const both = await Promise.all([save('Mine.'), save('No, mine.')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [303, 409]);
  const refused = both.find(({ status }) => status === 409);
  assert.match(refused?.text ?? '', /Somebody changed this agent/);
  assert.match(refused?.text ?? '', />(Mine|No, mine)\.<\/textarea>/);
  assert.equal((await save('Again.')).status, 409);
});

test('wrong forms come back with what was typed and what is wrong', async () => {
  const { browser } = cast.alice;
  const wrong: Record<string, string>[] = [
    { name: ' ' },
    { name: 'x'.repeat(81) },
    { name: 'a\u202Eb' },
    { role: 'x'.repeat(201) },
    { instructions: 'x'.repeat(20_001) },
    { model: 'groq:made-up' },
    { tools: 'rm_rf' },
    { knowledge: 'everything' },
    { documents: 'not-an-id', knowledge: 'chosen' },
  ];
  for (const fields of wrong) {
    const answer = await browser.submit('/w/acme/agents/new', { ...draft, ...fields }, '/w/acme/agents');
    assert.equal(answer.status, 422, JSON.stringify(fields).slice(0, 60));
    assert.match(answer.text, /data-error-summary/);
    assert.match(answer.text, /canary-rule|x{100}/);
  }
  const before = (await eventsNamed(cast, cast.acme, 'agent.created')).length;
  await browser.submit('/w/acme/agents/new', { ...draft, id: 'x', version: '7', createdBy: 'x' }, '/w/acme/agents');
  const events = await eventsNamed(cast, cast.acme, 'agent.created');
  assert.equal(events.length, before + 1);
});

test('the chosen model is asked first, and one that is not configured stays visible', async () => {
  const path = await makeAgent({ model: 'compatible:default' });
  assert.match((await cast.alice.browser.get(path)).text, /OpenAI-compatible default/);
  const id = path.split('/').at(-1);
  await cast.server.database.admin.query(`update ${cast.acme.id}.agents set model = 'groq:gone' where id = $1`, [id]);
  assert.match((await cast.alice.browser.get(path)).text, /groq:gone \(not configured now\)/);
  assert.equal((await edit(path, { model: 'groq:gone', role: 'Still there' })).status, 303);
});

test('documents are chosen from those that can be read, and are told to the version (AG-1, KB-6)', async () => {
  const document = await addDocument(cast.alice, 'Rules of travel', 'Trips need approval.');
  const path = await makeAgent({ knowledge: 'chosen', documents: document });
  const page = await cast.alice.browser.get(path);
  assert.match(page.text, new RegExp(`/w/acme/knowledge/${document}`));
  assert.match((await cast.alice.browser.get(`${path}/edit`)).text, new RegExp(`value="${document}" checked`));
  assert.match((await cast.alice.browser.get(`${path}/versions/1`)).text, /Rules of travel/);
  assert.equal((await edit(path, { knowledge: 'none', documents: document })).status, 303);
  const { rows } = await cast.server.database.admin.query(
    `select count(*)::int as chosen from ${cast.acme.id}.agent_documents where agent_id = $1`,
    [path.split('/').at(-1)],
  );
  assert.deepEqual(rows, [{ chosen: 0 }]);
});

test('a copy starts its own history under its own name', async () => {
  const path = await makeAgent();
  const copied = await cast.alice.browser.submit(path, {}, `${path}/copy`);
  assert.equal(copied.status, 303);
  assert.match(copied.location, /\/edit$/);
  const page = await cast.alice.browser.get(copied.location.replace(/\/edit$/, ''));
  assert.match(page.text, /Copy of Clerk/);
  assert.match(page.text, /1 \(all versions\)/);
});

test('an archived agent cannot be asked, its conversations can be read, and it can come back (AG-1)', async () => {
  const path = await makeAgent({ name: 'Short-lived clerk' });
  const agent = path.split('/').at(-1) ?? '';
  cast.says({ text: 'While I lived.' });
  const [first] = await (await ask(cast.bob.browser, 'acme', { text: 'Are you there?', agent })).rest();
  const conversation = first?.data.url ?? '';
  assert.match((await cast.alice.browser.get(`${path}/archive`)).text, /Archive Short-lived clerk\?/);
  assert.equal((await cast.alice.browser.submit(`${path}/archive`, {})).status, 303);
  assert.doesNotMatch((await cast.alice.browser.get('/w/acme/agents')).text, /Short-lived clerk/);
  assert.match((await cast.alice.browser.get('/w/acme/agents?show=archived')).text, /Short-lived clerk/);
  const thread = await cast.bob.browser.get(conversation);
  assert.match(thread.text, /While I lived\./);
  assert.match(thread.text, /This agent is archived/);
  assert.doesNotMatch(thread.text, /\/retry"/);
  const _csrf = await cast.bob.browser.token('/w/acme');
  assert.equal((await cast.bob.browser.post(`${conversation}/messages`, { _csrf, text: 'Hello?' })).status, 409);
  assert.equal((await cast.bob.browser.post('/w/acme/conversations', { _csrf, agent, text: 'Hello?' })).status, 409);
  assert.doesNotMatch((await cast.bob.browser.get('/w/acme/conversations/new')).text, /Short-lived clerk<\/option>/);
  assert.equal((await cast.alice.browser.submit(path, {}, `${path}/restoration`)).status, 303);
  assert.equal((await cast.bob.browser.post(`${conversation}/messages`, { _csrf, text: 'Back?' })).status, 303);
  const events = [
    ...(await eventsNamed(cast, cast.acme, 'agent.archived')),
    ...(await eventsNamed(cast, cast.acme, 'agent.restored')),
  ];
  assert.equal(events.filter(({ subject_id }) => subject_id === agent).length, 2);
});

test('an agent answers as the version that was in use when it was asked (IS-7)', async () => {
  const path = await makeAgent({ instructions: 'Say the first-word.' });
  const agent = path.split('/').at(-1) ?? '';
  cast.says({ text: 'Yes.' });
  await (await ask(cast.alice.browser, 'acme', { text: 'One?', agent })).rest();
  assert.match(cast.asked().at(-1)?.messages[0]?.content ?? '', /Say the first-word\./);
  await edit(path, { instructions: 'Say the second-word.' });
  await (await ask(cast.alice.browser, 'acme', { text: 'Two?', agent })).rest();
  const system = cast.asked().at(-1)?.messages[0]?.content ?? '';
  assert.match(system, /You are Clerk, an agent in the workspace "acme"\. Your role: Knows the travel rules\./);
  assert.match(system, /Say the second-word\./);
  assert.doesNotMatch(system, /first-word/);
  assert.notEqual(await guideOf(cast, cast.acme), agent);
});
