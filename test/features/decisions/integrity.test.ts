import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { until } from '../../support/until.js';
import { addDocument, type Cast, guideOf, type Member, startCast } from '../conversations/cast.js';
import { approve, askedFor, deletionAsked, digestOn, exists, rowOf, runNow, sent, systemOf } from './asked.js';
import { approverIn, setPolicy } from './people.js';

let cast: Cast;
let guide: string;
let dora: Member;
let fred: Member;
const admin = (text: string, values: unknown[] = []) => cast.server.database.admin.query(text, values);

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
  const tools = '{delete_document,delete_page,delete_task,delete_event,pay_once}';
  await admin(`update ${cast.acme.id}.agents set tools = $1 where id = $2`, [tools, guide]);
  dora = await approverIn(cast, 'dora');
  fred = await approverIn(cast, 'fred');
});
after(() => cast?.close());

const payment = (to: string, amount = 5) =>
  askedFor(cast, cast.alice, { name: 'pay_once', arguments: { to, amount }, agent: guide });
const paid = (name: string) => sent.filter(({ to }) => to === name).length;
const statusOf = async (id: string) => (await rowOf(cast, id)).status;

async function role(who: Member, value: 'admin' | 'member' | 'none'): Promise<void> {
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  await admin('delete from shared.memberships where account_id = $1', [who.id]);
  if (value !== 'none') {
    const row = `insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, $3)`;
    await admin(row, [cast.acme.id, who.id, value]);
  }
  forgetMemberships(who.id);
}

test('whose approver was demoted or removed before it ran waits for somebody else, and runs with their yes (AG-6)', async () => {
  for (const fate of ['member', 'none'] as const) {
    const { id, path } = await payment(`demoted-${fate}`);
    await approve(dora.browser, path);
    await role(dora, fate);
    await runNow(cast, id);
    assert.equal(await statusOf(id), 'waiting', fate);
    assert.equal((await fred.browser.get(path)).status, 200);
    assert.match((await fred.browser.get('/w/acme/inbox')).text, new RegExp(id));
    await approve(fred.browser, path);
    await runNow(cast, id);
    await runNow(cast, id);
    assert.deepEqual([await statusOf(id), paid(`demoted-${fate}`)], ['done', 1]);
    const { rows } = await admin(`select event from ${cast.acme.id}.audit_events where subject_id = $1 order by id`, [
      id,
    ]);
    const events = rows.map(({ event }) => event);
    assert.deepEqual(events, ['decision.asked', 'decision.approved', 'decision.reopened', 'decision.approved']);
    await role(dora, 'admin');
  }
});

test('of one that went back only the approvals that still hold count, and its time runs on (AG-6)', async () => {
  await setPolicy(cast, { second: 'risky' });
  const { id, path } = await payment('half');
  await approve(dora.browser, path);
  await approve(fred.browser, path);
  await role(dora, 'member');
  await runNow(cast, id);
  assert.equal(await statusOf(id), 'waiting');
  assert.match((await fred.browser.get(path)).text, /1 of 2/);
  const digest = await digestOn(cast.alice.browser, path).catch(() => '');
  assert.equal(digest, '', 'who asked is not one of the two');
  await role(dora, 'admin');
  assert.equal((await approve(dora.browser, path)).status, 303, 'she may again, and says so again');
  await runNow(cast, id);
  assert.deepEqual([await statusOf(id), paid('half')], ['done', 1]);

  await setPolicy(cast, {});
  const late = await payment('late');
  await approve(dora.browser, late.path);
  await role(dora, 'member');
  await admin(`update ${cast.acme.id}.decisions set expires_at = now() - interval '1 second' where id = $1`, [late.id]);
  await runNow(cast, late.id);
  const { expireDecision } = await import('../../../src/features/decisions/running/expire.js');
  await expireDecision(systemOf(cast), late.id);
  await role(dora, 'admin');
  assert.deepEqual([await statusOf(late.id), paid('late')], ['expired', 0]);
});

test('two are two people: not the same one twice, not who asked, not by leaving it to each other (AG-6)', async () => {
  await setPolicy(cast, { limit: '100' });
  const { id, path } = await payment('two', 101);
  const digest = await digestOn(dora.browser, path);
  const says = (who: Member) => who.browser.submit('/w/acme/inbox', { digest }, `${path}/approval`);
  const leaves = (who: Member, to: Member) => who.browser.submit(path, { to: to.id }, `${path}/delegation`);
  assert.equal((await says(dora)).status, 303);
  assert.equal((await leaves(dora, cast.alice)).status, 422, 'who asked cannot be asked');
  assert.equal((await leaves(fred, dora)).status, 303);
  assert.equal((await says(dora)).status, 409, 'once more is not twice');
  assert.equal((await says(cast.alice)).status, 403);
  await runNow(cast, id);
  assert.deepEqual([await statusOf(id), paid('two')], ['waiting', 0]);
  assert.equal((await says(fred)).status, 303);
  await runNow(cast, id);
  assert.deepEqual([await statusOf(id), paid('two')], ['done', 1]);
  // Asked for more approvals after it had enough.
  await setPolicy(cast, {});
  const later = await payment('stricter');
  await approve(dora.browser, later.path);
  await setPolicy(cast, { second: 'always' });
  await runNow(cast, later.id);
  await setPolicy(cast, {});
  assert.deepEqual([await statusOf(later.id), paid('stricter')], ['waiting', 0]);
});

test('what it acts upon is held from the last look to the act: a change under way is waited for, and seen (AG-6)', async () => {
  const { createSpace } = await import('../../../src/features/spaces/actions.js');
  const { createPage } = await import('../../../src/features/pages/actions.js');
  const { createTask } = await import('../../../src/features/tasks/actions.js');
  const { toolNamed } = await import('../../../src/llm/tool.js');
  const { inTenant } = await import('../../../src/tenancy/in-tenant.js');
  const { context } = cast.alice;
  const spaceId = await createSpace(context, { name: 'Open', description: '', kind: 'team' });
  const event = toolNamed('create_event')?.prepare({ title: 'Launch', starts: '2030-01-01' });
  assert.ok(event?.kind === 'writes');
  const scope = { id: 'x', signal: AbortSignal.timeout(9999), knowledge: 'all' } as const;
  const made = await inTenant(context, 'calendar.create', (db) => event.act(db, context, scope));
  const rest = { description: '', status: 'todo', priority: 'none', assignee: null, due: null, labels: [] } as const;
  const things = {
    documents: ['delete_document', 'document', await addDocument(cast.alice, 'Raced', 'Text.')],
    pages: ['delete_page', 'page', await createPage(context, { spaceId, parentId: null, title: 'Raced', body: '' })],
    tasks: ['delete_task', 'task', await createTask(context, { title: 'Raced', ...rest })],
    calendar_events: ['delete_event', 'event', String((made.result as { id: string }).id)],
  } as const;
  for (const [table, [name, argument, thing]] of Object.entries(things)) {
    const { id, path } = await askedFor(cast, cast.alice, { name, arguments: { [argument]: thing }, agent: guide });
    await approve(dora.browser, path);
    const somebody = new pg.Client(cast.server.database.url);
    await somebody.connect();
    await somebody.query(`begin; update ${cast.acme.id}.${table} set version = version + 1 where id = '${thing}'`);
    const running = runNow(cast, id);
    const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await until(`${name} waits`, async () => ((await admin(waits)).rowCount ?? 0) > 0);
    await somebody.query('commit');
    await somebody.end();
    await running;
    assert.equal(await statusOf(id), 'refused', name);
    assert.equal((await admin(`select from ${cast.acme.id}.${table} where id = $1`, [thing])).rowCount, 1, name);
  }
});

test('an approval is for one thing: another one in its arguments must be asked for again (AG-6)', async () => {
  const { id, path, document } = await deletionAsked(cast, cast.alice, guide);
  const other = await addDocument(cast.alice, 'Another', 'Text.');
  const digest = await digestOn(dora.browser, path);
  const given = JSON.stringify({ document: other });
  const { status, text } = await dora.browser.submit(path, { digest, arguments: given }, `${path}/edited-approval`);
  assert.equal(status, 422);
  assert.match(text, /not what it is done to/);
  assert.deepEqual(
    [await statusOf(id), await exists(cast, other), await exists(cast, document)],
    ['waiting', true, true],
  );
});
