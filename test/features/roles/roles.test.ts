import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allows, permissions, roles } from '../../../src/tenancy/permissions.js';
import type { TestServer } from '../../support/server.js';
import { act, type Team } from '../members/team.js';
import { type Fields, give, openTwoTeams, post, seesAudit } from './ways.js';

let server: TestServer;
let acme: Team;
let globex: Team;
let making: Awaited<ReturnType<typeof openTwoTeams>>['making'];

before(async () => {
  ({ server, acme, globex, making } = await openTwoTeams());
});
after(() => server?.close());

describe('a role of the workspace’s own (MB-3)', () => {
  test('counts from the next request on when given, changed, taken and deleted (V8.3.2)', async () => {
    const bob = await acme.join('bob', 'member');
    const role = await making.makeRole(acme, acme.owner, 'Reviewers', ['audit.read']);
    assert.ok(!(await seesAudit(acme, bob)));
    assert.equal((await give(acme, acme.owner, bob, [role])).status, 303);
    assert.ok(await seesAudit(acme, bob));
    await post(acme, acme.owner, `/roles/${role}`, [
      ['name', 'Reviewers'],
      ['permissions', 'settings.read'],
    ]);
    assert.ok(!(await seesAudit(acme, bob)));
    assert.equal((await bob.person.get(`${acme.home}/settings`)).status, 200);
    await give(acme, acme.owner, bob, []);
    assert.equal((await bob.person.get(`${acme.home}/settings`)).status, 403);
    await give(acme, acme.owner, bob, [role]);
    await act(acme, acme.owner, `/roles/${role}/deletion`);
    assert.equal((await bob.person.get(`${acme.home}/settings`)).status, 403);
    assert.equal((await bob.person.get(acme.home)).status, 200, 'and bob stays a member');
  });

  test('comes through groups, and goes with the group, the membership in it and its roles', async () => {
    const carol = await acme.join('carol', 'user');
    const role = await making.makeRole(acme, acme.owner, 'Listeners', ['audit.read']);
    const group = await making.makeGroup(acme, acme.owner, 'Night shift', [role]);
    const add = () => act(acme, acme.owner, `/groups/${group}/members`, { account: carol.id });
    await add();
    assert.ok(await seesAudit(acme, carol));
    assert.equal((await add()).status, 409, 'once is enough');
    await act(acme, acme.owner, `/groups/${group}/members/${carol.id}/removal`);
    assert.ok(!(await seesAudit(acme, carol)));
    await add();
    await act(acme, acme.owner, `/groups/${group}`, { name: 'Night shift' });
    assert.ok(!(await seesAudit(acme, carol)), 'the group gives no role any more');
    await post(acme, acme.owner, `/groups/${group}`, [
      ['name', 'Night shift'],
      ['roles', role],
    ]);
    assert.ok(await seesAudit(acme, carol));
    await act(acme, acme.owner, `/groups/${group}/deletion`);
    assert.ok(!(await seesAudit(acme, carol)));
  });

  test('is told in events with what was and what is (AU-1)', async () => {
    const dan = await acme.join('dan', 'member');
    const before = (await acme.events()).length;
    const role = await making.makeRole(acme, acme.owner, 'Storytellers', ['audit.read', 'settings.read']);
    await post(acme, acme.owner, `/roles/${role}`, [
      ['name', 'Tellers'],
      ['permissions', 'settings.read'],
      ['permissions', 'settings.update'],
    ]);
    await give(acme, acme.owner, dan, [role]);
    await act(acme, acme.owner, `/roles/${role}/deletion`);
    const told = (await acme.events()).slice(before).filter(({ category }) => category === 'member');
    assert.deepEqual(
      told.map(({ event, actorName, details }) => [event, actorName, details]),
      [
        ['role.created', 'alice', { name: 'Storytellers', permissions: 'audit.read settings.read', withdrawn: 0 }],
        [
          'role.updated',
          'alice',
          { from: 'Storytellers', to: 'Tellers', added: 'settings.update', taken: 'audit.read', withdrawn: 0 },
        ],
        ['member.roles-changed', 'alice', { given: 'Tellers', taken: '', withdrawn: 0 }],
        [
          'role.deleted',
          'alice',
          { name: 'Tellers', permissions: 'settings.read settings.update', members: 1, groups: 0, withdrawn: 0 },
        ],
      ],
    );
  });

  test('has a name of its own and at least one permission, and keeps what was typed', async () => {
    await making.makeRole(acme, acme.owner, 'Taken', ['audit.read']);
    const tries: [Fields, RegExp][] = [
      [
        [
          ['name', 'taken'],
          ['permissions', 'audit.read'],
        ],
        /There is a role of this name already/,
      ],
      [[['name', 'Empty']], /Choose at least one permission/],
      [
        [
          ['name', 'x'],
          ['permissions', 'audit.read'],
        ],
        /at least 2 characters/,
      ],
      [
        [
          ['name', 'Eraser'],
          ['permissions', 'audit.erase'],
        ],
        /Choose permissions from the list/,
      ],
      [
        [
          ['name', 'Owner2'],
          ['permissions', 'workspace.delete'],
        ],
        /Choose permissions from the list/,
      ],
      [
        [
          ['name', 'Owner3'],
          ['permissions', 'workspace.manage'],
        ],
        /Choose permissions from the list/,
      ],
    ];
    for (const [fields, message] of tries) {
      const answer = await post(acme, acme.owner, '/roles', fields);
      assert.equal(answer.status, 422, String(message));
      assert.match(answer.text, message);
      assert.ok(answer.text.includes(`value="${fields[0]?.[1]}"`));
    }
  });
});

test('of fifty at the same moment one makes the role, and its giver’s rights are asked under the lock (V2.3.4)', async () => {
  const token = await acme.owner.person.token('/profile');
  const create = () =>
    acme.owner.person.post(`${acme.home}/roles`, { name: 'Rushed', permissions: 'audit.read', _csrf: token });
  const answers = await Promise.all(Array.from({ length: 50 }, create));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual([statuses.filter((status) => status === 303).length, new Set(statuses).size], [1, 2]);
});

test('the matrix shows every role, the workspace’s own too, as the deciding table has it (MB-4, V8.1.1)', async () => {
  const role = await making.makeRole(globex, globex.owner, 'Curators', ['knowledge.read', 'knowledge.manage']);
  const { text } = await globex.owner.person.get(`${globex.home}/members/permissions`);
  const cells = [...text.matchAll(/<tr data-permission="([a-z.]+)">(.*?)<\/tr>/gs)].flatMap(
    ([, permission, row = '']) =>
      [...row.matchAll(/<td data-role="([\w-]+)">.*?<span class="visually-hidden">(\w+)</gs)].map(
        ([, column, yes]) => `${permission} ${column} ${yes}`,
      ),
  );
  const own = new Map([[role, new Set(['knowledge.read', 'knowledge.manage'])]]);
  const yes = (has: boolean) => (has ? 'Yes' : 'No');
  const expected = permissions.flatMap((permission) => [
    ...roles.map((each) => `${permission} ${each} ${yes(allows(each, permission))}`),
    ...[...own].map(([id, given]) => `${permission} ${id} ${yes(given.has(permission))}`),
  ]);
  assert.deepEqual(cells.sort(), expected.sort());
});
