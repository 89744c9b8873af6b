import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { rejectDecision, withdrawDecision } from '../../../src/features/decisions/actions.js';
import { continueConversation } from '../../../src/features/decisions/running/continue.js';
import { expireDecision } from '../../../src/features/decisions/running/expire.js';
import { lastComment } from '../../../src/features/tasks/work/comment.js';
import { takeUp } from '../../../src/features/tasks/work/run.js';
import { settleWork } from '../../../src/features/tasks/work/settle.js';
import { until } from '../../support/until.js';
import { type Cast, guideOf, type Member, startCast } from '../conversations/cast.js';
import { approve, runNow, systemOf } from '../decisions/asked.js';
import { approverIn } from '../decisions/people.js';
import { newTask } from './stage.js';

let cast: Cast;
let guide: string;
let dora: Member;
const home = '/w/acme/tasks';

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
  await admin('update $.agents set tools = $1 where id = $2', [['create_task', 'update_task'], guide]);
  dora = await approverIn(cast, 'dora');
});
after(() => cast?.close());

const admin = async (text: string, values: unknown[] = []) =>
  (await cast.server.database.admin.query(text.replaceAll('$.', `${cast.acme.id}.`), values)).rows;

const Work = z.object({ id: z.string(), state: z.string(), conversation_id: z.string().nullable() });

async function workOf(task: string) {
  const [row] = await admin('select * from $.task_works where task_id = $1 order by id desc', [task]);
  return Work.parse(row);
}

const comes = (task: string, state: string) =>
  until(`the work is ${state}`, async () => (await workOf(task)).state === state);

/** A task whose agent asked for these, and waits. Answers the task and the decisions, in the order of asking. */
async function waiting(titles: readonly string[], goesOn: string) {
  const task = await newTask(cast.alice.context, { title: 'Move', assignee: { kind: 'agent', id: guide } });
  const calls = titles.map((title) => ({ name: 'create_task', arguments: { title } }));
  cast.says({ text: 'I have a plan.', calls }, { text: goesOn });
  await takeUp(cast.acme, (await workOf(task)).id);
  await comes(task, 'asking');
  const { conversation_id: conversation } = await workOf(task);
  const decisions = await admin('select id from $.decisions where conversation_id = $1 order by id', [conversation]);
  assert.equal(decisions.length, titles.length);
  return { task, decisions: decisions.map(({ id }) => String(id)) };
}

async function expire(id: string) {
  await admin(`update $.decisions set expires_at = now() - interval '1 second' where id = $1`, [id]);
  await expireDecision(systemOf(cast), id);
}

/** As the queue does with what was put into it. */
async function goesOn(id: string) {
  const [job] = await admin(
    `select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'tenant:decisions.continue' and j.payload->>'decisionId' = $1`,
    [id],
  );
  assert.ok(job, 'its job waits');
  await continueConversation(systemOf(cast), id);
}

const pageOf = async (task: string) => (await cast.bob.browser.get(`${home}/${task}`)).text;

const endings = {
  'nobody decided in time': expire,
  'it was taken back before anybody decided': (id: string) => withdrawDecision(cast.alice.context, id),
} as const;

for (const [why, close] of Object.entries(endings)) {
  test(`a work that waited ends when ${why}: its task says what was not done, and so does the board (AG-11, AG-6)`, async () => {
    const { task, decisions } = await waiting(['Secret offer'], 'Never said.');
    const [decision = ''] = decisions;
    await close(decision);
    await goesOn(decision);
    assert.equal((await workOf(task)).state, 'unapproved');
    const page = await pageOf(task);
    assert.match(page, /I have a plan\.[\s\S]*Not done:[\s\S]*Create a task/);
    assert.ok(page.includes(`Create a task: ${why}`));
    assert.doesNotMatch(page, /Secret offer|goes on by itself|Never said/, 'the arguments were for who decides');
    assert.match((await cast.bob.browser.get(`${home}/board`)).text, /Not all approved/);
    assert.match((await cast.alice.browser.get(`${home}/${task}`)).text, /Let the agent begin again/);
    const told = await admin(`select from $.notifications where account_id = $1 and subject_id = $2`, [
      cast.alice.id,
      task,
    ]);
    assert.equal(told.length, 1);
    await goesOn(decision);
    assert.equal([...(await pageOf(task)).matchAll(/class="task-comment"/g)].length, 1, 'once');
    await admin(`update $.task_works set state = 'stopped' where task_id = $1`, [task]);
  });
}

test('an agent that is told of a no says its last word, and what was rejected stands below it (AG-11, AG-6)', async () => {
  const { task, decisions } = await waiting(['Hire a van'], 'Then by train.');
  const [decision = ''] = decisions;
  await rejectDecision(dora.context, decision, 'Too dear.');
  await settleWork(cast.acme, await messageOf(task));
  assert.equal((await workOf(task)).state, 'asking', 'the agent is yet to be told');
  await goesOn(decision);
  await comes(task, 'unapproved');
  assert.match(await pageOf(task), /Then by train\.[\s\S]*Create a task: a person rejected it/);
});

const messageOf = async (task: string) =>
  String((await admin('select message_id from $.task_works where task_id = $1', [task]))[0]?.message_id);

test('while one call still waits the work does, too; another that expired is named at its end (AG-11, AG-6)', async () => {
  const { task, decisions } = await waiting(['First', 'Second'], 'The second is there.');
  const [first = '', second = ''] = decisions;
  await expire(first);
  await goesOn(first);
  assert.equal((await workOf(task)).state, 'asking');
  await approve(dora.browser, `/w/acme/inbox/${second}`);
  await runNow(cast, second);
  await goesOn(second);
  await comes(task, 'unapproved');
  const page = await pageOf(task);
  assert.match(page, /The second is there\.[\s\S]*nobody decided in time/);
  assert.equal([...page.matchAll(/Create a task:/g)].length, 1);
});

test('a work whose agent cannot be told any more ends as well (AG-11)', async () => {
  const { task, decisions } = await waiting(['Hire a bus'], 'Never said.');
  const [decision = ''] = decisions;
  await rejectDecision(dora.context, decision, 'No.');
  await admin('update $.agents set archived_at = now() where id = $1', [guide]);
  await goesOn(decision);
  assert.equal((await workOf(task)).state, 'unapproved');
  assert.doesNotMatch(await pageOf(task), /Never said/);
});

test('what was done without a word is said to be, and of many refusals the first are named (AG-11)', () => {
  assert.equal(lastComment('  ', []), 'Finished, without a word.');
  const many = Array.from({ length: 23 }, () => ({ tool: 'pay', status: 'expired', open: false }) as const);
  const lines = lastComment('', [...many, { tool: 'pay', status: 'done', open: false }]).split('\n');
  assert.equal(lines.filter((line) => line === '- pay: nobody decided in time').length, 20);
  assert.equal(lines.at(-1), '- and 3 more');
});
