import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Agent } from '../../../src/features/agents/agent.js';
import { type FittingCall, toolNamed } from '../../../src/llm/tool.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { act, type Member, openTeam, type Team, until } from '../members/team.js';

let server: TestServer;
let acme: Team;
let bob: Member;
let anna: Member;
let guide: Pick<Agent, 'id' | 'name'>;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  bob = await acme.join('bob', 'member');
  anna = await acme.join('anna', 'admin');
  guide = { id: await one(`select id from ${acme.tenantId}.agents limit 1`), name: 'Guide' };
});
after(() => server?.close());

async function one(statement: string): Promise<string> {
  const { rows } = await server.database.admin.query(statement);
  return String(Object.values(rows[0] ?? {})[0]);
}

const usual = {
  title: 'Planning',
  startDate: '2026-03-23',
  startTime: '10:00',
  endTime: '11:00',
  timeZone: 'Europe/Berlin',
};

/** Makes an event by the form; answers its address. */
async function made(
  fields: Record<string, string>,
  { by = acme.owner, people = [] as Member[] } = {},
): Promise<string> {
  const body = new URLSearchParams({ ...usual, ...fields, _csrf: await by.person.token('/profile') });
  for (const { id } of people) body.append('attendees', id);
  const answer = await by.person.send(`${acme.home}/calendar/events`, {
    method: 'POST',
    body,
    headers: { Origin: by.person.origin },
  });
  assert.equal(answer.status, 303, answer.text);
  return answer.location;
}

const idOf = (address: string) => address.split('/').at(-1)?.split('?')[0] ?? '';
const versionOf = (address: string) =>
  one(`select version from ${acme.tenantId}.calendar_events where id = '${idOf(address)}'`);
const below = (address: string) => address.slice(acme.home.length);
const notices = async ({ id }: Member, kind: string) =>
  Number(
    await one(`select count(*) from ${acme.tenantId}.notifications where account_id = '${id}' and kind = '${kind}'`),
  );

async function change(address: string, noun: string, fields: Record<string, string>, by = acme.owner) {
  const [path, query = ''] = address.split('?');
  return act(acme, by, `${below(path ?? '')}${noun}${query && `?${query}`}`, {
    version: await versionOf(address),
    ...fields,
  });
}

/** The days on which a month shows something with this title, in order. */
async function daysIn(month: string, title: string, by = acme.owner): Promise<string[]> {
  const { text } = await by.person.get(`${acme.home}/calendar?view=agenda&date=${month}-01`);
  return text
    .split('<h3><a href="')
    .slice(1)
    .filter((day) => day.includes(`>${title}<`))
    .map(
      (day) =>
        `${/date=([\d-]+)/.exec(day)?.[1]}${/cancelled[^>]*>(?:(?!<\/a>).)*called off/s.test(day) ? ' off' : ''}`,
    );
}

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

/** What an agent's tool answers, in the transaction and with the rights that the gateway gives it. */
async function called(name: string, given: object, by: Member): Promise<Record<string, unknown>> {
  const tool = toolNamed(name) ?? assert.fail(name);
  const call = tool.prepare(given);
  assert.notEqual(call.kind, 'unfit', JSON.stringify(call));
  const onBehalfOf = { ...acme.context.actor, accountId: by.id, name: by.name };
  assert.equal(onBehalfOf.kind, 'member');
  const actor = { kind: 'agent', agentId: guide.id, name: guide.name, onBehalfOf } as TenantContext['actor'];
  const context: TenantContext = { ...acme.context, actor, trigger: 'chat' };
  const scope = { id: guide.id, signal: new AbortController().signal, knowledge: 'all' } as Parameters<
    Extract<FittingCall, { kind: 'reads' }>['run']
  >[1];
  if (call.kind === 'reads') return (await call.run(context, scope)).result as Record<string, unknown>;
  assert.equal(call.kind, 'writes');
  if (call.kind !== 'writes') return {};
  return inTenant(context, tool.permission, async (db) => {
    await call.target(db, context);
    return (await call.act(db, context, scope)).result as Record<string, unknown>;
  });
}

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

describe('reminders (AG-7)', () => {
  test('two workers and six tries tell everybody once, and a series is told of again (AG-7)', async () => {
    const { remind } = await import('../../../src/features/calendar/reminders/remind.js');
    const { startJobs } = await import('../../../src/jobs/runner.js');
    const begins = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 20 * 60_000).toISOString();
    const fields = {
      title: 'Soon',
      startDate: begins.slice(0, 10),
      startTime: begins.slice(11, 16),
      endDate: begins.slice(0, 10),
      endTime: '',
      timeZone: 'UTC',
      reminder: '30',
    };
    const address = await made({ ...fields, repeat: 'day' }, { people: [bob, anna] });
    await act(acme, anna, `${below(address)}/answer`, { answer: 'no' });
    assert.equal(await notices(bob, 'reminder'), 0);
    const runners = await Promise.all([startJobs(), startJobs()]);
    const actor = { kind: 'system', name: 'calendar.remind', may: ['calendar.update'] } as const;
    const context = { ...acme.context, actor, trigger: 'job' } as const;
    await Promise.all(Array.from({ length: 6 }, () => remind(context, idOf(address))));
    const waiting = `select count(*) from graphile_worker.jobs where task_identifier = 'tenant:calendar.remind' and run_at <= now()`;
    await until('the workers have nothing left to remind of', async () => (await one(waiting)) === '0');
    const told = async () => [
      await notices(acme.owner, 'reminder'),
      await notices(bob, 'reminder'),
      await notices(anna, 'reminder'),
    ];
    assert.deepEqual(await told(), [1, 1, 0], 'who declined is left alone');
    const next = await one(
      `select run_at at time zone 'utc' from graphile_worker.jobs where task_identifier = 'tenant:calendar.remind'`,
    );
    assert.ok(next, 'the next day waits');
    await remind(context, idOf(address), Date.parse(begins) + 23.6 * 3_600_000);
    assert.deepEqual(await told(), [2, 2, 0]);
    await Promise.all(runners.map((runner) => runner.stop()));
  });
});

describe('very many events (AG-11)', () => {
  test('a month of ten thousand events is found by the index over their spans', async () => {
    const { admin } = server.database;
    const { tenantId } = acme;
    await admin.query(`
      insert into ${tenantId}.calendar_events (
        id, account_id, title, description, place, visibility, all_day, starts, ends, time_zone, first_at, last_at
      )
      select gen_random_uuid(), account_id, title, description, place, 'team', false, starts, ends, time_zone, at, at + interval '1 hour'
      from (select * from ${tenantId}.calendar_events limit 1) e, generate_series(0, 9999) n,
        lateral (select timestamptz '2030-01-01' + n * interval '1 hour' as at) times
    `);
    await admin.query(`analyze ${tenantId}.calendar_events`);
    const { rows } = await admin.query(`
      explain select id from ${tenantId}.calendar_events e
      where e.span && tstzrange('2030-03-01', '2030-04-01', '[]')
    `);
    assert.match(JSON.stringify(rows), /calendar_events_span_idx/);
  });
});
