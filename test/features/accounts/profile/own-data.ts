import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Member, openTeam, type Team } from '../../members/team.js';
import { makeSpace, post, write } from '../../pages/writing.js';
import { goodPassword, newPerson, signIn } from '../people.js';
import { age, isIn, rowsOf, server, signedIn, subjects } from './stage.js';

test('one’s own data is downloaded with a fresh proof, without secrets or anybody else’s, and written down (V14.2.1)', async () => {
  const team = await openTeam(server, 'Acme', 'alice');
  const bob = await team.join('bob', 'member');
  const agent = (await rowsOf(`select id from ${team.tenantId}.agents`))[0].id;
  for (const [member, text] of [
    [team.owner, 'Alice asks about lamps'],
    [bob, 'Bob asks about oil'],
  ] as const) {
    const fields = { text, agent };
    assert.equal((await member.person.submit('/profile', fields, `${team.home}/conversations`)).status, 303);
    const pasted = { title: `Notes of ${member.name}`, text: 'A lamp gives light.' };
    assert.equal((await member.person.submit('/profile', pasted, `${team.home}/knowledge/pasted`)).status, 303);
  }
  await fillFor(team, bob);
  await age(bob.id);
  const asked = await bob.person.submit('/profile/data', {}, '/profile/data/download');
  assert.equal(asked.status, 403);
  const proof = { proof: 'password', proof_password: goodPassword };
  const answer = await bob.person.submit('/profile/data', proof, '/profile/data/download');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-disposition') ?? '', /attachment; filename="?bailiwick-bob\.json/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const data = JSON.parse(answer.text);
  assert.equal(data.account.email, 'bob@acme.test');
  assert.deepEqual(
    data.memberships.map(({ slug, role }: { slug: string; role: string }) => [slug, role]),
    [['acme', 'member']],
  );
  const [workspace] = data.workspaces;
  assert.equal(workspace.conversations.length, 1);
  assert.equal(workspace.conversations[0].messages[0].text, 'Bob asks about oil');
  assert.deepEqual(
    workspace.documents.map(({ title }: { title: string }) => title),
    ['Notes of bob'],
  );
  const titles = (kind: string) =>
    workspace[kind].map((item: { title?: string; name?: string }) => item.title ?? item.name);
  assert.deepEqual(titles('spaces'), ['Diary of bob']);
  assert.deepEqual(titles('pages'), ['Monday']);
  assert.deepEqual(titles('pageVersions'), ['Monday']);
  assert.deepEqual(titles('pageDrafts'), ['Half']);
  assert.deepEqual(titles('tasks'), ['Task of bob', 'Given to bob']);
  assert.deepEqual(
    workspace.tasks.map(({ made, assigned }: Record<string, boolean>) => [made, assigned]),
    [
      [true, false],
      [false, true],
    ],
  );
  assert.equal(workspace.comments[0].text, 'Bob comments');
  assert.deepEqual(titles('events'), ['Dentist of bob']);
  assert.equal(workspace.notifications.length, 1);
  assert.equal(workspace.notificationPreferences.mention.mail, 'hourly');
  assert.ok(data.events.length > 0 && data.sessions.length === 1);
  const cookie = decodeURIComponent(bob.person.cookies.get('session') ?? '').slice(2, 20);
  for (const secret of [
    'Alice asks',
    'Notes of alice',
    'Task of alice',
    'Diary of alice',
    '$2b$',
    'token',
    'hash',
    'csrf',
    cookie,
  ]) {
    assert.ok(!answer.text.toLowerCase().includes(secret.toLowerCase()), secret);
  }
  const exported = (await team.events()).filter(({ event }) => event === 'account.data-exported');
  assert.deepEqual(
    exported.map(({ actorName }) => actorName),
    ['bob'],
  );
});

/** For the download: something of every kind that a workspace keeps of somebody, and the same of alice beside it. */
async function fillFor(team: Team, bob: Member): Promise<void> {
  for (const member of [team.owner, bob]) {
    const space = await makeSpace(team, member, `Diary of ${member.name}`, 'private');
    await write(team, member, { space, title: 'Monday', body: 'Rain.' });
    await post(team, member, `/spaces/${space}/pages/draft`, { title: 'Half', body: 'typed' });
    const task = (await post(team, member, '/tasks', { title: `Task of ${member.name}` })).location.split('/').at(-1);
    await post(team, member, `/tasks/${task}/comments`, { text: `${member.name === 'bob' ? 'Bob' : 'She'} comments` });
    const event = { startDate: '2026-11-23', startTime: '10:00', endTime: '11:00', timeZone: 'UTC' };
    await post(team, member, '/calendar/events', {
      ...event,
      title: `Dentist of ${member.name}`,
      visibility: 'private',
    });
  }
  const given = await post(team, team.owner, '/tasks', { title: 'Given to bob', assignee: `member:${bob.id}` });
  assert.equal(given.status, 303, given.text);
}

test('an account is deleted by its typed name, but never a workspace’s only owner (AC-9, MB-5, MB-6, V7.4.2)', async () => {
  const team = await openTeam(server, 'Globex', 'charlie');
  const { person, id } = team.owner;
  const dora = await team.join('dora', 'member');
  assert.match((await person.get('/profile/data/deletion')).text, /Globex[\s\S]+1 other member/);
  const kept = await person.submit('/profile/data', { typed: 'charlie' }, '/profile/data/deletion');
  assert.equal(kept.status, 409);
  assert.ok(await isIn(person));

  await rowsOf(`update shared.memberships set role = 'owner' where account_id = $1`, [dora.id]);
  const wrong = await person.submit('/profile/data', { typed: 'dora' }, '/profile/data/deletion');
  assert.equal(wrong.status, 422);
  await age(id);
  assert.equal((await person.submit('/profile/data', { typed: 'charlie' }, '/profile/data/deletion')).status, 403);
  const copy = await signedIn('charlie');
  const gone = await copy.submit('/profile/data', { typed: ' Charlie ' }, '/profile/data/deletion');
  assert.equal(gone.status, 303, gone.text);
  assert.match(gone.headers.get('clear-site-data') ?? '', /cache/);
  assert.match((await copy.get('/')).text, /Your account was deleted/);
  assert.ok(!(await isIn(person)) && !(await isIn(copy)), 'its sessions end with their next request');
  assert.equal((await signIn(newPerson(server), 'charlie')).status, 401);
  for (const table of ['accounts where id', 'memberships where account_id', 'account_events where account_id']) {
    assert.deepEqual(await rowsOf(`select 1 from shared.${table} = $1`, [id]), [], table);
  }
  const agents = await rowsOf(`select name from ${team.tenantId}.agents`);
  assert.equal(agents.length, 1, 'what the person made stays');
  const events = (await team.events()).filter(({ actorName }) => actorName === 'charlie').map(({ event }) => event);
  assert.ok(events.includes('account.deleted') && events.includes('member.left'));
  assert.ok((await subjects('charlie@acme.test')).includes('Your Bailiwick account was deleted'));
  assert.equal((await dora.person.get(team.home)).status, 200);
});
