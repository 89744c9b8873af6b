import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { defaultPolicy } from '../../../src/features/decisions/policy/policy.js';
import type { Script } from '../../support/providers/script.js';
import { until } from '../../support/until.js';
import { type Killable, startKillable } from './killing.js';
import { ask } from './stream.js';

/** As in crash.test.ts, for what runs in a process that serves nothing: decisions that were approved, and what follows. */
const rounds = Number(process.env.KILL_ROUNDS ?? 1);
let world: Killable;
const words = Array.from({ length: 600 }, (_, index) => `word-${index} `);

before(async () => {
  world = await startKillable();
  await world.kill('SIGTERM');
  await world.start('web');
  const policy = { ...defaultPolicy, tools: { post_letter: 'ask', add_document: 'ask' } };
  await world.query(`insert into ${world.schema}.decision_policies (id, policy) values ('workspace', $1)`, [
    JSON.stringify(policy),
  ]);
});
after(() => world?.close());

interface Approved {
  readonly id: string;
  readonly path: string;
  readonly conversation: string;
}

/** A call that alice asked for and, being alone, approved. No worker has looked at it. */
async function approved(call: { name: string; arguments: object }, then: Script): Promise<Approved> {
  world.says(({ question }) => (question.startsWith('Do it') ? { calls: [call] } : then));
  const events = await (await ask(world.alice, 'acme', { text: 'Do it.', agent: world.agent })).rest();
  const asked = events.findLast(({ event }) => event === 'tool')?.data.decision as { id: string; href: string };
  const conversation = events.find(({ event }) => event === 'message')?.data.url ?? '';
  const { text } = await world.alice.get(asked.href);
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? '';
  const answer = await world.alice.submit(asked.href, { digest }, `${asked.href}/approval`);
  assert.equal(answer.status, 303, answer.text);
  return { id: asked.id, path: asked.href, conversation };
}

const statusOf = async (id: string): Promise<string> =>
  (await world.query(`select status from ${world.schema}.decisions where id = $1`, [id])).rows[0]?.status;

/** As if leases had run out by themselves, and as if the queue had waited long enough for who is gone. */
async function passTime(): Promise<void> {
  for (const table of ['decisions', 'messages']) {
    await world.query(
      `update ${world.schema}.${table} set lease_until = now() - interval '1 second' where status = 'running'`,
    );
  }
  await world.query(`
    update graphile_worker._private_jobs
    set run_at = least(run_at, now()), locked_at = locked_at - interval '1 minute'
    where key like '%:run %' or key like '%:continue %' or key like '%recover %'
  `);
}

async function becomes(id: string, status: string): Promise<void> {
  await passTime();
  await until(`it is ${status}`, async () => (await statusOf(id)) === status);
}

/** What the thread holds of the answer that follows the decision. */
async function answers(conversation: string) {
  const id = conversation.split('/').at(-1);
  const { rows } = await world.query(
    `select m.id, m.status from ${world.schema}.messages m
     where m.conversation_id = $1 and m.author = 'agent' order by m.created_at`,
    [id],
  );
  return rows as { id: string; status: string }[];
}

const documents = async (title: string): Promise<number> => {
  const { text } = await world.alice.get('/w/acme/knowledge');
  return text.split(`>${title}<`).length - 1;
};

for (let round = 1; round <= rounds; round += 1) {
  const word = `approved-${round}-${process.pid}`;

  test(`round ${round}: a worker killed while it carries out an approved letter: sent once, and called unknown (AG-6)`, async () => {
    world.holdLetters(true);
    const letter = await approved({ name: 'post_letter', arguments: { word } }, { text: 'I go on.' });
    const worker = world.startWorker();
    await until('the letter is out', async () => world.letters.includes(word));
    await worker.kill();
    world.holdLetters(false);
    assert.equal(await statusOf(letter.id), 'running');
    const next = world.startWorker();
    await becomes(letter.id, 'unknown');
    await until('the agent is told', async () =>
      (await world.alice.get(letter.conversation)).text.includes('I go on.'),
    );
    assert.match((await world.alice.get(letter.path)).text, /outcome unknown, not repeated/);
    assert.equal(world.letters.filter((each) => each === word).length, 1);
    await next.kill();
  });

  test(`round ${round}: a worker killed around the commit of an approved change: it happens once (AG-6)`, async () => {
    const title = `Approved ${round} of ${process.pid}`;
    const lock = round % 2 === 1 ? await lockTable('documents') : undefined;
    const change = await approved({ name: 'add_document', arguments: { title, text: 'A quay.' } }, { text: 'Kept.' });
    const worker = world.startWorker();
    if (lock) await until('the change waits', async () => (await waiting()) > 0);
    else await until('it has begun', async () => (await statusOf(change.id)) !== 'waiting');
    if (!lock) await new Promise((resolve) => setTimeout(resolve, (round * 71) % 1500));
    await worker.kill();
    await lock?.end();
    const next = world.startWorker();
    await becomes(change.id, 'done');
    await passTime();
    await until('the agent goes on', async () => (await world.alice.get(change.conversation)).text.includes('Kept.'));
    assert.equal(await documents(title), 1);
    await next.kill();
  });

  test(`round ${round}: a worker killed while it writes the answer that follows: kept, ended, and not begun twice (AG-3, AG-6)`, async () => {
    const title = `Answered ${round} of ${process.pid}`;
    const slow = { text: words, pace: { bytes: 190, everyMs: 40 } };
    const change = await approved({ name: 'add_document', arguments: { title, text: 'A quay.' } }, slow);
    const worker = world.startWorker();
    const shown = async () => (await world.alice.get(change.conversation)).text;
    await until('words are kept', async () => (await shown()).includes(`word-${2 + ((round * 5) % 40)}`));
    const before = /word-0[\s\S]*word-\d+/.exec(await shown())?.[0] ?? '';
    await worker.kill();
    const next = world.startWorker();
    const [, second] = await answers(change.conversation);
    await until('it is ended', async () => {
      await passTime();
      return (await answers(change.conversation))[1]?.status !== 'running';
    });
    assert.ok((await shown()).includes(before), 'a word that was shown is gone');
    assert.match(await shown(), /was interrupted before it was finished/);
    assert.deepEqual(
      (await answers(change.conversation)).map(({ id }) => id).slice(1),
      [second?.id],
      'the job did not begin another answer',
    );
    assert.equal(await documents(title), 1);
    await next.kill();
  });
}

test('a worker that was stopped after its act, and goes on when another has ended the call, writes nothing (CR-5, AG-6)', async () => {
  const word = `asleep-${process.pid}`;
  world.holdLetters(true);
  const letter = await approved({ name: 'post_letter', arguments: { word } }, { text: 'Awake.' });
  const asleep = world.startWorker();
  await until('the letter is out', async () => world.letters.includes(word));
  asleep.signal('SIGSTOP');
  world.holdLetters(false);
  // Its connections live on, so its jobs stay its own: somebody asks for the same once more.
  await world.query(
    `select graphile_worker.add_job('tenant:decisions.run', json_build_object('tenant', $1::text, 'decisionId', $2::text))`,
    [world.schema, letter.id],
  );
  const other = world.startWorker();
  await becomes(letter.id, 'unknown');
  asleep.signal('SIGCONT');
  await until('both have nothing left to do', async () => {
    await passTime();
    const { rows } = await world.query(`
      select count(*)::int as count from graphile_worker._private_jobs where key like '%:run %' or key like '%:continue %'
    `);
    return rows[0].count === 0;
  });
  assert.equal(await statusOf(letter.id), 'unknown', 'it wrote under its old lease');
  const { rows } = await world.query(
    `select outcome from ${world.schema}.audit_events where event = 'tool.called' and details ->> 'decisionId' = $1`,
    [letter.id],
  );
  assert.deepEqual(rows, [{ outcome: 'failed' }]);
  assert.equal(world.letters.filter((each) => each === word).length, 1);
  await Promise.all([asleep.kill(), other.kill()]);
});

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
