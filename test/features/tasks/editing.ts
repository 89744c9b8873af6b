import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Conflict, Forbidden, NotFound } from '../../../src/errors.js';
import { moveTask, openTask, updateTask } from '../../../src/features/tasks/actions.js';
import { commentTask } from '../../../src/features/tasks/entries/actions.js';
import { createLabel } from '../../../src/features/tasks/labels/actions.js';
import { acme, alice, bob, globex, home, post, server } from './opened.js';
import { idsOn, newTask, rowsOf } from './stage.js';

describe('tasks (AG-11)', () => {
  test('a member makes a task by its form, everybody sees it, and it has a number, a history and an audit event', async () => {
    const made = await post(
      '',
      { title: 'Order lamps', description: 'Twelve **big** ones.', due: '2031-02-03' },
      bob.person,
    );
    assert.equal(made.status, 303, made.text);
    const { text } = await alice().get(made.location);
    for (const shown of ['Order lamps', '<strong>big</strong>', 'Due Feb 3, 2031', 'bob</bdi> made this task']) {
      assert.ok(text.includes(shown), shown);
    }
    const list = await alice().get(home);
    assert.match(list.text, /Order lamps/);
    const id = made.location.split('/').at(-1) ?? '';
    const events = (await acme.events()).filter(({ subjectId }) => subjectId === id);
    assert.deepEqual(
      events.map(({ event, category, actorName }) => [event, category, actorName]),
      [['task.created', 'task', 'bob']],
    );
    assert.doesNotMatch(JSON.stringify(events), /lamps/i);
  });

  test('another workspace has nothing of it, and lists only its own', async () => {
    const id = await newTask(acme.context, { title: 'Secret plan' });
    const charlie = globex.owner.person;
    assert.equal((await charlie.get(`${home}/${id}`)).status, 404);
    assert.equal((await charlie.get(`${globex.home}/tasks/${id}`)).status, 404);
    assert.doesNotMatch((await charlie.get(`${globex.home}/tasks?status=all`)).text, /Secret plan/);
    await assert.rejects(openTask(globex.context, id), NotFound);
    await assert.rejects(moveTask(globex.context, id, { status: 'done', place: 'top' }), NotFound);
  });

  test('whose role only reads may look, and is refused everything else', async () => {
    const id = await newTask(acme.context, { title: 'To be read' });
    const actor = { ...acme.context.actor, permissions: new Set(['tasks.read'] as const) };
    const reader = { ...acme.context, actor };
    assert.equal((await openTask(reader, id)).title, 'To be read');
    await assert.rejects(newTask(reader, { title: 'No' }), Forbidden);
    await assert.rejects(updateTask(reader, id, { seen: 1, changes: { title: 'No' } }), Forbidden);
    await assert.rejects(commentTask(reader, id, 'No'), Forbidden);
    await assert.rejects(moveTask(reader, id, { status: 'done', place: 'top' }), Forbidden);
  });

  test('a form that is wrong comes again with what was typed', async () => {
    const answer = await post('', { title: '  ', description: 'Kept words', assignee: `member:${globex.owner.id}` });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /Kept words/);
    const strange = await post('', { title: 'Given away', assignee: `member:${globex.owner.id}` });
    assert.equal(strange.status, 422);
    assert.match(strange.text, /Choose somebody of this workspace/);
  });

  test('of two who edit the same version one is told, keeps what was typed, and can then save it', async () => {
    const id = await newTask(acme.context, { title: 'Both', description: 'Old' });
    const first = await post(`/${id}`, { title: 'Both', description: 'Of bob', version: '1' }, bob.person);
    assert.equal(first.status, 303);
    const second = await post(`/${id}`, { title: 'Both', description: 'Of alice', version: '1' });
    assert.equal(second.status, 409);
    for (const shown of ['Somebody changed this task', 'Of alice', 'Of bob', 'name="version" value="2"']) {
      assert.ok(second.text.includes(shown), shown);
    }
    assert.equal((await openTask(acme.context, id)).description, 'Of bob');
    assert.equal((await post(`/${id}`, { title: 'Both', description: 'Of alice', version: '2' })).status, 303);
    assert.equal((await openTask(acme.context, id)).description, 'Of alice');
    const stale = await post(`/${id}/properties`, { status: 'doing', priority: 'high', version: '1' });
    assert.equal(stale.status, 409);
    assert.match(stale.text, /<option value="doing" selected>/);
    await assert.rejects(updateTask(acme.context, id, { seen: 1, changes: { title: 'Lost' } }), Conflict);
  });

  test('what is beside the words changes in one form, and the history says from what to what', async () => {
    const label = await createLabel(acme.context, { name: 'Urgent matters', colour: 'red' });
    const id = await newTask(acme.context, { title: 'Change me' });
    const fields = {
      status: 'doing',
      priority: 'urgent',
      assignee: `member:${bob.id}`,
      due: '2031-01-02',
      labels: label,
    };
    assert.equal((await post(`/${id}/properties`, { ...fields, version: '1' })).status, 303);
    const { text } = await alice().get(`${home}/${id}`);
    for (const shown of ['from <bdi>To do</bdi> to <bdi>In progress</bdi>', 'to <bdi>bob</bdi>', 'Urgent matters']) {
      assert.ok(text.includes(shown), shown);
    }
    const told = await rowsOf(server, acme, 'notifications', `account_id = '${bob.id}' and kind = 'assigned'`);
    assert.equal(told.length, 1);
    assert.equal(told[0]?.subject_id, id);
    assert.equal((await post(`/${id}/properties`, { status: 'done', version: '2' })).status, 303);
    const { assignee, labels, finishedAt } = await openTask(acme.context, id);
    assert.deepEqual([assignee, labels], [null, []]);
    assert.ok(finishedAt);
  });

  test('what was archived is in no list, and comes back; what was deleted is gone with all that was said', async () => {
    const id = await newTask(acme.context, { title: 'Put away' });
    await commentTask(acme.context, id, 'Words');
    assert.equal((await post(`/${id}/archive`, {})).status, 303);
    assert.doesNotMatch((await alice().get(`${home}?status=all`)).text, /Put away/);
    assert.doesNotMatch((await alice().get(`${home}/board`)).text, /Put away/);
    assert.match((await alice().get(`${home}?status=archived`)).text, /Put away/);
    await assert.rejects(updateTask(acme.context, id, { seen: 2, changes: { title: 'No' } }), Conflict);
    assert.equal((await post(`/${id}/restoration`, {})).status, 303);
    assert.match((await alice().get(`${home}/board`)).text, /Put away/);
    assert.match((await alice().get(`${home}/${id}/deletion`)).text, /1 comment and its history go with it/);
    assert.equal((await post(`/${id}/deletion`, {})).status, 303);
    assert.equal((await alice().get(`${home}/${id}`)).status, 404);
    assert.equal((await rowsOf(server, acme, 'task_entries', `task_id = '${id}'`)).length, 0);
  });

  test('labels have one name each, are changed and deleted, and tasks stay', async () => {
    const made = await post('/labels', { name: 'Customer', colour: 'teal' });
    assert.equal(made.status, 303, made.text);
    const again = await post('/labels', { name: 'CUSTOMER', colour: 'red' });
    assert.equal(again.status, 422);
    assert.match(again.text, /There is a label of this name already/);
    const page = await alice().get(`${home}/labels`);
    const id = /labels\/([0-9a-f-]{36})"[^>]*>Change<span class="visually-hidden"> Customer/.exec(page.text)?.[1] ?? '';
    const task = await newTask(acme.context, { title: 'Labelled', labels: [id] });
    assert.equal((await post(`/labels/${id}`, { name: 'Client', colour: 'blue' })).status, 303);
    assert.match((await alice().get(`${home}?label=${id}`)).text, /data-colour="blue"><bdi>Client/);
    assert.deepEqual(idsOn((await alice().get(`${home}?label=${id}`)).text), [task]);
    assert.equal((await post(`/labels/${id}/deletion`, {})).status, 303);
    assert.deepEqual((await openTask(acme.context, task)).labels, []);
  });
});
