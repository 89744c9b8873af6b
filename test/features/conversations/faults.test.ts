import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { newId } from '../../../src/database/id.js';
import { sql } from '../../../src/database/sql.js';
import { saveProgress } from '../../../src/features/conversations/turns/progress/queries.js';
import { recoverAnswer } from '../../../src/features/conversations/turns/recover.js';
import { endTurns } from '../../../src/features/conversations/turns/running.js';
import { defineTool } from '../../../src/llm/tool.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
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

test('text is kept before it is shown, so that a crash takes back no word; then it is shown as interrupted (AG-2)', async () => {
  const { admin } = cast.server.database;
  cast.says({ text: ['Half of an answer. ', 'More.'], fault: { kind: 'hang', after: 2 } });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Will you crash?', agent: guide });
  const first = await stream.until('message');
  const path = first.data.url ?? '';
  await stream.until('text');
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

/** As another process that holds the answer: its lease is fresh, and nothing of it runs here. */
async function heldElsewhere(id: string): Promise<{ save(text: string): Promise<number> }> {
  const attempt = newId();
  const { rows } = await cast.server.database.admin.query(
    `update ${cast.acme.id}.messages set status = 'running', attempt = $2, lease_until = now() + interval '1 minute'
     where id = $1 returning conversation_id`,
    [id, attempt],
  );
  const { conversation_id: conversationId } = z.object({ conversation_id: z.string() }).parse(rows[0]);
  const place = { conversationId, accountId: cast.alice.id, messageId: id, attempt };
  const save = (text: string) =>
    inTenant(cast.alice.context, 'conversations.update', (db) => saveProgress(db, place, text));
  return { save };
}

test('an answer that another process writes is followed from where the reader stopped, as it grows (AG-2)', async () => {
  const { admin } = cast.server.database;
  const { path, events } = await turn({ text: 'Elsewhere written.' });
  const id = events[0]?.data.id ?? '';
  const elsewhere = await heldElsewhere(id);
  assert.match((await cast.alice.browser.get(path)).text, /Still answering/);
  const stream = await openStream(cast.alice.browser, events[0]?.data.streamUrl ?? '', undefined, '10');
  assert.equal((await stream.until('text')).data.text, 'written.');
  assert.equal(await elsewhere.save('Elsewhere written. And more.'), 1);
  const more = await stream.until('text');
  assert.deepEqual([more.data.text, more.id], [' And more.', '28']);
  await admin.query(`update ${cast.acme.id}.messages set status = 'complete', lease_until = null where id = $1`, [id]);
  const last = (await stream.rest()).at(-1);
  assert.equal(last?.event, 'done');
  assert.match(last?.data.html ?? '', /Elsewhere written\. And more\./);
});

const system = () => {
  const actor = { kind: 'system', name: 'conversations.recover', may: ['conversations.update'] } as const;
  return { tenant: cast.acme, actor, trigger: 'job', requestId: 'recovering' } as const;
};

const rowOf = async (id: string) => {
  const { rows } = await cast.server.database.admin.query(
    `select status, failure, (select array_agg(outcome) from ${cast.acme.id}.tool_calls where message_id = $1::uuid) as calls,
       (select count(*)::int from ${cast.acme.id}.audit_events where details->>'messageId' = $1::text) as events
     from ${cast.acme.id}.messages where id = $1::uuid`,
    [id],
  );
  return rows[0];
};

/** As if the process had stood still for longer than its lease, and nobody had come yet. */
const passLease = (id: string) =>
  cast.server.database.admin.query(
    `update ${cast.acme.id}.messages set lease_until = now() - interval '1 second' where id = $1`,
    [id],
  );

test('words that come after the lease is over are not kept; the job then ends the answer once (CR-5)', async () => {
  cast.says({ text: ['Kept. ', 'Late. ', 'Later. '], pace: { bytes: 190, everyMs: 150 } });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Sleep', agent: guide });
  const first = await stream.until('message');
  const id = first.data.id ?? '';
  await stream.until('text');
  await passLease(id);
  const events = await stream.rest();
  assert.match(events.at(-1)?.data.message ?? '', /given up/);
  assert.equal((await rowOf(id)).status, 'running', 'it wrote although its lease was over');
  const { rows } = await cast.server.database.admin.query(
    `select run_at > now() as later from graphile_worker._private_jobs where key like '%recover ' || $1`,
    [id],
  );
  assert.deepEqual(rows, [{ later: true }], 'no job looks after the answer');
  await recoverAnswer(system(), id);
  await recoverAnswer(system(), id);
  const ended = await rowOf(id);
  assert.deepEqual([ended.status, ended.events], ['failed', 1]);
  assert.match(ended.failure, /interrupted/);
  const page = await cast.alice.browser.get(first.data.url ?? '');
  assert.ok(page.text.includes(textOf(events).trim()), 'a word that was shown is gone');
  assert.match(page.text, /\/retry"/);
  assert.match((await cast.alice.browser.get('/w/acme/conversations?q=sleep')).text, /class="card-row"/);
});

test('the job leaves an answer alone that is still written, and comes back (CR-5)', async () => {
  const { events } = await turn({ text: 'Whole.' });
  const id = events[0]?.data.id ?? '';
  await recoverAnswer(system(), id);
  assert.equal((await rowOf(id)).status, 'complete');
  await heldElsewhere(id);
  await recoverAnswer(system(), id);
  assert.equal((await rowOf(id)).status, 'running');
  await cast.server.database.admin.query(
    `update ${cast.acme.id}.messages set status = 'complete', lease_until = null where id = $1`,
    [id],
  );
});

let inside = () => {};
let release = Promise.resolve();
defineTool({
  name: 'slow_change',
  label: 'Slow change',
  description: 'For the tests.',
  permission: 'settings.update',
  effect: 'inside',
  input: z.object({}),
  act: async (db) => {
    await db.run(sql`update settings set updated_at = '2001-01-01' where id = 'workspace'`);
    inside();
    await release;
    return { result: 'changed' };
  },
});
defineTool({
  name: 'slow_letter',
  label: 'Slow letter',
  description: 'For the tests.',
  permission: 'settings.update',
  effect: 'inside',
  repeatable: false,
  input: z.object({}),
  send: async () => {
    inside();
    await release;
    return { result: 'sent' };
  },
});

/** Stands still inside the tool until its lease is over, then goes on. */
async function asleepIn(tool: string): Promise<{ id: string; events: StreamEvent[] }> {
  let go = () => {};
  const reached = new Promise<void>((resolve) => {
    inside = resolve;
  });
  release = new Promise((resolve) => {
    go = resolve;
  });
  cast.says({ text: 'Now. ', calls: [{ name: tool, arguments: {} }] }, { text: 'Done.' });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Change it', agent: guide });
  const id = (await stream.until('message')).data.id ?? '';
  await reached;
  await passLease(id);
  go();
  return { id, events: await stream.rest() };
}

test('a change made under an old lease is taken back with all that belongs to it (AG-3, CR-5)', async () => {
  const { admin } = cast.server.database;
  await admin.query(
    `update ${cast.acme.id}.agents set tools = '{search_knowledge,slow_change,slow_letter}' where id = $1`,
    [guide],
  );
  const before = (await eventsNamed(cast, cast.acme, 'tool.called')).length;
  const { id, events } = await asleepIn('slow_change');
  assert.equal(events.at(-1)?.event, 'failed');
  const { rows } = await admin.query(`select updated_at < '2002-01-01' as changed from ${cast.acme.id}.settings`);
  assert.deepEqual(rows, [{ changed: false }], 'the change was made under an old lease');
  assert.equal((await rowOf(id)).calls, null);
  assert.equal((await eventsNamed(cast, cast.acme, 'tool.called')).length, before);
  await recoverAnswer(system(), id);
});

test('what was sent out under a lease that ended meanwhile stays "unknown, not repeated" (AG-3)', async () => {
  const { id } = await asleepIn('slow_letter');
  assert.deepEqual((await rowOf(id)).calls, ['unknown']);
  await recoverAnswer(system(), id);
  const { rows } = await cast.server.database.admin.query(
    `select conversation_id from ${cast.acme.id}.messages where id = $1`,
    [id],
  );
  const path = `/w/acme/conversations/${rows[0].conversation_id}`;
  const { browser } = cast.alice;
  assert.match((await browser.get(path)).text, /Unknown, not repeated/);
  cast.says({ text: 'I leave that.' });
  const retried = await browser.post(`${path}/messages/${id}/retry`, { _csrf: await browser.token(path) });
  assert.equal(retried.status, 303);
  assert.match(cast.asked().at(-1)?.messages.at(-1)?.content ?? '', /"tool":"slow_letter","outcome":"unknown"/);
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
