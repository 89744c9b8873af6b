import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cast, eventsNamed, guideOf, startCast } from './cast.js';
import { ask, openStream, textOf } from './stream.js';

let cast: Cast;
let guide: string;

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

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
