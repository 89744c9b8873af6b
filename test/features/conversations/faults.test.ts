import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { endTurns } from '../../../src/features/conversations/turns/running.js';
import type { Script } from '../../support/providers/script.js';
import { type Cast, eventsNamed, guideOf, startCast } from './cast.js';
import { ask, openStream, type StreamEvent, textOf } from './stream.js';

let cast: Cast;
let guide: string;

before(async () => {
  cast = await startCast({ turnSeconds: 3 });
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

async function turn(script: Script, text = 'And?'): Promise<{ events: StreamEvent[]; path: string }> {
  cast.says(script);
  const events = await (await ask(cast.alice.browser, 'acme', { text, agent: guide })).rest();
  return { events, path: events[0]?.data.url ?? '' };
}

const faults: Record<string, { script: Script; says: RegExp; keeps?: string }> = {
  'that cuts the line': {
    script: { text: ['Kept until the cut. ', 'lost'], fault: { kind: 'cut', after: 2 } },
    says: /The answer is incomplete: OpenAI-compatible/,
    keeps: 'Kept until the cut.',
  },
  'that ends without an end': {
    script: { text: ['Kept without an end. ', 'lost'], fault: { kind: 'cut', after: 2, clean: true } },
    says: /broke off/,
    keeps: 'Kept without an end.',
  },
  'that falls silent': {
    script: { text: ['Kept before the silence. ', 'lost'], fault: { kind: 'hang', after: 2 } },
    says: /did not finish within|took longer than 3 seconds/,
    keeps: 'Kept before the silence.',
  },
  'that never answers': {
    script: { fault: { kind: 'hang' } },
    says: /No model could answer|took longer than 3 seconds/,
  },
  'that drips': {
    script: { text: 'x'.repeat(4000), pace: { bytes: 20, everyMs: 40 } },
    says: /did not finish within|took longer than 3 seconds|No model could answer/,
  },
  'that is over its limit': { script: { fault: { kind: 'status', status: 429 } }, says: /over its limit/ },
  'that sends garbage': { script: { fault: { kind: 'garbage', body: '<html>hello' } }, says: /No model could answer/ },
};

for (const [name, { script, says, keeps }] of Object.entries(faults)) {
  test(`a provider ${name}: the part is kept, the failure said, and asking again works (AG-3)`, async () => {
    const { events, path } = await turn(script);
    const last = events.at(-1);
    assert.equal(last?.event, 'failed', JSON.stringify(last));
    assert.match(last?.data.message ?? '', says);
    const { browser } = cast.alice;
    const page = await browser.get(path);
    assert.match(page.text, /class="callout danger"/);
    if (keeps) assert.ok(page.text.includes(keeps), 'the part is gone');
    cast.says({ text: 'Better now.' });
    const retried = await browser.post(events[0]?.data.retryUrl ?? '', { _csrf: await browser.token(path) });
    assert.equal(retried.status, 303);
    assert.match((await browser.get(path)).text, /Better now\./);
    const [answered] = (await eventsNamed(cast, cast.acme, 'conversation.answered')).slice(-2);
    assert.equal(answered?.outcome, 'failed');
  });
}

test('text is kept every second, so that a crash costs a second of it; then it is shown as interrupted (AG-2)', async () => {
  const { admin } = cast.server.database;
  cast.says({ text: ['Half of an answer. ', 'More.'], fault: { kind: 'hang', after: 2 } });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Will you crash?', agent: guide });
  const first = await stream.until('message');
  const path = first.data.url ?? '';
  const { rows: empty } = await admin.query(`select length(body) as size from ${cast.acme.id}.messages where id = $1`, [
    first.data.id,
  ]);
  const deadline = Date.now() + 2800;
  let size = 0;
  while (size <= empty[0].size && Date.now() < deadline) {
    const { rows } = await admin.query(`select length(body) as size from ${cast.acme.id}.messages where id = $1`, [
      first.data.id,
    ]);
    size = z.object({ size: z.number() }).parse(rows[0]).size;
  }
  assert.ok(size > empty[0].size, 'nothing was kept while it ran');
  // As if the process had died: the row is left running, and nobody renews its lease.
  await admin.query(`create table ${cast.acme.id}.copy as select * from ${cast.acme.id}.messages where id = $1`, [
    first.data.id,
  ]);
  await stream.rest();
  await admin.query(
    `update ${cast.acme.id}.messages m set status = 'running', failure = null, body = c.body,
       lease_until = now() - interval '1 second' from ${cast.acme.id}.copy c where m.id = c.id`,
  );
  const page = await cast.alice.browser.get(path);
  assert.match(page.text, /Half of an answer\./);
  assert.match(page.text, /was interrupted before it was finished/);
  const events = await (await openStream(cast.alice.browser, first.data.streamUrl ?? '')).rest();
  assert.equal(textOf(events), 'Half of an answer. ');
  assert.match(events.at(-1)?.data.message ?? '', /was interrupted/);
  cast.says({ text: 'Whole.' });
  const retried = await cast.alice.browser.post(first.data.retryUrl ?? '', {
    _csrf: await cast.alice.browser.token(path),
  });
  assert.equal(retried.status, 303);
  const after = await cast.alice.browser.get(path);
  assert.match(after.text, /Whole\./);
  assert.doesNotMatch(after.text, /was interrupted/);
});

test('reading a conversation whose answer was interrupted changes nothing (ASVS 3.5.3)', async () => {
  const { admin } = cast.server.database;
  const { path, events } = await turn({ text: 'Once.' });
  await admin.query(
    `update ${cast.acme.id}.messages set status = 'running', lease_until = now() - interval '1 second' where id = $1`,
    [events[0]?.data.id],
  );
  const state = () =>
    admin.query(`select xmin::text, status from ${cast.acme.id}.messages where id = $1`, [events[0]?.data.id]);
  const { rows: before } = await state();
  await cast.alice.browser.get(path);
  assert.deepEqual((await state()).rows, before);
  cast.says({ text: 'Twice.' });
  await (await ask(cast.alice.browser, 'acme', { text: 'Go on', in: path })).rest();
  const page = await cast.alice.browser.get(path);
  assert.match(page.text, /was interrupted/);
  assert.match(page.text, /Twice\./);
});

test('a process that stood still gives its answer up when another took it over', async () => {
  const { admin } = cast.server.database;
  cast.says({ text: ['Written ', 'late'], fault: { kind: 'hang', after: 2 } });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Stand still', agent: guide });
  const first = await stream.until('message');
  await stream.until('text');
  await admin.query(`update ${cast.acme.id}.messages set status = 'failed', failure = 'taken over' where id = $1`, [
    first.data.id,
  ]);
  const last = (await stream.rest()).at(-1);
  assert.match(last?.data.message ?? '', /given up/);
  const { rows } = await admin.query(`select failure from ${cast.acme.id}.messages where id = $1`, [first.data.id]);
  assert.deepEqual(rows, [{ failure: 'taken over' }]);
});

test('an answer that another process writes is followed from what it keeps', async () => {
  const { admin } = cast.server.database;
  const { path, events } = await turn({ text: 'Elsewhere written.' });
  const id = events[0]?.data.id;
  await admin.query(
    `update ${cast.acme.id}.messages set status = 'running', lease_until = now() + interval '1 minute' where id = $1`,
    [id],
  );
  assert.match((await cast.alice.browser.get(path)).text, /Still answering/);
  const stream = await openStream(cast.alice.browser, events[0]?.data.streamUrl ?? '');
  await stream.until('text');
  await admin.query(`update ${cast.acme.id}.messages set status = 'complete', lease_until = null where id = $1`, [id]);
  const last = (await stream.rest()).at(-1);
  assert.equal(last?.event, 'done');
  assert.match(last?.data.html ?? '', /Elsewhere written\./);
});

test('a shutdown waits for the answers that are nearly there (OP-2)', async () => {
  cast.says({ text: ['Nearly ', 'there ', 'and ', 'done.'], pace: { bytes: 150, everyMs: 60 } });
  const near = await ask(cast.alice.browser, 'acme', { text: 'Quick?', agent: guide });
  await near.until('text');
  await endTurns(8000);
  assert.equal((await near.rest()).at(-1)?.event, 'done');
});

test('a shutdown ends the answers that hang, and keeps what they have (OP-2)', async () => {
  cast.says({ text: ['Kept part. ', 'never'], fault: { kind: 'hang', after: 2 } });
  const slow = await ask(cast.bob.browser, 'acme', { text: 'Slow?', agent: guide });
  const first = await slow.until('message');
  await slow.until('text');
  await endTurns(100);
  assert.match((await slow.rest()).at(-1)?.data.message ?? '', /server was restarted/);
  const page = await cast.bob.browser.get(first.data.url ?? '');
  assert.match(page.text, /Kept part\./);
  assert.match(page.text, /server was restarted/);
});
