import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { createPage } from '../../../src/features/pages/actions.js';
import { createSpace } from '../../../src/features/spaces/actions.js';
import { until } from '../../support/until.js';
import { Person } from '../accounts/people.js';
import type { Member } from '../conversations/cast.js';
import { openStream, type Stream, type StreamEvent } from '../conversations/stream.js';
import { type SecondProcess, startSecondProcess } from '../members/second-process.js';
import { newTask } from '../tasks/stage.js';
import { cast, deletion, dora } from './stage.js';

let second: SecondProcess;
after(() => second?.stop());

/** The same person with the same cookies, served by the other process. */
function there({ browser }: Member): Person {
  const person = new Person(second.origin, browser.address);
  for (const [name, value] of browser.cookies) person.cookies.set(name, value);
  return person;
}

const Changed = z.object({ changed: z.array(z.string()) });
const changedIn = ({ event, data }: StreamEvent): string[] => (event === 'changed' ? Changed.parse(data).changed : []);

/** All that is told until this is among it; then the line breaks. */
async function toldUntil(stream: Stream, marker: string) {
  const changed: string[] = [];
  while (!changed.includes(marker)) {
    const event = await stream.next();
    assert.ok(event, `${marker} was not told, only ${changed}`);
    changed.push(...changedIn(event));
  }
  stream.cut();
  const { seen } = stream;
  const decisions = seen.filter(({ event }) => event === 'decision').map(({ data }) => `${data.id} ${data.status}`);
  const last = seen.findLast(({ id }) => id !== undefined)?.id;
  assert.ok(last, 'an event says where the page stands');
  return { changed, decisions, seen, last };
}

const numbers = (seen: readonly StreamEvent[], name: string) =>
  seen.filter(({ event }) => event === name).map(({ data }) => z.looseObject({ [name]: z.number() }).parse(data)[name]);

/** Not in a hook: it must find the database that another hook opens. */
async function startThere(): Promise<void> {
  second = await startSecondProcess();
  const probe = await openStream(there(cast.alice), '/w/acme/live');
  await probe.until('unread');
  let heard = false;
  void probe.until('changed').then(
    () => {
      heard = true;
    },
    () => {},
  );
  await until('the other process listens', async () => {
    await newTask(cast.alice.context, { title: 'Probe' });
    return heard;
  });
  probe.cut();
}

test('a page’s stream goes on at another process after what came last: nothing is lost, nothing told twice (AG-7, CR-5)', async () => {
  const { alice, bob, charlie } = cast;
  await startThere();
  const space = await createSpace(alice.context, { name: 'Team', description: '', kind: 'team' });
  const diary = await createSpace(alice.context, { name: 'Diary', description: '', kind: 'private' });
  const pageIn = (spaceId: string, title: string) =>
    createPage(alice.context, { spaceId, parentId: null, title, body: '' });

  const here = await openStream(alice.browser, '/w/acme/live');
  await here.until('unread');
  const one = await newTask(alice.context, { title: 'One' });
  const before = await toldUntil(here, `task:${one}`);
  assert.deepEqual(before.decisions, []);

  const asked = await deletion('Asked for while the line was broken');
  await dora.browser.submit(asked.path, { reason: 'No.' }, `${asked.path}/rejection`);
  const [open, secret] = [await pageIn(space, 'Open'), await pageIn(diary, 'Secret')];
  const two = await newTask(alice.context, { title: 'Two' });

  const resumed = await openStream(there(alice), '/w/acme/live', undefined, before.last);
  const missed = await toldUntil(resumed, `task:${two}`);
  assert.deepEqual(missed.changed, [`page:${open}`, `page:${secret}`, `task:${two}`], 'each once, in their order');
  assert.deepEqual(missed.decisions, [`${asked.id} rejected`], 'and so the thread goes on');

  const bobs = await openStream(there(bob), '/w/acme/live', undefined, before.last);
  const others = await toldUntil(bobs, `task:${two}`);
  assert.deepEqual(others.changed, [`page:${open}`, `task:${two}`], 'nothing private of others');
  assert.deepEqual(others.decisions, [], 'no decision of others');

  const three = await newTask(alice.context, { title: 'Three' });
  const back = await toldUntil(
    await openStream(alice.browser, '/w/acme/live', undefined, missed.last),
    `task:${three}`,
  );
  assert.deepEqual([back.changed, back.decisions], [[`task:${three}`], []]);

  const quiet = await openStream(there(alice), `/w/acme/live?after=${back.last}`);
  const four = await newTask(alice.context, { title: 'Four' });
  assert.deepEqual((await toldUntil(quiet, `task:${four}`)).changed, [`task:${four}`], 'as a tab that takes over asks');

  const foreign = await openStream(there(charlie), '/w/globex/live', undefined, before.last);
  assert.deepEqual(changedIn(await foreign.until('changed')), ['*'], 'of another workspace it is no place');
  foreign.cut();
  const nobody = new Person(second.origin, alice.browser.address);
  const refused = await openStream(nobody, '/w/acme/live', undefined, before.last);
  assert.notEqual(refused.response.status, 200);
  const outsider = await openStream(there(charlie), '/w/acme/live', undefined, before.last);
  assert.equal(outsider.response.status, 404);
});

test('bell and inbox are told as they are when a stream goes on elsewhere (AG-7)', async () => {
  const { alice } = cast;
  const here = await openStream(alice.browser, '/w/acme/live');
  const unread = numbers([await here.until('unread')], 'unread')[0] ?? 0;
  const { last } = await toldUntil(here, `task:${await newTask(alice.context, { title: 'Five' })}`);
  const waiting = await deletion();
  await dora.browser.submit(waiting.path, { reason: 'No.' }, `${waiting.path}/rejection`);
  const resumed = await openStream(there(alice), '/w/acme/live', undefined, last);
  const marker = await newTask(alice.context, { title: 'Six' });
  await until('both were told', async () => {
    await resumed.next();
    return numbers(resumed.seen, 'unread').length > 0 && numbers(resumed.seen, 'count').length > 0;
  });
  assert.deepEqual(numbers(resumed.seen, 'unread').at(-1), unread + 1);
  assert.deepEqual(numbers(resumed.seen, 'count').at(-1), 0);
  await toldUntil(resumed, `task:${marker}`).catch(() => resumed.cut());
});

test('where a process does not know what was missed, everything counts as changed (AG-7)', async () => {
  const unknown = await openStream(there(cast.alice), '/w/acme/live', undefined, 'of-a-process-that-ended.3');
  const told = await unknown.until('changed');
  assert.deepEqual(changedIn(told), ['*']);
  assert.ok(told.id, 'and from there on it is known');
  unknown.cut();
  const again = await openStream(there(cast.alice), '/w/acme/live', undefined, told.id);
  const task = await newTask(cast.alice.context, { title: 'Seven' });
  assert.deepEqual((await toldUntil(again, `task:${task}`)).changed, [`task:${task}`]);
  const drawnLongAgo = await openStream(there(cast.alice), '/w/acme/live?since=1');
  assert.deepEqual(changedIn(await drawnLongAgo.until('changed')), ['*'], 'before the process began');
  drawnLongAgo.cut();
});
