import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteFor } from '../../../src/features/decisions/running/note.js';
import { until } from '../../support/until.js';
import { addDocument } from '../conversations/cast.js';
import { ask } from '../conversations/stream.js';
import { approve, exists, runNow, systemOf } from './asked.js';
import { admin, cast, dora, guide } from './stage.js';

/** One answer that asks for all of these to be deleted. */
async function askedTogether(titles: readonly string[]) {
  const documents: string[] = [];
  for (const title of titles) documents.push(await addDocument(cast.alice, title, 'Nobody needs this any more.'));
  const calls = documents.map((document) => ({ name: 'delete_document', arguments: { document } }));
  cast.says({ text: 'I tidy up.', calls }, { text: 'I have asked.' });
  const stream = await ask(cast.alice.browser, 'acme', { text: 'Tidy up.', agent: guide });
  const events = await stream.rest();
  const conversation = events.find(({ event }) => event === 'message')?.data.url ?? '';
  const { rows } = await admin(`select id from ${cast.acme.id}.decisions where conversation_id = $1 order by id`, [
    conversation.split('/').at(-1),
  ]);
  return { documents, conversation, ids: rows.map(({ id }) => String(id)), done: events.at(-1) };
}

const goesOn = async (id: string) => {
  const { continueConversation } = await import('../../../src/features/decisions/running/continue.js');
  await continueConversation(systemOf(cast), id);
};

test('of several calls the agent is told once, when the last is decided; until then the thread says how many wait (AG-6)', async () => {
  const { ids, conversation, documents, done } = await askedTogether([
    'Together one',
    'Together two',
    'Together three',
  ]);
  const [one = '', two = '', three = ''] = ids;
  assert.equal(ids.length, 3);
  const thread = async () => (await cast.alice.browser.get(conversation)).text;
  assert.match(JSON.stringify(done?.data), /3 of 3 calls still wait for a person/);
  assert.match(await thread(), /3 of 3 calls still wait for a person\. The agent goes on when all are decided\./);
  cast.says({ text: 'Now I know all of it.' });
  const before = cast.asked().length;

  assert.equal((await approve(dora.browser, `/w/acme/inbox/${one}`)).status, 303);
  await goesOn(one);
  await runNow(cast, one);
  assert.equal(await exists(cast, documents[0] ?? ''), false, 'what was approved does not wait for the others');
  await goesOn(one);
  assert.match(await thread(), /2 of 3 calls still wait/);
  await dora.browser.submit(`/w/acme/inbox/${two}`, { reason: 'We need it.' }, `/w/acme/inbox/${two}/rejection`);
  await goesOn(two);
  assert.match(await thread(), /One of 3 calls still waits/);
  assert.equal(cast.asked().length, before, 'nobody has told the agent anything');

  const { expireDecision } = await import('../../../src/features/decisions/running/expire.js');
  await admin(`update ${cast.acme.id}.decisions set expires_at = now() - interval '1 second' where id = $1`, [three]);
  await expireDecision(systemOf(cast), three);
  await Promise.allSettled([goesOn(one), goesOn(two), goesOn(three)]);
  await until('the agent went on', async () => (await thread()).includes('Now I know all of it.'));
  for (const id of ids) await goesOn(id);
  const page = await thread();
  assert.equal(page.split('Now I know all of it.').length - 1, 1, 'once');
  assert.doesNotMatch(page, /still waits? for a person/);
  assert.equal(cast.asked().length, before + 1);
  const told = cast.asked().at(-1)?.messages.at(-1)?.content ?? '';
  const parts = [
    '1. “Delete a document” was approved by a person and is done.',
    '2. “Delete a document” was rejected by a person.',
    '3. Nobody decided about “Delete a document” in time.',
    'Reason: We need it.',
  ];
  for (const part of parts) assert.ok(told.includes(part), part);
});

test('when all that an answer asked about ends without a word, the agent is not told (AG-6)', async () => {
  const { ids, conversation } = await askedTogether(['Withdrawn one', 'Withdrawn two']);
  cast.says({ text: 'Never said.' });
  const before = cast.asked().length;
  for (const id of ids) {
    await cast.alice.browser.submit(`/w/acme/inbox/${id}`, {}, `/w/acme/inbox/${id}/withdrawal`);
    await goesOn(id);
  }
  assert.equal(cast.asked().length, before);
  assert.doesNotMatch((await cast.alice.browser.get(conversation)).text, /Never said|still wait/);
  const { rows } = await admin(
    `select count(*)::int as told from ${cast.acme.id}.decisions where id = any ($1) and continued_at is not null`,
    [ids],
  );
  assert.deepEqual(rows, [{ told: 2 }], 'and nobody tries again');
});

test('what others wrote stands below the first line of a note, and no result crowds out the others (AG-6, AG-4)', () => {
  const call = { tool: 'gone', summary: 'A summary.\nOf two lines', result: 'r'.repeat(30_000), steps: [] };
  const note = noteFor([
    { ...call, status: 'done' },
    { ...call, status: 'failed' },
  ]);
  const [first = ''] = note.split('\n');
  assert.match(first, /^1\. “gone” was approved by a person and is done\. 2\. “gone” was approved/);
  assert.doesNotMatch(first, /summary/);
  assert.ok(note.length < 25_000);
  assert.equal(note.split('A summary.').length - 1, 2);
  assert.throws(() => noteFor([{ ...call, status: 'waiting' }]), /not decided yet/);
});
