import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { act, type Member } from '../members/team.js';
import { acme, below, bob, change, daysIn, idOf, made, usual } from './stage.js';

describe('series (AG-11)', () => {
  const weekly = { repeat: 'week', weekdays: '0', ends: 'after', count: '5' };

  test('it stays at ten by the clock over the change of clocks, and ends after its number', async () => {
    const address = await made({ title: 'Clock', ...weekly });
    assert.deepEqual(await daysIn('2026-03', 'Clock'), ['2026-03-23', '2026-03-30']);
    const times = async (on: string) =>
      /(\d\d:\d\d–\d\d:\d\d)/.exec((await acme.owner.person.get(`${address}?on=${on}`)).text)?.[1];
    assert.deepEqual([await times('2026-03-23'), await times('2026-03-30')], ['09:00–10:00', '08:00–09:00']);
    assert.equal((await acme.owner.person.get(`${address}?on=2026-04-27`)).status, 404);
  });

  test('one occurrence is changed and called off by itself, and is brought back', async () => {
    const address = await made({ title: 'Single', ...weekly });
    const fields = { ...usual, title: 'Single, later', startDate: '2026-03-31', scope: 'one' };
    const saved = await change(`${address}?on=2026-03-30`, '', fields);
    assert.equal(saved.status, 303, saved.text);
    assert.deepEqual(
      [await daysIn('2026-03', 'Single'), await daysIn('2026-03', 'Single, later')],
      [['2026-03-23'], ['2026-03-31']],
    );
    assert.equal((await change(`${address}?on=2026-04-06`, '/cancellation', { scope: 'one' })).status, 303);
    assert.deepEqual(await daysIn('2026-04', 'Single'), ['2026-04-06 off', '2026-04-13', '2026-04-20']);
    for (const on of ['2026-03-30', '2026-04-06'])
      assert.equal((await change(`${address}?on=${on}`, '/restoration', { scope: 'one' })).status, 303);
    assert.deepEqual(await daysIn('2026-03', 'Single'), ['2026-03-23', '2026-03-30']);
    assert.deepEqual(await daysIn('2026-04', 'Single'), ['2026-04-06', '2026-04-13', '2026-04-20']);
  });

  test('this and all that follow become a series of their own, and undo makes one of them again', async () => {
    const address = await made({ title: 'Split', ...weekly });
    await change(`${address}?on=2026-04-13`, '/cancellation', { scope: 'one' });
    const fields = {
      ...usual,
      ...weekly,
      title: 'Split off',
      startDate: '2026-04-06',
      startTime: '15:00',
      endTime: '16:00',
      scope: 'following',
    };
    const rest = await change(`${address}?on=2026-04-06`, '', fields);
    assert.equal(rest.status, 303, rest.text);
    assert.notEqual(idOf(rest.location), idOf(address));
    assert.deepEqual(await daysIn('2026-03', 'Split'), ['2026-03-23', '2026-03-30']);
    assert.deepEqual(
      await daysIn('2026-04', 'Split off'),
      ['2026-04-06', '2026-04-13 off', '2026-04-20'],
      'five times means five',
    );
    assert.deepEqual(await daysIn('2026-04', 'Split'), []);
    assert.equal((await change(address, '/undo', {})).status, 303);
    assert.deepEqual(await daysIn('2026-04', 'Split'), ['2026-04-06', '2026-04-13 off', '2026-04-20']);
    assert.equal((await acme.owner.person.get(rest.location)).status, 404);
  });

  test('all of it moves with one that is moved, and keeps what still fits', async () => {
    const address = await made({ title: 'Moving', ...weekly });
    const fields = { ...usual, ...weekly, title: 'Moving', startDate: '2026-04-07', scope: 'all' };
    assert.equal((await change(`${address}?on=2026-04-06`, '', fields)).status, 303);
    assert.deepEqual(await daysIn('2026-04', 'Moving'), ['2026-04-07', '2026-04-14', '2026-04-21']);
    assert.equal((await change(`${address}?on=2026-04-14`, '/cancellation', { scope: 'following' })).status, 303);
    assert.deepEqual(await daysIn('2026-04', 'Moving'), ['2026-04-07']);
    assert.equal((await change(address, '/cancellation', { scope: 'all' })).status, 303);
    assert.deepEqual(await daysIn('2026-04', 'Moving'), ['2026-04-07 off']);
    assert.equal(
      (await change(`${address}?on=2026-04-07`, '', fields)).status,
      409,
      'what is called off is brought back first',
    );
    assert.equal((await change(address, '/restoration', { scope: 'all' })).status, 303);
    assert.equal((await change(address, '/deletion', {})).status, 303);
    assert.deepEqual(await daysIn('2026-04', 'Moving'), []);
  });

  test('who saves over a change that they have not seen is told, and keeps what they typed', async () => {
    const address = await made({ title: 'Contested' });
    const edit = (title: string, by: Member) =>
      act(acme, by, below(address), { ...usual, title, version: '1', scope: 'all' });
    assert.equal((await edit('Bob was first', bob)).status, 303);
    const { status, text } = await edit('Alice was second', acme.owner);
    assert.equal(status, 409);
    assert.ok(text.includes('Somebody changed this event') && text.includes('value="Alice was second"'));
    const stale = await act(acme, acme.owner, `${below(address)}/deletion`, { version: '1' });
    assert.equal(stale.status, 409);
    assert.ok((await acme.owner.person.get(address)).text.includes('Bob was first'));
  });
});
