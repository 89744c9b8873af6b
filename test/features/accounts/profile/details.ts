import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertPerson, newPerson, signIn } from '../people.js';
import { enter, eventsOf, rowsOf, server } from './stage.js';

test('name and username are changed, seen at once, and no name of somebody else is taken (AC-9)', async () => {
  const { id, person } = await enter('renamed');
  await insertPerson(server, 'occupied');
  assert.equal((await newPerson(server).get('/account')).location, '/profile');
  const saved = await person.submit('/profile', { name: 'Zoë  Ångström', username: 'Renamed-2' });
  assert.equal(saved.status, 303, saved.text);
  const { text } = await person.get('/profile');
  assert.match(text, /value="Zoë Ångström"[\s\S]+value="renamed-2"/);
  const taken = await person.submit('/profile', { name: 'Zoë', username: 'occupied' });
  assert.equal(taken.status, 422);
  assert.match(taken.text, /occupied is taken/);
  const odd = await person.submit('/profile', { name: 'a\u202eb', username: 'no spaces' });
  assert.equal(odd.status, 422);
  assert.match(odd.text, /value="no spaces"/);
  assert.deepEqual(await eventsOf(id, 'account.renamed'), ['done', 'done', 'failed']);
  assert.equal((await signIn(newPerson(server), 'renamed-2')).status, 303);
});

test('fields that the form does not have are not written, whatever they are called (V8.2.3, V15.3.3)', async () => {
  const { id, person } = await enter('extra');
  const row = () =>
    rowsOf('select id, email, password_hash, short_password, created_at from shared.accounts where id = $1', [id]);
  const before = await row();
  const extra = {
    id: crypto.randomUUID(),
    email: 'mine@evil.test',
    passwordHash: 'x',
    password_hash: 'x',
    role: 'owner',
  };
  assert.equal((await person.submit('/profile', { name: 'Extra', username: 'extra', ...extra })).status, 303);
  assert.deepEqual(await row(), before);
});
