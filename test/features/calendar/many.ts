import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { acme, server } from './stage.js';

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
