import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cast, eventsNamed, guideOf, startCast } from './cast.js';
import { ask, openStream, type StreamEvent, textOf } from './stream.js';

let cast: Cast;
let guide: string;

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

/** A conversation of alice's with one finished answer. Answers its path. */
async function conversation(text: string, answer = 'Hello.'): Promise<string> {
  cast.says({ text: answer });
  const stream = await ask(cast.alice.browser, 'acme', { text, agent: guide });
  const [first] = await stream.rest();
  return first?.data.url ?? '';
}

test('alice asks and the answer streams, is kept, and is shown again on a reload (AG-2)', async () => {
  cast.says({ text: ['The **limit** ', 'is 140 euros.'] });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'What is the limit?', agent: guide });
  assert.equal(stream.response.status, 200);
  const events = await stream.rest();
  assert.equal(events[0]?.event, 'message');
  assert.equal(textOf(events), 'The **limit** is 140 euros.');
  const done = events.at(-1);
  assert.equal(done?.event, 'done');
  assert.equal(done?.data.html, '<p>The <strong>limit</strong> is 140 euros.</p>\n');
  const page = await cast.alice.browser.get(events[0]?.data.url ?? '');
  assert.equal(page.status, 200);
  assert.match(page.text, /What is the limit\?/);
  assert.match(page.text, /The <strong>limit<\/strong> is 140 euros\./);
  assert.match(page.text, /Answered by OpenAI-compatible default, 18 tokens/);
});

test('question and answer are sealed, and the audit holds neither (AU-1)', async () => {
  await conversation('the canary-question-4711', 'the canary-answer-4711');
  const { rows } = await cast.server.database.admin.query(
    `select (select string_agg(encode(body, 'escape'), '') from ${cast.acme.id}.messages) as bodies,
       (select string_agg(encode(title, 'escape'), '') from ${cast.acme.id}.conversations) as titles,
       (select string_agg(e::text, '') from ${cast.acme.id}.audit_events e) as events`,
  );
  assert.doesNotMatch(JSON.stringify(rows), /canary/);
  const [asked] = (await eventsNamed(cast, cast.acme, 'conversation.asked')).slice(-1);
  assert.equal(asked?.account_id, cast.alice.id);
  assert.equal(asked?.arguments_digest?.length, 32);
  const [answered] = (await eventsNamed(cast, cast.acme, 'conversation.answered')).slice(-1);
  assert.equal(answered?.agent_id, guide);
  assert.equal(answered?.details.provider, 'compatible');
});

test('the next question goes on in the same conversation, with what was said before (AG-4)', async () => {
  const path = await conversation('My name is Alice.', 'Noted [1].');
  cast.says({ text: 'Alice.' });
  await (await ask(cast.alice.browser, 'acme', { text: 'Who am I?', in: path })).rest();
  const said =
    cast
      .asked()
      .at(-1)
      ?.messages.map(({ role, content }) => `${role}: ${content}`) ?? [];
  assert.deepEqual(said.slice(1), ['user: My name is Alice.', 'assistant: Noted.', 'user: Who am I?']);
});

test('without script the page comes back when the answer is there (AG-2)', async () => {
  cast.says({ text: 'All without script.' });
  const { browser } = cast.alice;
  const fields = { agent: guide, text: 'Does this work?' };
  const answer = await browser.submit('/w/acme/conversations/new', fields, '/w/acme/conversations');
  assert.equal(answer.status, 303);
  const page = await browser.get(answer.location);
  assert.match(page.text, /All without script\./);
  const again = await browser.submit(answer.location, { text: 'And again?' }, `${answer.location}/messages`);
  assert.equal(again.status, 303);
  assert.match((await browser.get(again.location)).text, /And again\?/);
});

test('a reload in the middle replays what was said and follows to the end; a closed browser stops nothing', async () => {
  const pace = { bytes: 120, everyMs: 60 };
  cast.says({ text: ['One, ', 'two, ', 'three, ', 'four, ', 'five.'], pace });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Count.', agent: guide });
  const first = await stream.until('message');
  await stream.until('text');
  stream.cut();
  const again = await openStream(cast.alice.browser, first.data.streamUrl ?? '');
  const events = await again.rest();
  assert.equal(textOf(events), 'One, two, three, four, five.');
  assert.equal(events.at(-1)?.event, 'done');
  const later = await (await openStream(cast.alice.browser, first.data.streamUrl ?? '')).rest();
  assert.equal(textOf(later), 'One, two, three, four, five.');
  assert.deepEqual(later.at(-1)?.data.html, events.at(-1)?.data.html);
});

test('stop keeps the part, ends the request at the provider, and the answer can be asked for again (AG-2)', async () => {
  cast.says({ text: ['A first part. ', 'Never seen.'], fault: { kind: 'hang', after: 2 } });
  const { browser } = cast.alice;
  const stream = await ask(browser, 'acme', { text: 'Go on for ever.', agent: guide });
  const first = await stream.until('message');
  await stream.until('text');
  const stop = first.data.stopUrl ?? '';
  const stopped = await browser.post(stop, { _csrf: await browser.token(first.data.url ?? '') });
  assert.equal(stopped.status, 303);
  const done = (await stream.rest()).at(-1);
  assert.deepEqual([done?.event, done?.data.status], ['done', 'stopped']);
  assert.equal(cast.provider?.requests.at(-1)?.aborted, true);
  const page = await browser.get(first.data.url ?? '');
  assert.match(page.text, /A first part\./);
  assert.match(page.text, /Stopped before the end/);
  cast.says({ text: 'The whole answer.' });
  const retry = await openStream(browser, first.data.retryUrl ?? '', {
    _csrf: await browser.token(first.data.url ?? ''),
  });
  assert.equal(textOf(await retry.rest()), 'The whole answer.');
  const after = await browser.get(first.data.url ?? '');
  assert.match(after.text, /The whole answer\./);
  assert.doesNotMatch(after.text, /A first part/);
  const asked = cast.asked().at(-1)?.messages.at(-1);
  assert.equal(asked?.content, 'Go on for ever.');
  assert.match(after.text, /aria-label="Other versions".*?2 of 2/s);
  assert.equal((await browser.post(stop, { _csrf: await browser.token(first.data.url ?? '') })).status, 409);
});

test('one answer runs at a time: neither a question nor another try begins beside it (AG-2)', async () => {
  const path = await conversation('First?');
  const { browser } = cast.alice;
  const oldest = /messages\/([0-9a-f-]{36})\/retry/.exec((await browser.get(path)).text)?.[1];
  cast.says({ text: ['Slow ', 'answer.'], fault: { kind: 'hang', after: 2 } });
  const running = await ask(browser, 'acme', { text: 'Second?', in: path });
  const first = await running.until('message');
  const _csrf = await browser.token(path);
  const twice = await browser.post(`${path}/messages`, { _csrf, text: 'Third, kept?' });
  assert.equal(twice.status, 409);
  assert.match(twice.text, /still answering/);
  assert.match(twice.text, />Third, kept\?<\/textarea>/);
  const old = await browser.post(`${path}/messages/${oldest}/retry`, { _csrf });
  assert.equal(old.status, 409);
  assert.equal((await browser.post(first.data.stopUrl ?? '', { _csrf })).status, 303);
});

test('two questions at the same moment in one conversation: one is answered, the other is told (AG-2)', async () => {
  const path = await conversation('Race?');
  cast.says({ text: 'Answered.', pace: { bytes: 60, everyMs: 30 } });
  const { browser } = cast.alice;
  const _csrf = await browser.token(path);
  const both = await Promise.all(['one', 'two'].map((text) => browser.post(`${path}/messages`, { _csrf, text })));
  assert.deepEqual(both.map(({ status }) => status).sort(), [303, 409]);
});

test('a question that is too long comes back in its form with what to do; nothing is lost (AG-2)', async () => {
  const path = await conversation('Short.');
  const { browser } = cast.alice;
  const _csrf = await browser.token(path);
  const text = `start ${'x'.repeat(40_000)} end`;
  const refused = await browser.post(`${path}/messages`, { _csrf, text });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /longer than 32,000 characters/);
  assert.ok(refused.text.includes(text), 'the text is gone');
  const huge = await browser.post(`${path}/messages`, { _csrf, text: 'x'.repeat(1024 * 1024 + 10) });
  assert.equal(huge.status, 413);
  const empty = await browser.post('/w/acme/conversations', { _csrf, agent: guide, text: '   ' });
  assert.equal(empty.status, 422);
  assert.match(empty.text, /Write a question/);
  const scripted = await openStream(browser, `${path}/messages`, { _csrf, text });
  assert.equal(scripted.response.status, 422);
  assert.match(scripted.response.headers.get('content-type') ?? '', /problem\+json/);
});

test('a person has eight answers under way at most; the ninth question waits (threat 25)', async () => {
  cast.says({ fault: { kind: 'hang' } });
  const { browser } = cast.bob;
  const _csrf = await browser.token(`/w/acme/conversations/new?agent=${guide}`);
  const fields = { _csrf, agent: guide, text: 'Wait for me.' };
  const running = await Promise.all(
    Array.from({ length: 8 }, () => openStream(browser, '/w/acme/conversations', fields)),
  );
  const firsts = await Promise.all(running.map((stream) => stream.until('message')));
  const ninth = await browser.post('/w/acme/conversations', fields);
  assert.equal(ninth.status, 429);
  assert.match(ninth.text, /Wait for me\./);
  await Promise.all(firsts.map(({ data }) => browser.post(data.stopUrl ?? '', { _csrf })));
  cast.says({ text: 'Free again.' });
  assert.equal((await browser.post('/w/acme/conversations', fields)).status, 303);
});

test('a line cut after every event goes on from its id: no word is lost and none comes twice (AG-2)', async () => {
  const words = Array.from({ length: 14 }, (_, index) => `word-${index} `);
  const search = { name: 'search_knowledge', arguments: { query: 'anything' } };
  cast.says({ text: 'First. ', calls: [search] }, { text: words, pace: { bytes: 190, everyMs: 45 } });
  const whole = `First. \n\n${words.join('')}`.trimEnd();
  const { browser } = cast.alice;
  const asked = await ask(browser, 'acme', { text: 'Cut me', agent: guide });
  const first = await asked.until('message');
  const seen: StreamEvent[] = [];
  const calls = new Map<unknown, string | undefined>();
  let lines = 0;
  let last = first.id;
  let line = asked;
  for (let ended = false; !ended; ) {
    const event = await line.next();
    if (event && event.event !== 'message') {
      seen.push(event);
      if (event.event === 'tool') calls.set(event.data.id, event.data.outcome);
      last = event.id;
    }
    ended = event?.event === 'done';
    // A tool call may be told again: only what comes after it brings the text on.
    if (ended || event?.event === 'message' || event?.event === 'tool') continue;
    line.cut();
    line = await openStream(browser, first.data.streamUrl ?? '', undefined, last);
    lines += 1;
    const again = await line.until('message');
    assert.equal(String(again.data.from), last, 'it goes on from somewhere else');
  }
  assert.equal(textOf(seen).trimEnd(), whole);
  // How many there are is up to how fast this machine writes; twice is in the middle of the text all the same.
  assert.ok(lines >= 2, `the line was cut only ${lines} times`);
  assert.deepEqual([...calls.values()], ['done'], 'one call, told by its id');
  for (let known = 0; known <= whole.length; known += 9) {
    const rest = await (await openStream(browser, first.data.streamUrl ?? '', undefined, String(known))).rest();
    assert.equal(whole.slice(0, known) + textOf(rest).trimEnd(), whole);
  }
  const beyond = await openStream(browser, first.data.streamUrl ?? '', undefined, '99999');
  assert.equal((await beyond.until('message')).data.from, 0, 'what nobody can have seen begins anew');
  beyond.cut();
});
