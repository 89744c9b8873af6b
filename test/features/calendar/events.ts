import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { act } from '../members/team.js';
import { acme, bob, change, guide, idOf, made, one, usual } from './stage.js';

describe('events on pages (AG-11)', () => {
  test('one is made by a form, stands in month, week and agenda, and has a page of its own', async () => {
    const address = await made({
      title: 'Budget',
      startDate: '2026-11-24',
      place: 'Room 4',
      description: 'Bring **numbers**.',
    });
    for (const view of ['', '&view=month', '&view=week', '&view=agenda']) {
      const { text, status } = await bob.person.get(`${acme.home}/calendar?date=2026-11-24${view}`);
      assert.equal(status, 200);
      assert.ok(text.includes(`href="${address}"`), view);
    }
    const { text } = await bob.person.get(address);
    for (const piece of [
      'Budget',
      'Room 4',
      '<strong>numbers</strong>',
      'Tue 24 November 2026, 09:00–10:00',
      '10:00–11:00, Europe/Berlin (UTC+01:00)',
    ]) {
      assert.ok(text.includes(piece), piece);
    }
    const events = (await acme.events()).filter(({ subjectId }) => subjectId === idOf(address));
    assert.deepEqual(
      events.map(({ event, category }) => [event, category]),
      [['calendar-event.created', 'calendar']],
    );
  });

  test('a chosen time zone is the one in which times are shown, from that page on', async () => {
    const address = await made({
      title: 'Late call',
      startDate: '2026-11-24',
      startTime: '23:30',
      endDate: '2026-11-25',
      endTime: '00:30',
    });
    const { status } = await act(acme, bob, '/calendar/preferences', { timeZone: 'Asia/Tokyo', weekStart: 'sunday' });
    assert.equal(status, 303);
    const { text } = await bob.person.get(address);
    assert.ok(text.includes('Wed 25 November 2026, 07:30–08:30'), text);
    const month = await bob.person.get(`${acme.home}/calendar?view=month&date=2026-11-01`);
    assert.match(month.text, /<thead>.*?Sun.*?Mon/s);
    assert.equal(
      (await act(acme, bob, '/calendar/preferences', { timeZone: 'Mars/Base', weekStart: 'sunday' })).status,
      422,
    );
  });

  test('what is wrong is said beside what was typed, which stays', async () => {
    const form = (fields: Record<string, string>) => act(acme, acme.owner, '/calendar/events', { ...usual, ...fields });
    const cases: [Record<string, string>, RegExp][] = [
      [{ title: '' }, /Give it a title/],
      [{ startDate: '2026-02-30' }, /day on which it starts/],
      [{ endDate: '2026-03-22' }, /end that is not before the start/],
      [{ timeZone: 'Europe/Nowhere' }, /Choose a time zone/],
      [{ repeat: 'week', ends: 'on' }, /Choose the last day/],
      [{ repeat: 'week', ends: 'on', until: '2026-03-01' }, /would never take place/],
      [{ attendees: guide.id }, /Choose members of this workspace/],
    ];
    for (const [fields, message] of cases) {
      const { status, text } = await form({ place: 'Kept here', ...fields });
      assert.equal(status, 422, JSON.stringify(fields));
      assert.match(text, message);
      assert.ok(text.includes('value="Kept here"'));
    }
  });

  test('texts of events run nowhere, and open no other host (AG-12)', async () => {
    const attack = '<img src=x onerror=alert(1)>"\'><script>alert(1)</script>';
    const address = await made({
      title: attack,
      place: attack,
      description: `${attack}\n\n![x](https://evil.example/x.png)`,
      startDate: '2026-07-01',
    });
    for (const page of [
      address,
      `${address}/edit`,
      `${address}/deletion`,
      `${acme.home}/calendar?date=2026-07-01`,
      `${acme.home}/calendar?view=week&date=2026-07-01`,
    ]) {
      const { text } = await acme.owner.person.get(page);
      assert.ok(!text.includes('<script>alert') && !text.includes('<img'), page);
    }
  });

  test('nothing of what an event says lies readable in the database', async () => {
    const address = await made({
      title: 'Zanzibar title',
      place: 'Zanzibar place',
      description: 'Zanzibar text',
      startDate: '2026-08-03',
      repeat: 'week',
    });
    await change(`${address}?on=2026-08-10`, '', {
      ...usual,
      title: 'Zanzibar once',
      startDate: '2026-08-10',
      scope: 'one',
    });
    for (const table of [
      'calendar_events',
      'calendar_occurrences',
      'calendar_versions',
      'audit_events',
      'notifications',
    ]) {
      const found = await one(
        `select count(*) from ${acme.tenantId}.${table} t where t::text ilike '%zanzibar%' or encode(convert_to(t::text, 'UTF8'), 'escape') ilike '%5a616e7a69626172%'`,
      );
      assert.equal(found, '0', table);
    }
    const search = (q: string) => acme.owner.person.get(`${acme.home}/calendar?q=${q}&date=2026-08-01`);
    assert.ok((await search('zanzibar')).text.includes(address));
    assert.ok(!(await search('unheard')).text.includes(address));
  });
});
