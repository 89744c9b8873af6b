import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { openTask, updateTask } from '../../../src/features/tasks/actions.js';
import { createLabel } from '../../../src/features/tasks/labels/actions.js';
import { todayIn } from '../../../src/features/tasks/listing/filter.js';
import { toolNamed } from '../../../src/llm/tool.js';
import type { AgentActor, TenantContext } from '../../../src/tenancy/context.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { addDocument, type Cast, eventsNamed, guideOf, startCast } from '../conversations/cast.js';
import { ask, type StreamEvent } from '../conversations/stream.js';
import { approve, askedFor, runNow } from '../decisions/asked.js';
import { approverIn, setPolicy } from '../decisions/people.js';
import { idsOn, newTask } from './stage.js';

let cast: Cast;
let guide: string;
const home = '/w/acme/tasks';

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
  const tools = ['list_tasks', 'get_task', 'create_task', 'update_task', 'comment_task', 'delete_task'];
  await cast.server.database.admin.query(`update ${cast.acme.id}.agents set tools = $1 where id = $2`, [tools, guide]);
});
after(() => cast?.close());

/** Lets the model call a tool for somebody; answers what came of it. */
async function called(name: string, given: object, who = cast.alice): Promise<StreamEvent['data'] | undefined> {
  cast.says({ calls: [{ name, arguments: given }] }, { text: 'Done.' });
  const events = await (await ask(who.browser, 'acme', { text: 'Do it.', agent: guide })).rest();
  return events.findLast(({ event }) => event === 'tool')?.data;
}

const Told = z.looseObject({ id: z.uuid(), number: z.number(), title: z.string(), version: z.number() });
const toldBy = (data: StreamEvent['data'] | undefined) => Told.parse(JSON.parse(String(data?.result)));

/** An agent acting for somebody, below the gateway. */
function agentFor({ context }: Cast['alice']): TenantContext {
  const { actor } = context;
  assert.ok(actor.kind === 'member');
  const agent: AgentActor = { kind: 'agent', agentId: guide, name: 'Guide', onBehalfOf: actor };
  return { ...context, actor: agent, trigger: 'chat' };
}

describe('tools of tasks (AG-5, AG-11)', () => {
  test('an agent makes a task for whoever asks it; page, history and audit say on whose behalf', async () => {
    const given = {
      title: 'Call the plumber',
      assignee: 'bob',
      due: '2031-05-06',
      labels: ['House'],
      priority: 'high',
    };
    const data = await called('create_task', given);
    assert.equal(data?.outcome, 'done', JSON.stringify(data));
    const { id, version } = toldBy(data);
    assert.equal(version, 1);
    const task = await openTask(cast.alice.context, id);
    assert.deepEqual(task.assignee, { kind: 'member', id: cast.bob.id });
    assert.deepEqual(
      [task.agentId, task.accountId, task.due, task.priority],
      [guide, cast.alice.id, '2031-05-06', 'high'],
    );
    const page = await cast.alice.browser.get(`${home}/${id}`);
    assert.match(page.text, /Guide, asked by alice<\/bdi> made this task/);
    assert.match(page.text, /<bdi>House<\/bdi>/);
    const [event] = (await eventsNamed(cast, cast.acme, 'task.created')).slice(-1);
    assert.deepEqual([event?.actor_kind, event?.agent_id, event?.account_id], ['agent', guide, cast.alice.id]);
    assert.deepEqual(idsOn((await cast.alice.browser.get(`${home}?by=agents`)).text), [id]);
    assert.ok(!idsOn((await cast.alice.browser.get(`${home}?by=people`)).text).includes(id));
  });

  test('only what is named changes, and a comment is told to whom it concerns', async () => {
    const id = await newTask(cast.bob.context, { title: 'Paint the door', description: 'Green.', due: '2031-01-01' });
    const changed = toldBy(await called('update_task', { task: id, status: 'doing', assignee: 'me' }));
    assert.deepEqual(
      [changed.status, changed.assignee, changed.due, changed.version],
      ['doing', 'alice', '2031-01-01', 2],
    );
    assert.equal((await openTask(cast.alice.context, id)).description, 'Green.');
    assert.equal(toldBy(await called('update_task', { task: id, due: 'none' })).due, null);
    assert.equal((await called('comment_task', { task: id, text: 'First coat is dry.' }))?.outcome, 'done');
    const read = await called('get_task', { task: id });
    assert.match(String(read?.result), /Guide, asked by alice[\s\S]*First coat is dry\./);
    const { rows } = await cast.server.database.admin.query(
      `select kind from ${cast.acme.id}.notifications where account_id = $1 and subject_id = $2`,
      [cast.bob.id, id],
    );
    assert.deepEqual(rows, [{ kind: 'comment' }]);
  });

  test('nobody of that name, or several, is an answer to the model and changes nothing', async () => {
    const id = await newTask(cast.alice.context, { title: 'Whose?' });
    const unknown = await called('update_task', { task: id, assignee: 'mallory', status: 'done' });
    assert.equal(unknown?.outcome, 'failed');
    assert.match(String(unknown?.result), /Nobody in this workspace is called/);
    assert.equal((await openTask(cast.alice.context, id)).status, 'todo');
    const charlies = await called('update_task', { task: id, assignee: cast.charlie.id });
    assert.equal(charlies?.outcome, 'failed');
  });

  test('a deletion waits for a person; when the task changed meanwhile, the approval holds for nothing', async () => {
    const dora = await approverIn(cast, 'dora');
    const id = await newTask(cast.alice.context, { title: 'Old plan' });
    const call = { name: 'delete_task', arguments: { task: id }, agent: guide };
    const waiting = await askedFor(cast, cast.alice, call);
    assert.match((await dora.browser.get(waiting.path)).text, /Delete the task “#\d+ Old plan” for good/);
    await updateTask(cast.alice.context, id, { seen: 1, changes: { title: 'New plan' } });
    await approve(dora.browser, waiting.path);
    await runNow(cast, waiting.id);
    assert.equal((await openTask(cast.alice.context, id)).title, 'New plan');
    const again = await askedFor(cast, cast.alice, call);
    await approve(dora.browser, again.path);
    await runNow(cast, again.id);
    assert.equal((await cast.alice.browser.get(`${home}/${id}`)).status, 404);
  });

  test('a policy that says never refuses a tool, and one that says ask makes it wait', async () => {
    await setPolicy(cast, { 'tool-create_task': 'never', 'tool-comment_task': 'ask' });
    const id = await newTask(cast.alice.context, { title: 'Under policy' });
    assert.equal((await called('create_task', { title: 'Refused' }))?.outcome, 'refused');
    assert.equal((await called('comment_task', { task: id, text: 'Later' }))?.outcome, 'waiting');
    await setPolicy(cast, {});
  });

  test('an agent has the rights of whoever asks, no more: another workspace has no such task', async () => {
    const id = await newTask(cast.charlie.context, { title: 'Of globex' });
    const read = await called('get_task', { task: id });
    assert.equal(read?.outcome, 'failed');
    assert.doesNotMatch(String(read?.result), /globex/);
    const { actor } = cast.bob.context;
    assert.ok(actor.kind === 'member');
    const reader = {
      ...cast.bob,
      context: { ...cast.bob.context, actor: { ...actor, permissions: new Set(['tasks.read'] as const) } },
    };
    const prepared = toolNamed('create_task')?.prepare({ title: 'No' });
    assert.ok(prepared?.kind === 'writes');
    const call = { id: 'x', signal: new AbortController().signal, knowledge: 'all' as const };
    const context = agentFor(reader);
    await assert.rejects(
      inTenant(context, 'tasks.create', (db) => prepared.act(db, context, call)),
      /Your role/,
    );
  });
});

describe('the list (AG-11)', () => {
  const list = async (query: string) => idsOn((await cast.alice.browser.get(`${home}${query}`)).text);

  test('words of titles and descriptions find a task, whole or by their stem; other things are not found', async () => {
    const one = await newTask(cast.alice.context, { title: 'Repair the greenhouses', description: 'Broken panes.' });
    await addDocument(cast.alice, 'Begonias', 'Watering of begonias.');
    const { number } = await openTask(cast.alice.context, one);
    for (const query of ['greenhouse', 'GREENHOUSES repair', 'pane', `%23${number}`, String(number)]) {
      assert.deepEqual(await list(`?q=${query}`), [one], query);
    }
    for (const query of ['begonias', 'greenhouse+begonias', 'greenhou', '%25', '...']) {
      assert.deepEqual(await list(`?q=${query}`), [], query);
    }
    await updateTask(cast.alice.context, one, { seen: 1, changes: { title: 'Repair the roof' } });
    assert.deepEqual(await list('?q=greenhouse'), []);
  });

  test('filters in the address narrow list and board down, and what does not fit in it is left out', async () => {
    const label = await createLabel(cast.alice.context, { name: 'Garden', colour: 'green' });
    const day = (days: number) => todayIn('UTC', new Date(Date.now() + days * 86_400_000));
    const mine = { kind: 'member', id: cast.alice.id } as const;
    const late = await newTask(cast.alice.context, {
      title: 'Late one',
      due: day(-3),
      labels: [label],
      assignee: mine,
    });
    const soon = await newTask(cast.alice.context, {
      title: 'Soon one',
      due: day(3),
      labels: [label],
      priority: 'urgent',
    });
    const done = await newTask(cast.alice.context, {
      title: 'Done one',
      due: day(-3),
      labels: [label],
      status: 'done',
    });
    const of = (query: string) => list(`?label=${label}&${query}`);
    assert.deepEqual((await of('status=all')).toSorted(), [late, soon, done].toSorted());
    assert.deepEqual((await of('')).toSorted(), [late, soon].toSorted());
    assert.deepEqual(await of('due=overdue'), [late]);
    assert.deepEqual(await of('due=week'), [soon]);
    assert.deepEqual(await of('assignee=me'), [late]);
    assert.deepEqual(await of(`assignee=member:${cast.alice.id}`), [late]);
    assert.deepEqual(await of('assignee=none'), [soon]);
    assert.deepEqual(await of('status=done'), [done]);
    assert.deepEqual(await of('sort=due'), [late, soon]);
    assert.deepEqual(await of('sort=priority'), [soon, late]);
    const board = await cast.alice.browser.get(`${home}/board?label=${label}&assignee=me`);
    assert.deepEqual(idsOn(board.text), [late]);
    assert.match((await cast.alice.browser.get(`${home}?due=overdue`)).text, /task-due late[\s\S]*3 days late/);
    const odd = await cast.alice.browser.get(
      `${home}?label=x&assignee=member:1&due=&sort=title&after=1~2&before=%00&status=x`,
    );
    assert.equal(odd.status, 200);
  });

  test('every order pages forth and back without losing, doubling or moving a task (keyset)', async () => {
    const label = await createLabel(cast.alice.context, { name: 'Many', colour: 'blue' });
    const made: string[] = [];
    for (let index = 0; index < 120; index += 1) {
      const due = index % 3 === 0 ? null : `2031-01-${String((index % 9) + 1).padStart(2, '0')}`;
      const priority = (['none', 'low', 'high'] as const)[index % 3] ?? 'none';
      made.push(await newTask(cast.alice.context, { title: `Task ${index}`, due, priority, labels: [label] }));
    }
    for (const sort of ['updated', 'created', 'due', 'priority']) {
      const pages: string[][] = [];
      let next: string | undefined = `${home}?label=${label}&sort=${sort}`;
      let last = '';
      while (next && pages.length < 5) {
        last = (await cast.alice.browser.get(next)).text;
        pages.push(idsOn(last));
        next = /href="([^"]+)" rel="next"/.exec(last)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
        // Somebody works on a task of a page that was read: nothing shifts under the reader.
        if (sort === 'updated' && pages.length === 1) {
          await updateTask(cast.alice.context, pages[0]?.[49] ?? '', { seen: 1, changes: { priority: 'urgent' } });
        }
      }
      assert.deepEqual(
        pages.map((page) => page.length),
        [50, 50, 20],
        sort,
      );
      assert.deepEqual(pages.flat().toSorted(), made.toSorted(), sort);
      const back = /href="([^"]+)" rel="prev"/.exec(last)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#38;', '&') ?? '';
      assert.deepEqual(idsOn((await cast.alice.browser.get(back)).text), pages[1], `${sort}, back`);
    }
    const board = await cast.alice.browser.get(`${home}/board?label=${label}`);
    assert.equal(idsOn(board.text).length, 30);
    const more =
      /href="([^"]+)" data-more/.exec(board.text)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#38;', '&') ?? '';
    const second = idsOn((await cast.alice.browser.get(more.split('#')[0] ?? '')).text);
    assert.equal(new Set([...idsOn(board.text), ...second]).size, 60);
  });
});
