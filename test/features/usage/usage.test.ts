import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { Failure } from '../../../src/errors.js';
import { turnMeter } from '../../../src/features/usage/meter.js';
import type { Counted } from '../../../src/llm/meter.js';
import { until } from '../../support/until.js';
import { type Cast, eventsNamed, guideOf, type Member, startCast } from '../conversations/cast.js';
import { ask, textOf } from '../conversations/stream.js';

// 11 tokens in and 7 out, as the provider of the tests counts, cost 39 millionths.
process.env.MODEL_PRICES = '{"currency":"EUR","models":{"compatible:default":{"in":1,"out":4}}}';

let cast: Cast;
let guide: string;
before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
});
after(() => cast?.close());

const query = async (statement: string, values: unknown[] = []) =>
  (await cast.server.database.admin.query(statement.replaceAll('acme.', `${cast.acme.id}.`), values)).rows;
beforeEach(() => query('truncate acme.usage_calls, acme.usage_totals, acme.usage_limits, acme.notifications'));

const limit = (holder: string, { tokens, micros }: { tokens?: number; micros?: number }) =>
  query('insert into acme.usage_limits (holder, tokens, cost_micros) values ($1, $2, $3)', [holder, tokens, micros]);
const totals = async () =>
  Object.fromEntries((await query('select * from acme.usage_totals')).map((row) => [row.holder, row]));

const choice = { id: 'compatible:default', provider: 'compatible', model: 'default', label: 'Own' } as const;
const call = { choice, inputTokens: 600, outputTokens: 400 };
const counted = (inputTokens: number, outputTokens: number): Counted => ({
  ...{ inputTokens, outputTokens, cachedTokens: 0, cacheWrites: 0, estimated: false },
});
const meterOf = ({ context, id: accountId }: Member, most?: number) =>
  turnMeter(context, { accountId, agentId: guide, purpose: 'chat', most });

async function refused(asking: Promise<unknown>): Promise<string> {
  const error: unknown = await asking.catch((reason: unknown) => reason);
  assert.ok(error instanceof Failure, `not refused: ${error}`);
  return error.message;
}

test('fifty calls at once take no more than the workspace has, and each is written down (AG-3, AG-6)', async () => {
  await limit('workspace', { tokens: 10_500 });
  const people = [cast.alice, cast.bob];
  const begun = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => meterOf(people[index % 2] ?? cast.bob).begin(call)),
  );
  const through = begun.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(through.length, 10, 'as many as fit with all that they may come to');
  assert.equal((await totals()).workspace.tokens, 10_000);
  await Promise.all(through.map((settle) => settle('done', counted(50, 50))));
  const sums = await totals();
  assert.equal(sums.workspace.tokens, 1_000);
  assert.equal(sums[cast.alice.id].tokens + sums[cast.bob.id].tokens, 1_000);
  const [rows] = await query(
    `select count(*)::int as count, sum(cost_micros)::int as cost from acme.usage_calls where state = 'done'`,
  );
  assert.deepEqual(rows, { count: 10, cost: 10 * (50 + 200) });
  assert.equal(sums.workspace.cost_micros, 2_500);
});

test('of two calls that are judged at the same moment the second sees what the first took (AG-6)', async () => {
  await limit('workspace', { tokens: 1_500 });
  await query(
    `insert into acme.usage_totals (month, holder)
    select date_trunc('month', now() at time zone 'UTC')::date, unnest($1::text[])`,
    [['workspace', cast.alice.id, cast.bob.id]],
  );
  const { admin } = cast.server.database;
  await admin.query('begin');
  await query(`select from acme.usage_totals where holder = 'workspace' for update`);
  const both = Promise.allSettled([cast.alice, cast.bob].map((who) => meterOf(who).begin(call)));
  await until('both wait for the row', async () => {
    await query('select pg_stat_clear_snapshot()');
    const [row] = await query(
      `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return row.count === 2;
  });
  await admin.query('commit');
  assert.deepEqual((await both).map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a limit of each person stops that person only, and one of their own counts instead (AG-6)', async () => {
  await limit('everybody', { tokens: 1_500 });
  await meterOf(cast.bob).begin(call);
  const said = await refused(meterOf(cast.bob).begin(call));
  assert.match(
    said,
    /^You have used what a month allows: what is left of 1,500 tokens is not enough for this answer\./,
  );
  assert.match(said, /There is more on 1 \w+ \d{4}\. For more before that, ask an admin of this workspace\.$/);
  await meterOf(cast.alice).begin(call);
  await limit(cast.bob.id, { tokens: 3_000 });
  await meterOf(cast.bob).begin(call);
  assert.equal((await totals())[cast.bob.id].tokens, 2_000);
});

test('what the operator allows is named as the operator’s, and the stricter of both counts (AG-3)', async () => {
  const tenant = { ...cast.acme, quotas: { tokensPerMonth: 900, costPerMonth: 1_000_000 } };
  const context = { ...cast.bob.context, tenant };
  await limit('workspace', { tokens: 5_000 });
  const said = await refused(meterOf({ ...cast.bob, context }).begin(call));
  assert.match(said, /^This workspace has used .* 900 tokens .* ask whoever runs this installation\.$/);
  assert.deepEqual(await query('select id from acme.usage_calls'), [], 'what is not made is not counted');
});

test('money stops at the limit, and a model without a price is not asked under one (AG-3, AG-6)', async () => {
  await limit('workspace', { micros: 3_000 });
  const settle = await meterOf(cast.bob).begin(call);
  assert.equal((await totals()).workspace.cost_micros, 600 + 4 * 400);
  assert.match(await refused(meterOf(cast.alice).begin(call)), /what is left of €0\.0030 is not enough/);
  await settle('stopped', counted(600, 10));
  assert.equal((await totals()).workspace.cost_micros, 640);
  await meterOf(cast.alice).begin(call);
  const unknown = { ...call, choice: { ...choice, id: 'compatible:other', model: 'other' } };
  assert.match(await refused(meterOf(cast.bob).begin(unknown)), /other has no price here/);
  await query('truncate acme.usage_limits');
  await (await meterOf(cast.bob).begin(unknown))('done', counted(5, 5));
  const [row] = await query(`select cost_micros, tokens_in from acme.usage_calls where model = 'other'`);
  assert.deepEqual(row, { cost_micros: null, tokens_in: 5 });
});

test('the calls of one answer together stay within its money (AG-6)', async () => {
  const meter = meterOf(cast.bob, 2_300);
  await (await meter.begin(call))('done', counted(100, 50));
  assert.match(await refused(meter.begin({ ...call, inputTokens: 601 })), /more than one of this agent may/);
  await (await meter.begin({ ...call, outputTokens: 100 }))('done', counted(100, 50));
  assert.match(await refused(meter.begin({ ...call, choice: { ...choice, id: 'other' } })), /has no price here/);
});

test('a call whose process died stays at the most that it can have come to (AG-6)', async () => {
  const settle = await meterOf(cast.bob).begin(call);
  assert.equal((await totals()).workspace.tokens, 1_000);
  for (const used of [10, 900]) await settle('done', counted(used, used));
  assert.equal((await totals()).workspace.tokens, 20, 'settled once');
});

test('whoever looks after a workspace is told at 80 %, once a month, and a person of their own (AG-3)', async () => {
  await limit('workspace', { tokens: 5_000 });
  await limit(cast.bob.id, { tokens: 4_500 });
  const told = () =>
    query(
      `select account_id, count(*)::int as count from acme.notifications where kind = 'usage' group by 1 order by 2, 1`,
    );
  const use = async () => (await meterOf(cast.bob).begin({ ...call, inputTokens: 100 }))('done', counted(500, 500));
  for (let calls = 1; calls <= 3; calls += 1) await use();
  assert.deepEqual(await told(), []);
  await use();
  const both = [cast.alice.id, cast.bob.id].map((id) => ({ account_id: id, count: 1 }));
  assert.deepEqual(new Set(await told()), new Set(both));
  await (await meterOf(cast.bob).begin({ ...call, outputTokens: 100, inputTokens: 100 }))('done', counted(1, 1));
  assert.deepEqual(new Set(await told()), new Set(both));
  const warned = (await eventsNamed(cast, cast.acme, 'usage.warned')).slice(-2).map(({ details }) => details.of);
  assert.deepEqual(new Set(warned), new Set(['workspace', cast.bob.id]));
});

test('a month begins by the clock of the workspace, and what the last one used is not counted (AG-3)', async () => {
  await limit('workspace', { tokens: 1_500 });
  await meterOf(cast.bob).begin(call);
  await refused(meterOf(cast.bob).begin(call));
  // As if the month were over: what was used belongs to the one before.
  await query(`update acme.usage_totals set month = month - interval '1 month'`);
  await meterOf(cast.bob).begin(call);
  await query(
    `insert into acme.settings (id, time_zone) values ('workspace', 'Pacific/Kiritimati') on conflict (id) do update set time_zone = excluded.time_zone`,
  );
  await query('truncate acme.usage_totals');
  await meterOf(cast.bob).begin(call);
  const [row] = await query(
    `select month = date_trunc('month', now() at time zone 'Pacific/Kiritimati')::date as there from acme.usage_totals limit 1`,
  );
  assert.equal(row.there, true);
});

test('a chat is counted, a refused one says why in the thread and asks nobody (AG-3, AG-6)', async () => {
  cast.says({ text: 'Hello.' });
  await (await ask(cast.bob.browser, 'acme', { text: 'Hi?', agent: guide })).rest();
  const columns = 'account_id, agent_id, purpose, provider, model, state, tokens_in, tokens_out, cost_micros, currency';
  assert.deepEqual(await query(`select ${columns} from acme.usage_calls`), [
    {
      ...{ account_id: cast.bob.id, agent_id: guide, purpose: 'chat', provider: 'compatible', model: 'default' },
      ...{ state: 'done', tokens_in: 11, tokens_out: 7, cost_micros: 39, currency: 'EUR' },
    },
  ]);
  cast.says({ fault: { kind: 'status', status: 500 } });
  await (await ask(cast.bob.browser, 'acme', { text: 'Hi?', agent: guide })).rest();
  const [failed] = await query(`select tokens_in, cost_micros from acme.usage_calls where state = 'failed'`);
  assert.deepEqual(failed, { tokens_in: 0, cost_micros: 0 });
  await limit('everybody', { tokens: 60 });
  const asked = cast.asked().length;
  const events = await (await ask(cast.bob.browser, 'acme', { text: 'Hi?', agent: guide })).rest();
  assert.match(JSON.stringify(events.at(-1)?.data), /You have used what a month allows/);
  assert.equal(textOf(events), '');
  assert.equal(cast.asked().length, asked);
});

test('alice sees what everybody used, bob his own, charlie nothing of it (AG-3, IS-5)', async () => {
  assert.match((await cast.alice.browser.get('/w/acme/usage')).text, /Nothing was asked in/);
  await (await meterOf(cast.alice).begin(call))('done', counted(1_000_000, 234));
  await (await meterOf(cast.bob).begin(call))('done', counted(50, 5));
  const all = (await cast.alice.browser.get('/w/acme/usage')).text;
  assert.match(all, /By person[\s\S]*alice[\s\S]*1,000,234[\s\S]*€1\.00[\s\S]*bob/);
  for (const group of ['By day', 'By agent', 'By model']) assert.match(all, new RegExp(group));
  const own = (await cast.bob.browser.get('/w/acme/usage')).text;
  assert.match(own, /<dd>1<\/dd>[\s\S]*<dd>50<\/dd>/);
  assert.doesNotMatch(own, /1,000,234|By person|Limits for a month/);
  const csv = await cast.bob.browser.get('/w/acme/usage/calls.csv');
  assert.match(csv.headers.get('content-type') ?? '', /text\/csv/);
  const lines = csv.text.trim().split('\r\n');
  assert.equal(lines.length, 2);
  assert.match(
    lines[1] ?? '',
    /"bob","[^"]+","Guide","[^"]+","chat","compatible","default","done","50","5","0","0","no","0.00007","EUR"/,
  );
  assert.equal((await cast.alice.browser.get('/w/acme/usage/calls.csv')).text.trim().split('\r\n').length, 3);
  assert.equal((await cast.charlie.browser.get('/w/acme/usage')).status, 404);
  assert.ok((await eventsNamed(cast, cast.acme, 'usage.exported')).length >= 2);
});

test('limits are set by who may change settings, audited, and shown with what is used (AG-3, AU-1)', async () => {
  const page = '/w/acme/usage';
  const set = (fields: Record<string, string>, action = 'limits', who = cast.alice) =>
    who.browser.submit(page, { zone: 'UTC', ...fields }, `${page}/${action}`);
  const wrong = await set({ volume: 'many', cost: '1.2.3', eachVolume: '7', zone: 'Nowhere' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /Write a whole number[\s\S]*Write an amount such as 12\.50/);
  assert.match(wrong.text, /value="7"/);
  assert.equal((await set({ volume: '2000000', cost: '12,50', eachCost: '3', zone: 'Europe/Zurich' })).status, 303);
  await (await meterOf(cast.bob).begin(call))('done', counted(500_000, 0));
  const shown = (await cast.alice.browser.get(page)).text;
  assert.match(shown, /500,000 tokens of 2,000,000 tokens[\s\S]*€0\.50 of €12\.50[\s\S]*Europe\/Zurich/);
  assert.match(shown, /value="12\.5"/);
  assert.equal((await set({ person: newId(), personCost: '1' }, 'people')).status, 422);
  assert.equal((await set({ person: cast.bob.id, personVolume: '5' }, 'people')).status, 303);
  assert.match(await refused(meterOf(cast.bob).begin(call)), /5 tokens/);
  assert.equal((await set({ person: cast.bob.id }, 'people')).status, 303);
  await meterOf(cast.bob).begin(call);
  const token = await cast.bob.browser.token('/w/acme/conversations/new');
  assert.equal((await cast.bob.browser.post(`${page}/limits`, { _csrf: token, zone: 'UTC' })).status, 403);
  const [event] = await eventsNamed(cast, cast.acme, 'settings.limits-changed');
  assert.deepEqual(
    [event?.account_id, event?.details.tokens, event?.details.costMicros],
    [cast.alice.id, 2_000_000, 12_500_000],
  );
  assert.equal((await eventsNamed(cast, cast.acme, 'settings.member-limit-changed')).length, 2);
});
