import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { unzipSync } from 'fflate';
import { expireExport, writeExport } from '../../../src/features/exports/actions.js';
import { mailNotifications } from '../../../src/features/notifications/mail/digest.js';
import { enqueueMail, notify } from '../../../src/features/notifications/notify.js';
import { commandLine } from '../../../src/features/platform/operator.js';
import { resumeTenant, suspendTenant } from '../../../src/features/platform/tenants/actions.js';
import { startJobs } from '../../../src/jobs/runner.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { until } from '../../support/until.js';
import { type Cast, guideOf, startCast } from '../conversations/cast.js';
import { ask } from '../conversations/stream.js';
import { approve, deletionAsked, exists, rowOf, runNow } from '../decisions/asked.js';
import { approverIn } from '../decisions/people.js';

let cast: Cast;
let guide: string;
let dora: Awaited<ReturnType<typeof approverIn>>;
const rows = async (text: string, values: unknown[] = []) =>
  (await cast.server.database.admin.query(text, values)).rows;

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
  await rows(`update ${cast.acme.id}.agents set tools = '{delete_document}' where id = $1`, [guide]);
  dora = await approverIn(cast, 'dora');
});
after(() => cast?.close());

/** How many notifications somebody was mailed: the mail itself has left the outbox by then. */
async function mailedTo({ id, context }: Cast['bob']): Promise<number> {
  const counted = `select count(*) from ${context.tenant.id}.notifications where account_id = $1 and mailed_at is not null`;
  return Number((await rows(counted, [id]))[0].count);
}

/** A reminder that is to be mailed at once. */
async function remind(who: Cast['bob']): Promise<void> {
  const { tenant } = who.context;
  const system = { ...who.context, actor: { kind: 'system', name: 'reminders', may: ['workspace.read'] } } as const;
  await inTenant(system, 'workspace.read', async (db) => {
    const told = { subject: { kind: 'workspace', id: tenant.slug }, title: 'Fill the lamps', path: '/tasks' };
    await notify(db, system, { ...told, to: [who.id], kind: 'reminder' });
    await enqueueMail(db, who.id, 'now');
  });
}

const ofAcme = `
  from graphile_worker._private_jobs j
  join graphile_worker._private_tasks t on t.id = j.task_id
  where j.payload ->> 'tenant' = $1
`;

test('in a suspended workspace nothing is mailed and nothing runs; it waits, and happens when it is open again (MB-8)', async () => {
  await rows('delete from graphile_worker._private_jobs');
  const { id, path, document } = await deletionAsked(cast, cast.alice, guide);
  assert.equal((await approve(dora.browser, path)).status, 303);
  await remind(cast.bob);
  await remind(cast.charlie);
  const waiting = await rows(`select t.identifier as name, j.max_attempts as tries ${ofAcme} order by 1, 2`, [
    cast.acme.id,
  ]);
  assert.ok(waiting.some(({ name }) => name === 'tenant:decisions.run') && waiting.length >= 2);
  await suspendTenant(commandLine(), cast.acme.id, 'The invoice is open');
  await rows(`update graphile_worker._private_jobs set run_at = now() where payload ->> 'tenant' = $1`, [cast.acme.id]);
  const runner = await startJobs();
  try {
    const due = `select count(*) ${ofAcme} and (j.run_at <= now() or j.locked_at is not null)`;
    await until('all of it was put back', async () => Number((await rows(due, [cast.acme.id]))[0].count) === 0);
    await until('another workspace goes on', async () => (await mailedTo(cast.charlie)) === 1);
    assert.equal(await mailedTo(cast.bob), 0);
    assert.deepEqual([(await rowOf(cast, id)).status, await exists(cast, document)], ['approved', true]);
    const kept = await rows(`select t.identifier as name, j.max_attempts as tries ${ofAcme} order by 1, 2`, [
      cast.acme.id,
    ]);
    assert.deepEqual(kept, waiting, 'none was lost, none lost a try');
    await resumeTenant(commandLine(), cast.acme.id, 'The invoice is paid');
    await rows(`update graphile_worker._private_jobs set run_at = now() where payload ->> 'tenant' = $1`, [
      cast.acme.id,
    ]);
    await until('the mail left', async () => (await mailedTo(cast.bob)) === 1);
    await until('the call ran', async () => (await rowOf(cast, id)).status === 'done');
    assert.equal(await exists(cast, document), false);
  } finally {
    await runner.stop();
  }
});

test('an answer that is being written ends when its workspace is suspended, and none begins (MB-8)', async () => {
  cast.says({ text: ['Half an ', 'answer'], fault: { kind: 'hang', after: 2 } });
  const stream = await ask(cast.bob.browser, 'acme', { text: 'Begin.', agent: guide });
  await stream.until('text');
  const asked = cast.asked().length;
  await suspendTenant(commandLine(), cast.acme.id, 'The invoice is open');
  const running = `select count(*) from ${cast.acme.id}.messages where status = 'running'`;
  await until('it ended', async () => Number((await rows(running))[0].count) === 0);
  const before = Number((await rows(`select count(*) from ${cast.acme.id}.messages`))[0].count);
  const refused = await cast.bob.browser.submit('/profile', { text: 'Again?', agent: guide }, '/w/acme/conversations');
  assert.equal(refused.status, 403);
  assert.equal(Number((await rows(`select count(*) from ${cast.acme.id}.messages`))[0].count), before);
  assert.equal(cast.asked().length, asked, 'no model was asked');
  await resumeTenant(commandLine(), cast.acme.id, 'The invoice is paid');
});

test('when the trial has ended, what an agent was allowed to do is not done; reading, telling and taking away go on (MB-8)', async () => {
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  const { id, path, document } = await deletionAsked(cast, cast.alice, guide, 'Kept after all');
  assert.equal((await approve(dora.browser, path)).status, 303);
  const asked = cast.asked().length;
  const setTrial = async (at: string) => {
    await rows(`update shared.tenants set trial_ends_at = ${at} where id = $1`, [cast.acme.id]);
    for (const { id: account } of [cast.alice, cast.bob, dora]) forgetMemberships(account);
  };
  await setTrial(`now() - interval '1 minute'`);
  await runNow(cast, id);
  assert.deepEqual([(await rowOf(cast, id)).status, await exists(cast, document)], ['refused', true]);
  const { continueConversation } = await import('../../../src/features/decisions/running/continue.js');
  const actor = { kind: 'system', name: 'decisions.continue', may: ['decisions.update'] } as const;
  const system = { tenant: cast.acme, actor, trigger: 'job', requestId: 'test-job' } as const;
  await continueConversation(system, id);
  assert.equal(cast.asked().length, asked, 'the agent does not go on');
  assert.equal((await cast.bob.browser.get('/w/acme/knowledge')).status, 200);
  assert.equal((await cast.alice.browser.get('/w/acme/audit/export.csv')).status, 200);
  const own = await cast.bob.browser.submit('/profile/data', {}, '/profile/data/download');
  assert.ok(JSON.parse(own.text).workspaces[0].notifications.length > 0);
  const before = await mailedTo(cast.bob);
  await rows(`update ${cast.acme.id}.notifications set mailed_at = mailed_at - interval '1 hour'`);
  await remind(cast.bob);
  const mailing = { ...system, actor: { ...actor, may: ['workspace.read'] } } as const;
  await mailNotifications(mailing, { accountId: cast.bob.id, mail: 'now' });
  assert.equal(await mailedTo(cast.bob), before + 1, 'who is told something still hears of it');
  await setTrial('null');
});

test('an owner takes the whole workspace away as one file, after the trial, too; of others nothing private (GV-2, MB-8)', async () => {
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  const home = '/w/acme/settings/export';
  const send = (who: Cast['bob'], path: string, fields: Record<string, string> = {}) =>
    who.browser.submit('/profile', fields, path);
  const space = (await send(cast.alice, '/w/acme/spaces', { name: 'Plans', kind: 'team' })).location;
  await send(cast.alice, `${space}/pages`, { title: 'Über: the/plan', body: 'Buy lamps.' });
  const diary = (await send(cast.bob, '/w/acme/spaces', { name: 'Diary', kind: 'private' })).location;
  await send(cast.bob, `${diary}/pages`, { title: 'Confession', body: 'I broke the turbine.' });
  cast.says({ text: 'Answered.' });
  await (await ask(cast.bob.browser, 'acme', { text: 'A question of bob', agent: guide })).rest();
  await (await ask(cast.alice.browser, 'acme', { text: 'A question of alice', agent: guide })).rest();
  await send(cast.alice, '/w/acme/tasks', { title: 'Trim the wicks' });
  const day = { startDate: '2026-11-23', startTime: '10:00', endTime: '11:00', timeZone: 'Europe/Berlin' };
  const repeated = { ...day, title: 'Stand-up, daily', visibility: 'team' };
  assert.equal((await send(cast.alice, '/w/acme/calendar/events', repeated)).status, 303);
  await rows(`update shared.tenants set trial_ends_at = now() - interval '1 minute' where id = $1`, [cast.acme.id]);
  for (const { id } of [cast.alice, cast.bob, dora]) forgetMemberships(id);

  assert.equal((await send(dora, home)).status, 403, 'no admin');
  assert.equal((await send(cast.alice, home)).status, 303);
  const [{ id }] = await rows(`select id from ${cast.acme.id}.workspace_exports`);
  assert.equal((await cast.alice.browser.get(`${home}/${id}/file`)).status, 404, 'not before it is written');
  const actor = { kind: 'system', name: 'exports.write', may: ['workspace.delete'] } as const;
  const system = { tenant: cast.acme, actor, trigger: 'job', requestId: 'test-job' } as const;
  await writeExport(system, id);
  assert.match((await cast.alice.browser.get(home)).text, /Ready[\s\S]+Download/);
  const parts = await rows(`select body from ${cast.acme.id}.workspace_export_parts`);
  assert.ok(parts.length > 0 && parts.every(({ body }) => !body.includes('PK') || !body.includes('wicks')), 'sealed');
  const file = await fetch(`${cast.server.origin}${home}/${id}/file`, {
    headers: {
      cookie: `session=${cast.alice.browser.cookies.get('session')}`,
      'x-forwarded-for': cast.alice.browser.address,
    },
  });
  assert.equal(file.headers.get('content-type'), 'application/zip');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const [made] = await rows(`select digest, byte_size from ${cast.acme.id}.workspace_exports`);
  assert.deepEqual(
    [createHash('sha256').update(bytes).digest('hex'), bytes.length],
    [made.digest.toString('hex'), Number(made.byte_size)],
  );
  const held = unzipSync(bytes);
  const text = (path: string) => Buffer.from(held[path] ?? []).toString('utf8');
  const paths = Object.keys(held);
  assert.ok(
    paths.some((path) =>
      /^pages\/Plans-\w{8}\.pages\/U-ber-the-plan-\w{8}\.md$|^pages\/Plans-\w{8}\.pages\/Uber-the-plan-\w{8}\.md$/.test(
        path,
      ),
    ),
    paths.join(),
  );
  for (const path of ['workspace.json', 'agents.json', 'tasks.json', 'events.json', 'conversations.json'])
    JSON.parse(text(path));
  assert.match(text('tasks.json'), /Trim the wicks/);
  assert.match(
    text('calendar.ics'),
    /BEGIN:VEVENT[\s\S]+DTSTART;TZID=Europe\/Berlin:20261123T100000\r\n[\s\S]+SUMMARY:Stand-up\\, daily/,
  );
  assert.match(text('activity.csv'), /"workspace\.export-asked"/);
  assert.match(text('conversations.json'), /A question of alice/);
  const all = paths.map(text).join('\n');
  assert.doesNotMatch(all, /Confession|turbine|A question of bob|Diary/);
  for (const { path, sha256 } of JSON.parse(text('manifest.json')).files) {
    assert.equal(
      createHash('sha256')
        .update(held[path] ?? '')
        .digest('hex'),
      sha256,
      path,
    );
  }
  assert.equal(paths.length, JSON.parse(text('manifest.json')).files.length + 1);

  const owner = `update shared.memberships set role = $1 where account_id = $2`;
  await rows(owner, ['owner', dora.id]);
  forgetMemberships(dora.id);
  assert.equal((await dora.browser.get(`${home}/${id}/file`)).status, 404, 'another owner makes their own');
  await rows(`update ${cast.acme.id}.workspace_exports set expires_at = now()`);
  assert.equal((await cast.alice.browser.get(`${home}/${id}/file`)).status, 404, 'and it has an end');
  await expireExport(system, id);
  assert.deepEqual(await rows(`select 1 from ${cast.acme.id}.workspace_export_parts`), []);
});
