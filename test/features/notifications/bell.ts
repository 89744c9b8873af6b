import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPerson, signIn } from '../accounts/people.js';
import { openStream } from '../conversations/stream.js';
import { cast, forget, home, rowsOf, tellBob } from './stage.js';

test('the bell is told as it changes, to its person only, and ends with the session (AG-7, CR-5)', async () => {
  await forget();
  const another = newPerson(cast.server);
  await signIn(another, 'bob');
  const [bobs, alices] = [
    await openStream(another, '/w/acme/live'),
    await openStream(cast.alice.browser, '/w/acme/live'),
  ];
  assert.equal((await bobs.until('unread')).data.unread, 0);
  assert.equal((await alices.until('unread')).data.unread, 0);
  await tellBob();
  assert.equal((await bobs.until('unread')).data.unread, 1);
  assert.equal(alices.seen.filter(({ event }) => event === 'unread').length, 1);
  const [row] = await rowsOf(cast.bob.id);
  await cast.bob.browser.submit(home, {}, `${home}/${row?.id}/opening`);
  assert.equal((await bobs.until('unread')).data.unread, 0);
  await another.submit('/profile', {}, '/sign-out');
  assert.equal((await bobs.rest()).filter(({ event }) => event === 'unread').length, 3, 'nothing more');
  const refused = await openStream(another, '/w/acme/live');
  assert.equal(refused.response.status, 401);
  alices.cut();
});
