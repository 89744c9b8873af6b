import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsNamed } from '../conversations/cast.js';
import { admin, cast, choose, forget, home, rowsOf, tellBob } from './stage.js';

test('each chooses per kind where they are told: in the page, by mail, or not at all (AG-7)', async () => {
  await forget();
  const saved = await choose(cast.bob, { 'page-mention': 'on', 'mail-mention': '', 'mail-comment': 'daily' });
  assert.equal(saved.status, 303);
  const page = (await cast.bob.browser.get(`${home}/preferences`)).text;
  assert.match(page, /name="page-mention" value="on" checked/);
  assert.doesNotMatch(page, /name="page-comment" value="on" checked/);
  await tellBob({ kind: 'mention' });
  await tellBob({ kind: 'comment', title: 'A word' });
  await tellBob({ kind: 'assigned' });
  const kept = (await rowsOf(cast.bob.id)).map(({ kind, in_page, mail }) => [kind, in_page, mail]);
  assert.deepEqual(kept, [
    ['mention', true, null],
    ['comment', false, 'daily'],
  ]);
  assert.doesNotMatch((await cast.bob.browser.get(`${home}?show=all`)).text, /A word/);
  // What waits for its mail follows a later choice.
  await choose(cast.bob, { 'page-mention': 'on', 'mail-mention': '' });
  assert.equal((await rowsOf(cast.bob.id))[1]?.mail, null);
  assert.equal((await eventsNamed(cast, cast.acme, 'notification-preferences.updated')).length, 2);
  const wrong: Record<string, string>[] = [{ 'mail-mention': 'often' }, { hour: '24' }, { timeZone: 'Mars/Olympus' }];
  for (const fields of wrong) {
    assert.equal((await choose(cast.bob, fields)).status, 422);
  }
  await admin(`delete from ${cast.acme.id}.notification_preferences`);
});
