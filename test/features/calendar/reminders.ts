import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../support/until.js';
import { act } from '../members/team.js';
import { acme, anna, below, bob, idOf, made, notices, one } from './stage.js';

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
