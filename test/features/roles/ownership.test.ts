import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { TestServer } from '../../support/server.js';
import { mailsTo } from '../accounts/people.js';
import { act, type Team } from '../members/team.js';
import { type Fields, openTwoTeams, post } from './ways.js';

let server: TestServer;
let acme: Team;
let globex: Team;
let making: Awaited<ReturnType<typeof openTwoTeams>>['making'];

before(async () => {
  ({ server, acme, globex, making } = await openTwoTeams());
});
after(() => server?.close());

describe('ownership (MB-6)', () => {
  test('is handed to a member: both are told, the giver is an admin, and it happens once', async () => {
    const heir = await globex.join('heir', 'user');
    const other = await globex.join('other', 'user');
    const { owner } = globex;
    const token = await owner.person.token('/profile');
    const answers = await Promise.all(
      [heir, other].map(({ id }) =>
        owner.person.post(`${globex.home}/members/ownership`, { account: id, _csrf: token }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 403]);
    const winner = answers[0]?.status === 303 ? heir : other;
    assert.deepEqual([await globex.roleOf(winner), await globex.roleOf(owner)], ['owner', 'admin']);
    assert.equal((await owner.person.get(`${globex.home}/settings/deletion`)).status, 403);
    assert.equal((await winner.person.get(`${globex.home}/settings/deletion`)).status, 200);
    const subjects = async (email: string) => (await mailsTo(server, email)).map(({ subject }) => subject).join();
    assert.match(await subjects(winner.email), /You are now an owner of Globex/);
    assert.match(await subjects(owner.email), /You handed Globex over to/);
    const told = (await globex.events()).filter(({ event }) => event === 'workspace.ownership-transferred');
    // Refused under the lock, or at the door already: by when the notice arrived.
    const done = told.filter(({ outcome }) => outcome === 'done');
    assert.deepEqual(
      done.map(({ details }) => [details.from, details.to, details.was]),
      [[owner.id, winner.id, 'user']],
    );
  });

  test('is not handed to a stranger, to oneself, to nobody or to an owner', async () => {
    const second = await acme.join('second', 'owner');
    for (const [account, status] of [
      [acme.owner.id, 422],
      ['', 422],
      ['x', 422],
      [randomUUID(), 404],
      [globex.owner.id, 404],
      [second.id, 409],
    ] as const) {
      assert.equal((await act(acme, acme.owner, '/members/ownership', { account })).status, status, account);
    }
    assert.equal(await acme.roleOf(acme.owner), 'owner');
  });

  test('asks for a fresh proof, as roles, groups and removals do (AC-11, V7.5.3)', async () => {
    const stale = await acme.join('stale', 'owner');
    const target = await acme.join('target', 'member');
    const paths: [string, Fields][] = [
      ['/members/ownership', [['account', target.id]]],
      [`/members/${target.id}/role`, [['role', 'admin']]],
      [`/members/${target.id}/roles`, []],
      [`/members/${target.id}/removal`, []],
      [
        '/roles',
        [
          ['name', 'Stale'],
          ['permissions', 'audit.read'],
        ],
      ],
      ['/groups', [['name', 'Stale']]],
      ['/settings/sign-in', [['idleMinutes', '10']]],
    ];
    await server.database.admin.query(
      `update shared.sessions set sess = jsonb_set(sess::jsonb, '{provenAt}', '0')::json where account_id = $1`,
      [stale.id],
    );
    for (const [path, fields] of paths) {
      const answer = await post(acme, stale, path, fields);
      assert.equal(answer.status, 403, path);
      assert.match(answer.text, /Confirm that it is you/, path);
    }
    assert.deepEqual([await acme.roleOf(stale), await acme.roleOf(target)], ['owner', 'member']);
    assert.equal(await making.idOf(acme, 'roles', 'Stale'), '');
  });
});
