import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../src/errors.js';
import { moveTask, openTask, setArchived, updateTask } from '../../../src/features/tasks/actions.js';
import { commentTask } from '../../../src/features/tasks/entries/actions.js';
import { createLabel } from '../../../src/features/tasks/labels/actions.js';
import { statuses } from '../../../src/features/tasks/task.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { contextOf, idsOn, newTask, rowsOf } from './stage.js';

let server: TestServer;
let acme: Team;
let globex: Team;
let bob: Member;
let home: string;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
  bob = await acme.join('bob', 'user');
  home = `${acme.home}/tasks`;
});
after(() => server?.close());

const alice = () => acme.owner.person;
const post = (path: string, fields: Record<string, string>, who = alice()) =>
  who.submit('/profile', fields, path.startsWith('/w/') ? path : `${home}${path}`);

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

describe('comments (AG-11)', () => {
  test('whoever made a task and whoever is to do it hear of a comment, once, and who is mentioned as a mention', async () => {
    const dora = await acme.join('dora', 'member');
    const id = await newTask(await contextOf(acme, bob), { title: 'Talk', assignee: { kind: 'member', id: dora.id } });
    const said = await post(`/${id}/comments`, { text: 'What of this, @dora?' });
    assert.match(said.location, /#comment-/);
    const told = (who: Member) =>
      rowsOf(server, acme, 'notifications', `account_id = '${who.id}' and subject_id = '${id}'`);
    assert.deepEqual(
      (await told(bob)).map(({ kind }) => kind),
      ['comment'],
    );
    assert.deepEqual(
      (await told(dora)).map(({ kind }) => kind),
      ['assigned', 'mention'],
    );
    assert.equal((await told(acme.owner)).length, 0);
    assert.match((await bob.person.get(`${home}/${id}`)).text, /<span class="mention" title="dora">@dora<\/span>/);
  });

  test('are changed and deleted by who wrote them, and by nobody else', async () => {
    const id = await newTask(acme.context, { title: 'Own words' });
    const comment = await commentTask(acme.context, id, 'First words');
    const path = `/${id}/comments/${comment}`;
    for (const address of [path, `${path}/deletion`]) {
      assert.equal((await bob.person.get(`${home}${address}`)).status, 403, address);
      assert.equal((await post(address, { text: 'Not mine' }, bob.person)).status, 403, address);
    }
    assert.equal((await post(path, { text: 'Better words' })).status, 303);
    const { text } = await alice().get(`${home}/${id}`);
    assert.match(text, /Better words[\s\S]*/);
    assert.match(text, /<span class="muted">edited<\/span>/);
    assert.equal((await post(path, { text: ' ' })).status, 422);
    assert.equal((await post(`${path}/deletion`, {})).status, 303);
    assert.doesNotMatch((await alice().get(`${home}/${id}`)).text, /Better words/);
    const other = await newTask(acme.context, { title: 'Elsewhere' });
    assert.equal((await alice().get(`${home}/${other}/comments/${comment}`)).status, 404);
  });
});

describe('what is written is sealed and shown as text (AG-12)', () => {
  test('no column of the database holds a word that somebody wrote', async () => {
    const word = 'Xylophonist';
    const label = await createLabel(acme.context, { name: `${word} label`, colour: 'grey' });
    const id = await newTask(acme.context, { title: `${word} title`, description: `${word} words`, labels: [label] });
    await commentTask(acme.context, id, `${word} comment`);
    await updateTask(acme.context, id, { seen: 1, changes: { title: `${word} again` } });
    for (const table of ['tasks', 'labels', 'task_entries', 'task_labels', 'audit_events']) {
      const { rows } = await server.database.admin.query(`select t::text as row from ${acme.tenantId}.${table} t`);
      const readable = Buffer.from(word).toString('hex');
      for (const { row } of rows) assert.ok(!new RegExp(`${word}|${readable}`, 'i').test(row), `${table}: ${row}`);
    }
    await assert.rejects(
      inTenant(globex.context, 'tasks.read', async (db) => {
        const [row] = await rowsOf(server, acme, 'tasks', `id = '${id}'`);
        assert.ok(row?.title instanceof Buffer);
        return db.openText('tasks.title', id, row.title);
      }),
    );
  });

  test('markup in titles, descriptions, comments and labels does nothing, in lists, boards, forms and pages', async () => {
    const attack = `"><img src=x onerror=alert(1)><script>alert(1)</script>`;
    const label = await createLabel(acme.context, { name: '<img src=x onerror=a()>', colour: 'grey' });
    const description = `${attack}\n\n[x](javascript:alert(1)) ![y](https://evil.example/y.png)`;
    const id = await newTask(acme.context, { title: attack, description, labels: [label] });
    await commentTask(acme.context, id, description);
    await updateTask(acme.context, id, { seen: 1, changes: { title: `${attack} again` } });
    const pages = ['', '/board', `/${id}`, `/${id}/edit`, `/${id}/place`, `/${id}/deletion`, '/labels', '?q=alert'];
    for (const path of pages) {
      const { text, status } = await alice().get(`${home}${path}`);
      assert.equal(status, 200, path);
      assert.doesNotMatch(text, /<img|<script>|href="javascript|src="https/i, path);
    }
  });
});

describe('the board (AG-11)', () => {
  const columnOf = async (status: string) => {
    const { rows } = await server.database.admin.query(
      `select id, position from ${acme.tenantId}.tasks where status = $1 and archived_at is null order by position, id`,
      [status],
    );
    return rows.map(({ id }) => String(id));
  };

  test('a form without script moves a task to a column and to a place in it', async () => {
    const [one, two, three] = [
      await newTask(acme.context, { title: 'One', status: 'backlog' }),
      await newTask(acme.context, { title: 'Two', status: 'backlog' }),
      await newTask(acme.context, { title: 'Three', status: 'backlog' }),
    ];
    assert.deepEqual(await columnOf('backlog'), [three, two, one]);
    const move = (id: string, fields: Record<string, string>) => post(`/${id}/place`, { status: 'backlog', ...fields });
    const moved = await move(one, { place: 'up' });
    assert.equal(moved.location, `${home}/board#task-${one}`);
    assert.deepEqual(await columnOf('backlog'), [three, one, two]);
    await move(three, { place: 'bottom' });
    assert.deepEqual(await columnOf('backlog'), [one, two, three]);
    await move(three, { place: 'after', neighbour: one });
    assert.deepEqual(await columnOf('backlog'), [one, three, two]);
    await move(one, { place: 'up' });
    await move(one, { place: 'before', neighbour: one });
    assert.deepEqual(await columnOf('backlog'), [one, three, two]);
    await move(two, { status: 'done', place: 'top' });
    assert.deepEqual(await columnOf('backlog'), [one, three]);
    const { status, version, finishedAt } = await openTask(acme.context, two);
    assert.deepEqual([status, version, finishedAt !== null], ['done', 2, true]);
    assert.equal((await openTask(acme.context, three)).version, 1, 'another place is no new version');
    assert.equal((await post(`/${one}/place`, { status: 'nowhere' })).status, 422);
  });

  test('50 moves at once lose no task, give no place twice, and leave one order', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await newTask(acme.context, { title: `Card ${index}` }));
    const places = ['top', 'bottom', 'up', 'down', 'before', 'after'] as const;
    const before = (await Promise.all(statuses.map(columnOf))).flat();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        moveTask(acme.context, ids[(index * 7) % ids.length] ?? '', {
          status: statuses[(index * 3) % 4] ?? 'todo',
          place: places[index % places.length] ?? 'top',
          neighbour: ids[(index * 5 + 1) % ids.length],
        }),
      ),
    );
    const after = (await Promise.all(statuses.map(columnOf))).flat();
    assert.deepEqual(after.toSorted(), before.toSorted());
    const { rows } = await server.database.admin.query(
      `select count(*) as all, count(distinct (status, position)) as places from ${acme.tenantId}.tasks where archived_at is null`,
    );
    assert.equal(Number(rows[0].all), Number(rows[0].places));
  });

  test('there is room between two tasks for ever', async () => {
    const [top, bottom] = [
      await newTask(acme.context, { title: 'Top', status: 'cancelled' }),
      await newTask(acme.context, { title: 'Bottom', status: 'cancelled' }),
    ];
    // As a long row of moves leaves them: no more digits are given out, and the column gets whole numbers again.
    const place = `update ${acme.tenantId}.tasks set position = $1 where id = $2`;
    await server.database.admin.query(place, [`1.${'0'.repeat(210)}1`, top]);
    await server.database.admin.query(place, ['1.1', bottom]);
    const middle = await newTask(acme.context, { title: 'Middle', status: 'cancelled' });
    await moveTask(acme.context, middle, { status: 'cancelled', place: 'after', neighbour: top });
    const column = await columnOf('cancelled');
    assert.deepEqual(column, [top, middle, bottom]);
    const { rows } = await server.database.admin.query(
      `select max(scale(position)) as digits from ${acme.tenantId}.tasks where status = 'cancelled'`,
    );
    assert.equal(rows[0].digits, 1);
  });

  test('an agent is put in charge like a person, and one that is put away can be given nothing', async () => {
    const [agent] = await rowsOf(server, acme, 'agents');
    const assignee = { kind: 'agent', id: String(agent?.id) } as const;
    const id = await newTask(acme.context, { title: 'For the agent', assignee });
    assert.match((await alice().get(`${home}/${id}`)).text, /Guide/);
    await server.database.admin.query(`update ${acme.tenantId}.agents set archived_at = now()`);
    await assert.rejects(newTask(acme.context, { title: 'Late', assignee }), Invalid);
    await setArchived(acme.context, id, true);
  });
});
