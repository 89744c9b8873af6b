import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
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

describe('nobody gets more than they have (V8.2.1, V8.3.1, threat 5)', () => {
  test('by giving, making, editing or joining, for themselves or a friend', async () => {
    const wanda = await acme.join('wanda', 'workspace-admin');
    const friend = await acme.join('friend', 'user');
    const strong = await making.makeRole(acme, acme.owner, 'Builders', ['agents.create', 'knowledge.manage']);
    const held = await making.makeRole(acme, acme.owner, 'Held', ['audit.read']);
    await give(acme, acme.owner, wanda, [held]);
    const strongGroup = await making.makeGroup(acme, acme.owner, 'Building', [strong]);
    const weakGroup = await making.makeGroup(acme, acme.owner, 'Reading', [held]);
    const before = (await acme.events()).length;
    const tries: [string, Fields][] = [
      [`/members/${wanda.id}/roles`, [['roles', strong]]],
      [`/members/${friend.id}/roles`, [['roles', strong]]],
      [`/members/${wanda.id}/role`, [['role', 'admin']]],
      [`/members/${friend.id}/role`, [['role', 'agent-developer']]],
      [`/members/${friend.id}/role`, [['role', 'owner']]],
      [
        '/members/invitations',
        [
          ['email', 'crony@acme.test'],
          ['role', 'admin'],
        ],
      ],
      [
        '/roles',
        [
          ['name', 'Mine'],
          ['permissions', 'agents.create'],
        ],
      ],
      [
        `/roles/${held}`,
        [
          ['name', 'Held'],
          ['permissions', 'audit.read'],
          ['permissions', 'agents.create'],
        ],
      ],
      [
        `/roles/${strong}`,
        [
          ['name', 'Builders'],
          ['permissions', 'audit.read'],
        ],
      ],
      [`/roles/${strong}/deletion`, []],
      [
        '/groups',
        [
          ['name', 'Mine'],
          ['roles', strong],
        ],
      ],
      [
        `/groups/${weakGroup}`,
        [
          ['name', 'Reading'],
          ['roles', held],
          ['roles', strong],
        ],
      ],
      [`/groups/${strongGroup}`, [['name', 'Building']]],
      [`/groups/${strongGroup}/members`, [['account', wanda.id]]],
      [`/groups/${strongGroup}/members`, [['account', friend.id]]],
      [`/groups/${strongGroup}/deletion`, []],
      [`/members/${acme.owner.id}/roles`, [['roles', held]]],
      ['/members/ownership', [['account', friend.id]]],
    ];
    for (const [path, fields] of tries) {
      assert.equal((await post(acme, wanda, path, fields)).status, 403, `${path} ${JSON.stringify(fields)}`);
    }
    assert.equal((await wanda.person.get(`${acme.home}/agents/new`)).status, 403);
    assert.deepEqual([await acme.roleOf(wanda), await acme.roleOf(friend)], ['workspace-admin', 'user']);
    const refused = (await acme.events()).slice(before).filter(({ outcome }) => outcome === 'refused');
    assert.ok(refused.length >= tries.length, 'each try is written down');
    assert.equal(await making.idOf(acme, 'roles', 'Mine'), '');
  });

  test('while what they have may be given on', async () => {
    const wes = await acme.join('wes', 'workspace-admin');
    const pal = await acme.join('pal', 'user');
    const role = await making.makeRole(acme, wes, 'Audience', ['audit.read']);
    assert.equal((await give(acme, wes, pal, [role])).status, 303);
    assert.ok(await seesAudit(acme, pal));
    assert.equal((await post(acme, wes, `/members/${pal.id}/role`, [['role', 'analyst']])).status, 303);
  });

  test('a role with a say over members reaches nobody above, and a member without one reaches nobody', async () => {
    const steward = await acme.join('steward', 'user');
    const admin = await acme.join('adam', 'admin');
    const plain = await acme.join('plain', 'member');
    const role = await making.makeRole(acme, acme.owner, 'Stewards', [
      'members.read',
      'members.update',
      'members.delete',
    ]);
    await give(acme, acme.owner, steward, [role]);
    for (const [path, fields] of [
      [`/members/${admin.id}/role`, { role: 'user' }],
      [`/members/${admin.id}/removal`, {}],
      [`/members/${acme.owner.id}/removal`, {}],
      [`/members/${plain.id}/role`, { role: 'analyst' }],
    ] as const) {
      assert.equal((await act(acme, steward, path, fields)).status, 403, path);
    }
    assert.equal((await act(acme, steward, `/members/${plain.id}/role`, { role: 'user' })).status, 303, 'downwards');
    for (const path of ['/roles/new', '/groups/new', '/members/ownership']) {
      assert.equal((await plain.person.get(`${acme.home}${path}`)).status, 403, path);
    }
  });

  test('with what is another workspace’s, or nobody’s (IS-4, V8.2.2)', async () => {
    const theirs = await making.makeRole(globex, globex.owner, 'Theirs', ['audit.read']);
    const crew = await making.makeGroup(globex, globex.owner, 'Their crew');
    const mine = await making.makeGroup(acme, acme.owner, 'Crew');
    const bea = await acme.join('bea', 'member');
    for (const id of [theirs, randomUUID()]) {
      for (const [path, fields] of [
        [`/members/${bea.id}/roles`, [['roles', id]]],
        [
          '/groups',
          [
            ['name', 'Thieves'],
            ['roles', id],
          ],
        ],
        [
          `/groups/${mine}`,
          [
            ['name', 'Crew'],
            ['roles', id],
          ],
        ],
        [
          `/roles/${id}`,
          [
            ['name', 'Ours now'],
            ['permissions', 'audit.read'],
          ],
        ],
        [`/roles/${id}/deletion`, []],
      ] as [string, Fields][]) {
        assert.equal((await post(acme, acme.owner, path, fields)).status, 404, path);
      }
    }
    for (const [group, account] of [
      [crew, bea.id],
      [mine, globex.owner.id],
      [crew, globex.owner.id],
    ]) {
      assert.equal((await act(acme, acme.owner, `/groups/${group}/members`, { account: account ?? '' })).status, 404);
    }
    assert.ok(!(await seesAudit(acme, bea)));
    // Even a statement that is wrong cannot attach them: every reference carries the workspace.
    await assert.rejects(
      server.database.admin.query(
        'insert into shared.role_members (tenant_id, role_id, account_id) values ($1, $2, $3)',
        [acme.tenantId, theirs, bea.id],
      ),
      /violates foreign key constraint/,
    );
  });

  test('and a link does not outlive a role that allowed to send it (MB-5)', async () => {
    const host = await acme.join('host', 'user');
    const role = await making.makeRole(acme, acme.owner, 'Hosts', ['members.read', 'members.create']);
    await give(acme, acme.owner, host, [role]);
    const sent = await act(acme, host, '/members/invitations', { email: 'late@acme.test', role: 'user' });
    assert.equal(sent.status, 303, sent.text);
    await act(acme, acme.owner, `/roles/${role}/deletion`);
    const { rows } = await server.database.admin.query(
      `select revoked_at is not null as ended from shared.invitations where email = 'late@acme.test'`,
    );
    assert.deepEqual(rows, [{ ended: true }]);
  });
});
