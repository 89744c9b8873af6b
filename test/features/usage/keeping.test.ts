import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { turnMeter } from '../../../src/features/usage/meter.js';
import { monthsKept } from '../../../src/features/usage/usage.js';
import { jobs, tenantJobs } from '../../../src/jobs/job.js';
import { nothingUsed } from '../../../src/llm/meter.js';
import { goodPassword } from '../accounts/people.js';
import { type Cast, eventsNamed, startCast } from '../conversations/cast.js';
import { systemOf } from '../decisions/asked.js';

let cast: Cast;
before(async () => {
  cast = await startCast();
});
after(() => cast?.close());

const query = async (statement: string, values: unknown[] = []) =>
  (await cast.server.database.admin.query(statement.replaceAll('acme.', `${cast.acme.id}.`), values)).rows;

const gone = { id: 'embedding:x', provider: 'embedding', model: 'x', label: 'X' };

async function called({ context, id: accountId } = cast.bob, choice = gone): Promise<void> {
  const meter = turnMeter(context, { accountId, agentId: null, purpose: 'index' });
  const settle = await meter.begin({ choice, inputTokens: 9, outputTokens: 0 });
  await settle('done', { ...nothingUsed, inputTokens: 7 });
}

test('calls are kept for a year and a month, and what is older goes, by a job of its month (AG-3, GV-1)', async () => {
  await called();
  const ordered = await query(
    `select j.run_at > now() + make_interval(months => $1) as later
     from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'tenant:usage.sweep' and j.payload->>'tenant' = $2 order by j.run_at`,
    [monthsKept + 1, cast.acme.id],
  );
  assert.deepEqual(ordered, [{ later: false }, { later: true }], 'one for what is old now, one for this month');
  await called();
  await query(
    `update acme.usage_calls set month = month - make_interval(months => $1)
     where id = (select min(id::text)::uuid from acme.usage_calls)`,
    [monthsKept + 1],
  );
  await query(
    `insert into acme.usage_calls select gen_random_uuid(), month - make_interval(months => $1), at, account_id, agent_id,
       purpose, provider, model, state, tokens_in, tokens_out, tokens_cached, tokens_cache_written, estimated, cost_micros,
       currency from acme.usage_calls where month > now() - interval '2 months'`,
    [monthsKept],
  );
  await query(`insert into acme.usage_totals (month, holder) values ('2020-01-01', $1)`, [cast.bob.id]);
  const job = tenantJobs.get('usage.sweep');
  const system = { ...systemOf(cast), actor: { kind: 'system', name: 'usage.sweep', may: job?.may ?? [] } as const };
  await job?.run(system, {});
  const months = `select (extract(year from age(date_trunc('month', now()), month)) * 12
    + extract(month from age(date_trunc('month', now()), month)))::int as ago from acme.usage_calls order by 1`;
  assert.deepEqual(await query(months), [{ ago: 0 }, { ago: monthsKept }]);
  assert.deepEqual(await query(`select from acme.usage_totals where month = '2020-01-01'`), []);
  const [swept] = await eventsNamed(cast, cast.acme, 'usage.swept');
  assert.equal(swept?.details.calls, 1);
});

test('a workspace that asks nothing any more is swept by the clock, and one that cannot be keeps no other from it (AG-3, GV-1)', async () => {
  await called();
  await called(cast.charlie);
  const old = `month - make_interval(months => ${monthsKept + 1})`;
  const globex = (statement: string) => query(statement.replaceAll('globex.', `${cast.globex.id}.`));
  await query(`update acme.usage_calls set month = ${old}`);
  await globex(`update globex.usage_calls set month = ${old}`);
  await query('delete from graphile_worker._private_jobs');
  const weekly = jobs.get('usage.sweeps');
  assert.match(weekly?.schedule ?? '', /^\d+ \d+ \* \* 0$/);
  // The first of them by id has lost its table, as one that is just being deleted.
  await query('alter table acme.usage_totals rename to usage_totals_gone');
  await weekly?.run({});
  await query('alter table acme.usage_totals_gone rename to usage_totals');
  assert.deepEqual(await globex('select from globex.usage_calls'), []);
  assert.ok((await query('select from acme.usage_calls')).length > 0);
  await weekly?.run({});
  assert.deepEqual(await query('select from acme.usage_calls'), []);
});

test('a model is called as the operator calls it, and by its id when it is not set up any more (AG-3)', async () => {
  const { configuredModels } = await import('../../../src/llm/router.js');
  const [choice] = configuredModels();
  assert.ok(choice && choice.label !== choice.id);
  await called(cast.bob, choice);
  await called(cast.bob);
  const { text } = await cast.alice.browser.get('/w/acme/usage');
  const table = text.slice(text.indexOf('By model'));
  assert.ok(table.includes(`${choice.label}<`), 'the label');
  assert.ok(!table.includes(choice.id));
  assert.match(table, /embedding:x/);
  const file = (await cast.alice.browser.get('/w/acme/usage/calls.csv')).text;
  assert.ok(file.includes(`"${choice.provider}","${choice.model}"`), 'the file keeps both as they are');
});

test('a document made searchable stands in the tables and the file without an agent (AG-3)', async () => {
  await called();
  assert.match((await cast.alice.browser.get('/w/acme/usage')).text, /Documents made searchable/);
  assert.match(
    (await cast.alice.browser.get('/w/acme/usage/calls.csv')).text,
    /"bob","[^"]+","","","index","embedding","x"/,
  );
  await query('update acme.usage_calls set account_id = null');
  assert.match((await cast.alice.browser.get('/w/acme/usage')).text, /Nobody, or a deleted account/);
});

test('a person finds their own use from every page, and takes it along with their data (AG-3, AC-9)', async () => {
  await called();
  await called(cast.alice);
  assert.match((await cast.bob.browser.get('/w/acme')).text, /href="\/w\/acme\/usage"/);
  const proof = { proof: 'password', proof_password: goodPassword };
  const { text } = await cast.bob.browser.submit('/profile/data', proof, '/profile/data/download');
  const calls = JSON.parse(text).workspaces[0].modelCalls;
  assert.equal(calls.length, 1, text.slice(0, 300));
  assert.deepEqual([calls[0].purpose, calls[0].model, calls[0].tokensIn], ['index', 'x', 7]);
});
