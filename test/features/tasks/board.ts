import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Invalid } from '../../../src/errors.js';
import { moveTask, openTask, setArchived } from '../../../src/features/tasks/actions.js';
import { statuses } from '../../../src/features/tasks/task.js';
import { acme, alice, home, post, server } from './opened.js';
import { newTask, rowsOf } from './stage.js';

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
