import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toolNamed } from '../../../src/llm/tool.js';
import { acme, anna, bob, called, daysIn } from './stage.js';

describe('agents (AG-5)', () => {
  test('an agent makes, moves, calls off and deletes for a person, and the page says who and for whom', async () => {
    const { id, version } = await called(
      'create_event',
      {
        title: 'By agent',
        starts: '2026-06-01T09:00',
        timeZone: 'Europe/Berlin',
        recurrence: 'FREQ=WEEKLY;BYDAY=MO;COUNT=3',
        attendees: ['@Anna'],
      },
      bob,
    );
    assert.equal(version, 1);
    const address = `${acme.home}/calendar/events/${id}`;
    const { text } = await anna.person.get(address);
    assert.match(text, /Made by the agent<\/dt><dd><bdi>Guide, for bob/);
    const month = await anna.person.get(`${acme.home}/calendar?who=agents&view=month&date=2026-06-01`);
    assert.match(month.text, /by the agent Guide/);
    await assert.rejects(called('update_event', { event: id, starts: '2026-06-09T10:00' }, bob), /which occurrence/);
    await called('update_event', { event: id, on: '2026-06-08', starts: '2026-06-09T10:00' }, bob);
    assert.deepEqual(await daysIn('2026-06', 'By agent'), ['2026-06-01', '2026-06-09', '2026-06-15']);
    const listed = await called('list_events', { from: '2026-06-09', to: '2026-06-09' }, bob);
    assert.match(JSON.stringify(listed), /"on":"2026-06-08"/);
    assert.match(JSON.stringify(listed), /"starts":"2026-06-09T10:00","ends":"2026-06-09T11:00"/);
    await called('cancel_event', { event: id, on: '2026-06-15', scope: 'following' }, bob);
    assert.deepEqual(await daysIn('2026-06', 'By agent'), ['2026-06-01', '2026-06-09']);
    await assert.rejects(called('delete_event', { event: id, version: 1 }, bob), /Somebody changed this event/);
    assert.deepEqual(await called('delete_event', { event: id }, bob), { deleted: 'By agent' });
    const events = (await acme.events()).filter(({ subjectId }) => subjectId === id);
    assert.deepEqual(
      [...new Set(events.map(({ actorKind, actorName, accountId }) => `${actorKind} ${actorName} ${accountId}`))],
      [`agent Guide ${bob.id}`],
    );
  });

  test('a rule that leaves the day to the start can be read again by every page', async () => {
    for (const recurrence of ['FREQ=WEEKLY', 'FREQ=MONTHLY', 'FREQ=YEARLY']) {
      const { id } = await called('create_event', { title: recurrence, starts: '2026-05-06', recurrence }, bob);
      await called('delete_event', { event: id }, bob);
    }
    await called('create_event', { title: 'Bare rule', starts: '2026-05-06', recurrence: 'FREQ=WEEKLY;COUNT=2' }, bob);
    assert.deepEqual(await daysIn('2026-05', 'Bare rule'), ['2026-05-06', '2026-05-13']);
  });

  test('what an agent gets wrong is refused in words', async () => {
    const fine = { title: 'X', starts: '2026-06-01T09:00' };
    await assert.rejects(
      called('create_event', { ...fine, recurrence: 'FREQ=SECONDLY' }, bob),
      /daily, weekly, monthly or yearly/,
    );
    await assert.rejects(called('create_event', { ...fine, timeZone: 'Moon' }, bob), /no such time zone/);
    await assert.rejects(called('create_event', { ...fine, ends: '2026-06-01' }, bob), /in the same way/);
    await assert.rejects(
      called('create_event', { ...fine, attendees: ['nobody'] }, bob),
      /Nobody here has the username/,
    );
    await assert.rejects(called('list_events', { from: '2026-01-01', to: '2026-12-31' }, bob), /at most 92 days/);
    assert.equal(toolNamed('create_event')?.prepare({ ...fine, starts: 'tomorrow' }).kind, 'unfit');
  });
});
