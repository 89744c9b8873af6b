import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTeam } from '../../members/team.js';
import { goodPassword, insertPerson } from '../people.js';
import { enter, newPassword, rowsOf, server } from './stage.js';

test('the activity of an account is its own, newest first, a page at a time (AC-9, V7.5.2)', async () => {
  const { id, person } = await enter('busy');
  const other = await insertPerson(server, 'quiet');
  const add = `insert into shared.account_events (id, account_id, at, event, address, device)
    select gen_random_uuid(), $1, now() - make_interval(mins => n), 'account.signed-out', $2, 'Firefox on Linux'
    from generate_series(1, 60) n`;
  await rowsOf(add, [id, '198.51.100.1']);
  await rowsOf(add, [other.id, '198.51.100.2']);
  const first = await person.get('/profile/activity');
  assert.match(first.text, /Signed in[\s\S]+Signed out/);
  assert.ok(first.text.includes(person.address) && !first.text.includes('198.51.100.2'));
  const older = /\/profile\/activity\?before=[\w-]+/.exec(first.text)?.[0] ?? '';
  assert.equal((await person.get(older)).text.match(/Signed out/g)?.length, 11);
  const foreign = (await rowsOf('select id from shared.account_events where account_id = $1 limit 1', [other.id]))[0]
    .id;
  assert.match((await person.get(`/profile/activity?before=${foreign}`)).text, /Nothing further/);
});

test('what opens an account is news until its owner has seen it, in any workspace, and in none of its tables (AG-7, V6.3.7)', async () => {
  const team = await openTeam(server, 'Newsroom', 'reporter');
  const { person, id } = team.owner;
  const pages = ['/profile', '/profile/activity', `${team.home}/notifications`];
  await person.submit('/profile', {}, '/profile/activity/seen');
  for (const page of pages) assert.doesNotMatch((await person.get(page)).text, /New on your account/, page);
  const changed = { current: goodPassword, password: newPassword };
  assert.equal((await person.submit('/profile/password', changed)).status, 303);
  for (let tries = 0; tries < 4; tries += 1) {
    await rowsOf(
      `insert into shared.account_events (id, account_id, event, outcome) values (gen_random_uuid(), $1, 'account.sign-in-refused', 'refused')`,
      [id],
    );
  }
  for (const page of pages) {
    const { text } = await person.get(page);
    assert.match(text, /New on your account[\s\S]+Password changed/, page);
    assert.doesNotMatch(text, /Sign-in, 4 times/, 'a few slips are no news');
  }
  await rowsOf(
    `insert into shared.account_events (id, account_id, event, outcome) values (gen_random_uuid(), $1, 'account.sign-in-refused', 'refused')`,
    [id],
  );
  assert.match((await person.get('/profile')).text, /Sign-in, 5 times/);
  assert.deepEqual(await rowsOf(`select 1 from ${team.tenantId}.notifications`), [], 'it lies in no workspace');
  const other = await team.join('colleague', 'member');
  await other.person.submit('/profile', {}, '/profile/activity/seen');
  assert.doesNotMatch((await other.person.get(`${team.home}/notifications`)).text, /New on your account/);
  assert.equal((await person.submit('/profile', {}, '/profile/activity/seen')).status, 303);
  assert.doesNotMatch((await person.get('/profile')).text, /New on your account/);
});
