import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { eventsNamed } from '../conversations/cast.js';
import { approve, askedFor, exists, rowOf, runNow, sent, systemOf, trouble } from './asked.js';
import { setPolicy } from './people.js';
import { admin, cast, deletion, dora, eventsAbout, guide } from './stage.js';

test('an approved call runs once with the rights of who asked, and the agent goes on (AG-6, AU-1)', async () => {
  const { id, path, document, callId, conversation } = await deletion('To be deleted');
  cast.says({ text: 'It is gone now.' });
  assert.equal((await approve(dora.browser, path)).status, 303);
  assert.equal((await rowOf(cast, id)).status, 'approved');
  assert.equal(await exists(cast, document), true, 'no job has run yet: it waits as long as it must');
  await runNow(cast, id);
  assert.equal(await exists(cast, document), false);
  const { continueConversation } = await import('../../../src/features/decisions/running/continue.js');
  await continueConversation(systemOf(cast), id);
  await continueConversation(systemOf(cast), id);
  await until('the agent has gone on', async () =>
    (await cast.alice.browser.get(conversation)).text.includes('It is gone now.'),
  );
  const thread = (await cast.alice.browser.get(conversation)).text;
  assert.equal(thread.split('It is gone now.').length - 1, 1, 'and only once');
  assert.match(thread, /“Delete a document” was approved by a person and is done\./);
  assert.match(thread, /Approved by <bdi>dora/);
  assert.match(thread, /data-outcome="done"/);
  const told = cast.asked().at(-1)?.messages.at(-1)?.content ?? '';
  assert.match(told, /^Note of the system, not of the person/);
  assert.match(told, /<<data [0-9a-f]+>>\n[\s\S]*To be deleted[\s\S]*<<end of data/);
  assert.deepEqual(await eventsAbout(id), ['decision.asked', 'decision.approved', 'tool.called']);
  const [called] = (await eventsNamed(cast, cast.acme, 'tool.called')).slice(-1);
  assert.deepEqual([called?.account_id, called?.agent_id, called?.trigger], [cast.alice.id, guide, 'job']);
  assert.deepEqual([called?.details.approvedBy, called?.details.callId], [dora.id, callId]);
  const [deleted] = (await eventsNamed(cast, cast.acme, 'document.deleted')).slice(-1);
  assert.deepEqual([deleted?.actor_kind, deleted?.account_id], ['agent', cast.alice.id]);
  assert.match((await dora.browser.get(`${path}`)).text, /Approved and done/);
  assert.equal((await dora.browser.submit('/w/acme/inbox', { digest: '' }, `${path}/approval`)).status, 409);
});

test('what was altered after its approval does not run: arguments, digest, version, target (threat 16)', async () => {
  const { id: tenant } = cast.acme;
  const alterations: readonly ((id: string, document: string) => Promise<unknown>)[] = [
    (id) =>
      admin(
        `update ${tenant}.decision_versions set arguments = set_byte(arguments, length(arguments) - 1, get_byte(arguments, length(arguments) - 1) # 1) where decision_id = $1`,
        [id],
      ),
    (id) =>
      admin(
        `update ${tenant}.decision_versions set digest = set_byte(digest, 0, get_byte(digest, 0) # 1) where decision_id = $1`,
        [id],
      ),
    (id) => admin(`update ${tenant}.decisions set tool = 'add_document' where id = $1`, [id]),
    (_id, document) => admin(`update ${tenant}.documents set version = version + 1 where id = $1`, [document]),
  ];
  for (const [index, alter] of alterations.entries()) {
    const { id, path, document } = await deletion(`Altered ${index}`);
    assert.equal((await approve(dora.browser, path)).status, 303);
    await alter(id, document);
    await runNow(cast, id);
    assert.equal((await rowOf(cast, id)).status, 'refused', `alteration ${index}`);
    assert.equal(await exists(cast, document), true);
    assert.equal((await eventsAbout(id)).at(-1), 'tool.called refused');
  }
});

test('who asked must still be there and still may, and agent and policy must still allow it (AG-6)', async () => {
  const { id: tenant } = cast.acme;
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  const role = async (value: string) => {
    await admin('update shared.memberships set role = $1 where account_id = $2', [value, cast.alice.id]);
    forgetMemberships(cast.alice.id);
  };
  const changes: readonly [change: () => Promise<unknown>, back: () => Promise<unknown>][] = [
    [() => role('member'), () => role('owner')],
    [
      () =>
        admin('delete from shared.memberships where account_id = $1', [cast.alice.id]).then(() =>
          forgetMemberships(cast.alice.id),
        ),
      () =>
        admin(`insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'owner')`, [
          tenant,
          cast.alice.id,
        ]).then(() => forgetMemberships(cast.alice.id)),
    ],
    [
      () => admin(`update ${tenant}.agents set archived_at = now() where id = $1`, [guide]),
      () => admin(`update ${tenant}.agents set archived_at = null where id = $1`, [guide]),
    ],
    [() => setPolicy(cast, { 'tool-delete_document': 'never' }), () => setPolicy(cast, {})],
    [
      () => admin(`update ${tenant}.agents set policies = '{"delete_document": "never"}' where id = $1`, [guide]),
      () => admin(`update ${tenant}.agents set policies = '{}' where id = $1`, [guide]),
    ],
  ];
  for (const [index, [change, back]] of changes.entries()) {
    const { id, path, document } = await deletion(`Changed ${index}`);
    await approve(dora.browser, path);
    await change();
    await runNow(cast, id);
    await back();
    assert.equal((await rowOf(cast, id)).status, 'refused', `change ${index}`);
    assert.equal(await exists(cast, document), true);
  }
});

test('killed between claim and end: not repeated and said so, or repeated under the same id (AG-6)', async () => {
  const killed = async (name: string, to: string) => {
    const { id, path, callId, conversation } = await askedFor(cast, cast.alice, {
      ...{ name, arguments: { to, amount: 1 }, agent: guide },
    });
    await approve(dora.browser, path);
    // As a process leaves it that dies after its claim.
    await admin(
      `update ${cast.acme.id}.decisions set status = 'running', attempt = gen_random_uuid(), lease_until = now() + interval '1 minute' where id = $1`,
      [id],
    );
    await assert.rejects(runNow(cast, id), /under way/);
    await admin(`update ${cast.acme.id}.decisions set lease_until = now() - interval '1 second' where id = $1`, [id]);
    await Promise.allSettled([runNow(cast, id), runNow(cast, id), runNow(cast, id)]);
    return { id, callId, conversation, made: sent.filter((each) => each.to === to) };
  };
  const once = await killed('pay_once', 'killed-once');
  assert.deepEqual(once.made, []);
  assert.equal((await rowOf(cast, once.id)).status, 'unknown');
  assert.match((await cast.alice.browser.get(once.conversation)).text, /Unknown, not repeated/);
  const again = await killed('pay_again', 'killed-again');
  assert.deepEqual(
    again.made.map(({ callId }) => callId),
    [again.callId],
  );
  assert.equal((await rowOf(cast, again.id)).status, 'done');

  trouble.now = 'lost';
  const lost = await askedFor(cast, cast.alice, {
    name: 'pay_once',
    arguments: { to: 'lost', amount: 1 },
    agent: guide,
  });
  await approve(dora.browser, lost.path);
  await runNow(cast, lost.id);
  await runNow(cast, lost.id);
  trouble.now = 'none';
  assert.equal(sent.filter(({ to }) => to === 'lost').length, 1);
  assert.equal((await rowOf(cast, lost.id)).status, 'unknown');
});

test('a waiting call survives a restart: a runner that starts later runs it, and the agent goes on (AG-6)', async () => {
  // What the tests before left waiting would be run first.
  await admin('delete from graphile_worker._private_jobs');
  const { id, path, document, conversation } = await deletion('Survivor');
  cast.says({ text: 'After the restart.' });
  await approve(dora.browser, path);
  const { startJobs } = await import('../../../src/jobs/runner.js');
  const runner = await startJobs();
  try {
    await until('it ran', async () => (await rowOf(cast, id)).status === 'done');
    assert.equal(await exists(cast, document), false);
    await until('the agent went on', async () =>
      (await cast.alice.browser.get(conversation)).text.includes('After the restart.'),
    );
  } finally {
    await runner.stop();
  }
});
