import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Script } from '../../support/providers/script.js';
import { until } from '../../support/until.js';
import { type Killable, startKillable } from './killing.js';
import { ask, openStream, type Stream, textOf } from './stream.js';

/** How often each thing is killed: `KILL_ROUNDS=20 npm test -- conversations/crash` for a run that is to prove something. */
const rounds = Number(process.env.KILL_ROUNDS ?? 1);
let world: Killable;

before(async () => {
  world = await startKillable();
});
after(() => world?.close());

const words = Array.from({ length: 900 }, (_, index) => `word-${index} `);

async function asked(text: string): Promise<{ stream: Stream; id: string; path: string }> {
  const stream = await ask(world.alice, 'acme', { text, agent: world.agent });
  const first = await stream.until('message');
  return { stream, id: first.data.id ?? '', path: first.data.url ?? '' };
}

/** Reads until the line breaks; what arrived counts as acknowledged. */
async function untilItBreaks(stream: Stream): Promise<void> {
  await stream.rest().catch(() => undefined);
}

/** As if the lease had run out by itself: what else would take twenty seconds. */
async function passTime(): Promise<void> {
  await world.query(
    `update ${world.schema}.messages set lease_until = now() - interval '1 second' where status = 'running'`,
  );
  await world.query(`update graphile_worker._private_jobs set run_at = now() where key like '%recover %'`);
}

const statusOf = async (id: string) =>
  (await world.query(`select status from ${world.schema}.messages where id = $1`, [id])).rows[0]?.status;

async function ends(id: string): Promise<void> {
  await passTime();
  await until('the job ends the answer', async () => (await statusOf(id)) !== 'running');
}

/** The person goes on in the same conversation: another try, and another question. */
async function goesOn(path: string, id: string): Promise<void> {
  world.says(() => ({ text: 'All is well again.' }));
  const _csrf = await world.alice.token(path);
  const again = await openStream(world.alice, `${path}/messages/${id}/retry`, { _csrf });
  assert.match(textOf(await again.rest()), /All is well again/);
  const next = await (await ask(world.alice, 'acme', { text: 'And now?', in: path })).rest();
  assert.equal(next.at(-1)?.event, 'done');
}

for (let round = 1; round <= rounds; round += 1) {
  const title = `Note ${round} of ${process.pid}`;
  const word = `letter-${round}-${process.pid}`;
  const script = ({ question, returned }: { question: string; returned: boolean }): Script => {
    if (returned) return { text: 'Kept.', pace: { bytes: 60, everyMs: 10 } };
    if (question.startsWith('Post')) return { calls: [{ name: 'post_letter', arguments: { word } }] };
    if (question.startsWith('Keep'))
      return { calls: [{ name: 'add_document', arguments: { title, text: 'A quay.' } }] };
    return { text: words, pace: { bytes: 190, everyMs: 12 } };
  };

  test(`round ${round}: the server is killed while an answer streams, one changes something and one has sent a letter (AG-3)`, async () => {
    world.says(script);
    world.holdLetters(true);
    // Even rounds are killed before the change is written; odd ones at some moment around its commit.
    const lock = round % 2 === 0 ? await lockTable('documents') : undefined;
    const before = await count('documents');
    const post = await asked('Post it');
    await until('the letter is out', async () => world.letters.includes(word));
    const speak = await asked('Speak');
    while (textOf(speak.stream.seen).length < 20 + ((round * 37) % 250)) await speak.stream.until('text');
    const keep = await asked('Keep it');
    const broken = Promise.all([post, speak, keep].map(({ stream }) => untilItBreaks(stream)));
    if (lock) await until('the tool waits', async () => (await waiting()) > 0);
    else await new Promise((resolve) => setTimeout(resolve, (round * 7) % 90));
    await world.kill();
    await lock?.end();
    world.holdLetters(false);
    await broken;
    await world.start();
    for (const { id } of [post, speak, keep]) await ends(id);
    await nothingIsLost(speak);
    await itHappenedOnceOrNot(keep, before);
    await itIsUnknown(post, word);
  });

  test(`round ${round}: Postgres killed while it streams: no word that was shown is lost (AG-3)`, async () => {
    world.says(() => ({ text: words, pace: { bytes: 190, everyMs: 40 } }));
    const { stream, id, path } = await asked(`Persist ${round}`);
    while (textOf(stream.seen).length < 30 + ((round * 53) % 200)) await stream.until('text');
    const reading = untilItBreaks(stream);
    await world.killPostgres();
    await reading;
    await until(
      'the product serves again',
      async () => (await world.alice.get(path).catch(() => undefined))?.status === 200,
    );
    if ((await statusOf(id)) === 'running') await ends(id);
    const { text } = await world.alice.get(path);
    assert.ok(text.includes(textOf(stream.seen).trim()), 'a word that was shown is gone');
    await goesOn(path, id);
  });
}

test('a server that was stopped while it wrote, and goes on after others took over, writes nothing more (CR-5)', async () => {
  const before = await count('documents');
  const call = { name: 'add_document', arguments: { title: 'Asleep', text: 'Written in its sleep.' } };
  world.says(({ returned }) => (returned ? { text: 'Kept.' } : { calls: [call] }));
  const lock = await lockTable('documents');
  const { stream, id, path } = await asked('Sleep');
  await until('the tool waits', async () => (await waiting()) > 0);
  world.signal('SIGSTOP');
  await world.query(`update ${world.schema}.messages set lease_until = now() - interval '1 second' where id = $1`, [
    id,
  ]);
  await lock.end();
  world.signal('SIGCONT');
  const last = (await stream.rest()).at(-1);
  assert.equal(last?.event, 'failed');
  assert.equal(await count('documents'), before, 'it wrote under its old lease');
  await ends(id);
  assert.deepEqual(await outcomes(id), []);
  await goesOn(path, id);
});

type Turn = Awaited<ReturnType<typeof asked>>;

async function nothingIsLost({ stream, id, path }: Turn): Promise<void> {
  const { text } = await world.alice.get(path);
  const shown = textOf(stream.seen).trim();
  assert.ok(shown.startsWith('word-0') && text.includes(shown), `lost: ${shown.slice(-40)}`);
  assert.match(text, /was interrupted before it was finished/);
  const last = stream.seen.at(-1)?.id;
  const rest = await (await openStream(world.alice, `${path}/messages/${id}/events`, undefined, last)).rest();
  assert.ok(words.join('').startsWith(textOf(stream.seen) + textOf(rest)), 'a word is doubled or missing');
  assert.equal(rest.at(-1)?.event, 'failed');
  await goesOn(path, id);
}

async function itHappenedOnceOrNot({ stream, id, path }: Turn, before: number): Promise<void> {
  const made = (await count('documents')) - before;
  assert.ok(made <= 1, 'it happened twice');
  assert.deepEqual(await outcomes(id), made === 1 ? ['done'] : []);
  const seen = stream.seen.some(({ event, data }) => event === 'tool' && data.outcome === 'done');
  assert.ok(!seen || made === 1, 'what was shown as done is gone');
  await goesOn(path, id);
  assert.equal((await count('documents')) - before, made, 'it was repeated');
}

async function itIsUnknown({ id, path }: Turn, word: string): Promise<void> {
  assert.deepEqual(await outcomes(id), ['unknown']);
  assert.match((await world.alice.get(path)).text, /Unknown, not repeated/);
  await goesOn(path, id);
  assert.equal(world.letters.filter((letter) => letter === word).length, 1);
}

async function count(table: string): Promise<number> {
  const { rows } = await world.query(`select count(*)::int as count from ${world.schema}.${table}`);
  return rows[0].count;
}

async function outcomes(id: string): Promise<string[]> {
  const found = await world.query(`select outcome from ${world.schema}.tool_calls where message_id = $1`, [id]);
  return found.rows.map(({ outcome }) => outcome);
}

/** Who would write into the table waits until this connection is ended. */
async function lockTable(table: string): Promise<pg.Client> {
  const client = new pg.Client(world.url);
  await client.connect();
  await client.query(`begin; lock table ${world.schema}.${table} in exclusive mode`);
  return client;
}

async function waiting(): Promise<number> {
  const { rows } = await world.query('select count(*)::int as count from pg_locks where not granted');
  return rows[0].count;
}
