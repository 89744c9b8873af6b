import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertPerson, type Person } from '../accounts/people.js';
import { rowsIn, said, section, server, signedIn, wordsOf } from './stage.js';

const isIn = async (person: Person) => (await person.get('/profile/sessions')).status === 200;

const lifetimes = () => {
  const [, everywhere] = rowsIn(section('authentication', 'timeouts'));
  const [idle = 0, most = 0] = (everywhere ?? []).slice(1).map((cell) => Number.parseInt(cell, 10));
  return { idle, most };
};

async function move(username: string, { idleSeconds = 0, ageSeconds = 0 }): Promise<void> {
  await server.database.admin.query(
    `update shared.sessions s
     set expire = s.expire - make_interval(secs => $2),
       sess = (s.sess::jsonb || jsonb_build_object('signedInAt', (s.sess ->> 'signedInAt')::bigint - $3::bigint))::json
     from shared.accounts a where a.id = s.account_id and a.username = $1`,
    [username, idleSeconds, ageSeconds * 1000],
  );
}

test('V7.1.1: sessions end after the documented times, and not a minute before', async () => {
  const { idle, most } = lifetimes();
  assert.equal(said('signing-in', /ends after (\d+) minutes without use/), idle);
  for (const [username, change, lives] of [
    ['idle-less', { idleSeconds: idle * 60 - 60 }, true],
    ['idle-more', { idleSeconds: idle * 60 + 2 }, false],
    ['old-less', { ageSeconds: most * 3600 - 60 }, true],
    ['old-more', { ageSeconds: most * 3600 + 1 }, false],
  ] as const) {
    await insertPerson(server, username);
    const person = await signedIn(username);
    await move(username, change);
    assert.equal(await isIn(person), lives, username);
  }
});

test('V7.1.2: there is no limit to sessions at the same time, all are listed, and all others can be ended', async () => {
  assert.match(wordsOf('authentication'), /no limit to how many sessions/);
  await insertPerson(server, 'many');
  const people: Person[] = [];
  for (let at = 0; at < 12; at += 1) people.push(await signedIn('many'));
  for (const person of people) assert.equal(await isIn(person), true);
  const [here] = people;
  assert.ok(here);
  const { text } = await here.get('/profile/sessions');
  assert.equal([...text.matchAll(/\/profile\/sessions\/[0-9a-f]{64}\/deletion/g)].length, people.length - 1);
  await here.submit('/profile/sessions', {}, '/profile/other-sessions/deletion');
  for (const person of people) assert.equal(await isIn(person), person === here);
});

test('V7.1.3, V7.6.1: a session that began at a provider lives by our times alone, and no token of it is kept', async () => {
  const { idle, most } = lifetimes();
  const words = wordsOf('authentication');
  assert.match(
    words,
    new RegExp(`ends after ${idle} minutes without use and ${most} hours after the sign-in, whatever`),
  );
  for (const [username, ageSeconds, lives] of [
    ['federated-less', most * 3600 - 60, true],
    ['federated-more', most * 3600 + 1, false],
  ] as const) {
    await insertPerson(server, username);
    const person = await signedIn(username);
    await server.database.admin.query(
      `update shared.sessions s set sess = (s.sess::jsonb || '{"methods": ["google"]}')::json
       from shared.accounts a where a.id = s.account_id and a.username = $1`,
      [username],
    );
    await move(username, { ageSeconds });
    assert.equal(await isIn(person), lives, username);
  }
  const { rows } = await server.database.admin.query(
    `select column_name from information_schema.columns where table_schema = 'shared' and table_name = 'logins'`,
  );
  assert.ok(rows.length > 3, 'the table of connected logins');
  assert.deepEqual(
    rows.filter(({ column_name: name }) => /token|secret|refresh/.test(name)),
    [],
  );
});
