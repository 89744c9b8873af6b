import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { tell } from '../../support/tell.js';
import { act, type Member, openTeam, type Team } from './team.js';

let server: TestServer;
let team: Team;
let first: Member;
let second: Member;

before(async () => {
  server = await startTestServer({ tenants: 1 });
  team = await openTeam(server, 'Acme', 'first');
  first = team.owner;
  second = await team.join('second', 'owner');
});
after(() => server?.close());

async function makeBothOwners() {
  for (const { id } of [first, second]) {
    await server.database.admin.query(
      `insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'owner')
       on conflict (tenant_id, account_id) do update set role = 'owner'`,
      [team.tenantId, id],
    );
  }
  await tell(server.database, 'membership', [first.id, second.id]);
  for (const { person } of [first, second]) {
    assert.equal((await person.get(`${team.home}/settings/deletion`)).status, 200, 'the owner is in');
  }
}

async function countOwners(): Promise<number> {
  const { rows } = await server.database.admin.query(
    `select count(*)::int as count from shared.memberships where tenant_id = $1 and role = 'owner'`,
    [team.tenantId],
  );
  return rows[0]?.count;
}

const rounds = 8;

/** Both at once, with tokens in hand; answers the two statuses, sorted. */
async function together(action: (who: Member, other: Member) => [string, Record<string, string>]): Promise<number[]> {
  await makeBothOwners();
  const tokens = await Promise.all([first, second].map(({ person }) => person.token(`${team.home}/members`)));
  const answers = await Promise.all(
    [first, second].map((who, i) => {
      const [path, fields] = action(who, who === first ? second : first);
      return who.person.post(`${team.home}/members${path}`, { ...fields, _csrf: tokens[i] ?? '' });
    }),
  );
  return answers.map(({ status }) => status).sort();
}

test('when two owners leave at the same moment one of them stays (MB-6)', async () => {
  for (let round = 0; round < rounds; round += 1) {
    assert.deepEqual(await together(() => ['/departure', {}]), [303, 409]);
    assert.equal(await countOwners(), 1);
  }
});

test('when two owners step down at the same moment one of them stays (MB-6)', async () => {
  for (let round = 0; round < rounds; round += 1) {
    assert.deepEqual(await together(({ id }) => [`/${id}/role`, { role: 'admin' }]), [303, 409]);
    assert.equal(await countOwners(), 1);
  }
});

test('when two owners remove each other the second has no say any more (MB-5)', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const [won, lost] = await together((_, other) => [`/${other.id}/removal`, {}]);
    assert.equal(won, 303);
    // By when the notice arrives: refused under the lock, or a stranger already.
    assert.ok(lost === 403 || lost === 404, String(lost));
    assert.equal(await countOwners(), 1);
  }
});

test('who was demoted while their own change waited may not make it (MB-3)', async () => {
  const victim = await team.join('victim', 'admin');
  for (let round = 0; round < rounds; round += 1) {
    await makeBothOwners();
    const token = await second.person.token(`${team.home}/members`);
    const [demoted, changed] = await Promise.all([
      act(team, first, `/members/${second.id}/role`, { role: 'member' }),
      second.person.post(`${team.home}/members/${victim.id}/role`, { role: 'owner', _csrf: token }),
    ]);
    assert.equal(demoted.status, 303);
    const role = await team.roleOf(victim);
    assert.equal(role, changed.status === 303 ? 'owner' : 'admin');
    await act(team, first, `/members/${victim.id}/role`, { role: 'admin' });
  }
});
