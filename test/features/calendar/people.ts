import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { act } from '../members/team.js';
import { acme, anna, below, bob, called, change, idOf, made, notices, usual } from './stage.js';

describe('people (IS-5, AG-7)', () => {
  test('a private event is there for its owner and who is invited, and for nobody else: no admin, owner, agent or tool', async () => {
    const fields = { title: 'Doctor', visibility: 'private', startDate: '2026-09-02', description: 'Ask @anna too.' };
    const address = await made(fields, { by: bob, people: [] });
    const { id: event } = { id: idOf(address) };
    const before = await notices(anna, 'mention');
    for (const other of [acme.owner, anna]) {
      for (const page of ['', '/edit', '/cancellation', '/deletion']) {
        assert.equal((await other.person.get(`${address}${page}`)).status, 404, page);
      }
      for (const noun of ['', '/answer', '/cancellation', '/restoration', '/undo', '/deletion']) {
        const answer = await act(acme, other, `${below(address)}${noun}`, {
          ...usual,
          version: '1',
          scope: 'all',
          answer: 'going',
        });
        assert.equal(answer.status, 404, noun);
      }
      for (const query of ['date=2026-09-02', 'view=week&date=2026-09-02', 'q=doctor&date=2026-09-01']) {
        const { text } = await other.person.get(`${acme.home}/calendar?${query}`);
        assert.ok(!text.includes(event) && !text.includes('>Doctor<'), query);
      }
      const listed = await called('list_events', { from: '2026-09-01', to: '2026-09-30' }, other);
      assert.ok(!JSON.stringify(listed).includes(event));
      for (const tool of ['read_event', 'update_event', 'cancel_event', 'delete_event']) {
        await assert.rejects(called(tool, { event, title: 'Mine' }, other), /nothing at this address/, tool);
      }
    }
    assert.equal(await notices(anna, 'mention'), before, 'a name in it tells nobody who may not see it');
    assert.ok(
      JSON.stringify(await called('list_events', { from: '2026-09-01', to: '2026-09-30' }, bob)).includes(event),
    );

    const shared = await change(address, '', { ...usual, ...fields, attendees: anna.id, scope: 'all' }, bob);
    assert.equal(shared.status, 303, shared.text);
    assert.equal((await anna.person.get(address)).status, 200);
    assert.equal(
      (await change(address, '/cancellation', { scope: 'all' }, anna)).status,
      403,
      'she may come, not change it',
    );
    assert.equal((await acme.owner.person.get(address)).status, 404);
  });

  test('who is invited is told, answers, and is asked again when it moves', async () => {
    const [before, owners] = [await notices(anna, 'assigned'), await notices(acme.owner, 'assigned')];
    const address = await made({ title: 'Together' }, { people: [anna, acme.owner] });
    assert.deepEqual(
      [await notices(anna, 'assigned'), await notices(acme.owner, 'assigned')],
      [before + 1, owners],
      'nobody is told of what they do',
    );
    assert.equal((await act(acme, anna, `${below(address)}/answer`, { answer: 'going' })).status, 303);
    assert.match((await bob.person.get(address)).text, /anna<\/bdi> <span[^>]*>Going/);
    assert.equal((await act(acme, bob, `${below(address)}/answer`, { answer: 'going' })).status, 404);
    assert.equal((await act(acme, anna, `${below(address)}/answer`, { answer: 'perhaps' })).status, 422);
    await change(address, '', { ...usual, title: 'Together', startTime: '09:00', attendees: anna.id, scope: 'all' });
    assert.equal(await notices(anna, 'assigned'), before + 2);
    assert.match((await bob.person.get(address)).text, /anna<\/bdi> <span[^>]*>No answer yet/);
  });

  test('only its owner takes an event away from the others’ eyes', async () => {
    const address = await made({ title: 'Ours' });
    const hidden = { ...usual, title: 'Ours', visibility: 'private', scope: 'all' };
    const refused = await change(address, '', hidden, bob);
    assert.equal(refused.status, 422);
    assert.match(refused.text, /Only its owner can change who sees/);
    assert.equal((await change(address, '', hidden)).status, 303);
    assert.equal((await bob.person.get(address)).status, 404);
  });
});
