import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { newPerson, signIn } from '../accounts/people.js';
import { addDocument, eventsNamed } from '../conversations/cast.js';
import { ask } from '../conversations/stream.js';
import { approve, askedFor, digestOn, exists, rowOf, runNow, sent, systemOf } from './asked.js';
import { approverIn, setPolicy } from './people.js';
import { admin, cast, deletion, dora, eventsAbout, guide } from './stage.js';

test('50 approvals and 20 jobs at once are one approval and one run (threat 16)', async () => {
  const { id, path } = await askedFor(cast, cast.alice, {
    ...{ name: 'pay_once', arguments: { to: 'race', amount: 5 }, agent: guide },
  });
  const digest = await digestOn(dora.browser, path);
  const token = await dora.browser.token(path);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => dora.browser.post(`${path}/approval`, { digest, _csrf: token })),
  );
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 303).length, 1);
  assert.equal(statuses.filter((status) => status === 409).length, 49);
  await Promise.allSettled(Array.from({ length: 20 }, () => runNow(cast, id)));
  assert.equal(sent.filter(({ to }) => to === 'race').length, 1);
  const { rows } = await admin(`select count(*)::int as count from graphile_worker._private_jobs where key = $1`, [
    `${cast.acme.id}:run ${id}`,
  ]);
  assert.deepEqual(rows, [{ count: 1 }]);
  assert.deepEqual(await eventsAbout(id), ['decision.asked', 'decision.approved', 'tool.called']);
});

test('a changed byte needs a new approval: both versions stay, and only the new one runs (AG-6, threat 16)', async () => {
  const { id, path } = await askedFor(cast, cast.alice, {
    ...{ name: 'pay_once', arguments: { to: 'edit-one', amount: 5 }, agent: guide },
  });
  const digest = await digestOn(dora.browser, path);
  const edit = (text: string) => dora.browser.submit(path, { digest, arguments: text }, `${path}/edited-approval`);
  assert.equal((await edit('{"to": ')).status, 422);
  assert.equal((await edit('[1]')).status, 422);
  assert.match((await edit('{"to": "x"}')).text, /amount/);
  assert.equal((await edit('{"to": "edit-two", "amount": 5}')).status, 303);
  const stale = await dora.browser.submit('/w/acme/inbox', { digest }, `${path}/approval`);
  assert.equal(stale.status, 409, 'an approval of what was there before is none');
  await runNow(cast, id);
  assert.deepEqual(
    sent.filter(({ to }) => to.startsWith('edit')).map(({ to }) => to),
    ['edit-two'],
  );
  assert.deepEqual(await eventsAbout(id), ['decision.asked', 'decision.edited', 'decision.approved', 'tool.called']);
  const { text } = await cast.alice.browser.get(path);
  assert.ok(text.includes('edit-one') && text.includes('edit-two') && text.includes('As the agent asked'));
  const digests = await admin(
    `select count(distinct digest)::int as n from ${cast.acme.id}.decision_versions where decision_id = $1`,
    [id],
  );
  assert.equal(digests.rows[0]?.n, 2);
});

test('a no has a reason that thread and agent are told; who asked can take it back; others can be asked (AG-6)', async () => {
  const one = await deletion();
  assert.equal((await dora.browser.submit(one.path, { reason: ' ' }, `${one.path}/rejection`)).status, 422);
  const said = await dora.browser.submit(one.path, { reason: 'We still need it.' }, `${one.path}/rejection`);
  assert.equal(said.status, 303);
  assert.match((await cast.alice.browser.get(one.conversation)).text, /Rejected by dora: We still need it\./);
  await runNow(cast, one.id);
  assert.equal(await exists(cast, one.document), true);
  cast.says({ text: 'I leave it.' });
  const { continueConversation } = await import('../../../src/features/decisions/running/continue.js');
  await continueConversation(systemOf(cast), one.id);
  await until('the agent was told', async () =>
    (await cast.alice.browser.get(one.conversation)).text.includes('I leave it.'),
  );
  assert.match(cast.asked().at(-1)?.messages.at(-1)?.content ?? '', /Reason: We still need it\./);

  const two = await deletion();
  assert.equal((await dora.browser.submit('/w/acme/inbox', {}, `${two.path}/withdrawal`)).status, 403);
  assert.equal((await cast.alice.browser.submit(two.path, {}, `${two.path}/withdrawal`)).status, 303);
  assert.equal((await rowOf(cast, two.id)).status, 'withdrawn');
  assert.equal((await dora.browser.submit('/w/acme/inbox', { digest: '' }, `${two.path}/approval`)).status, 409);

  const three = await deletion();
  const edna = await approverIn(cast, 'edna');
  const leave = (to: string) => dora.browser.submit(three.path, { to }, `${three.path}/delegation`);
  assert.equal((await leave(cast.bob.id)).status, 422, 'bob may not approve');
  assert.equal((await leave(cast.alice.id)).status, 422, 'alice asked');
  assert.equal((await leave(edna.id)).status, 303);
  assert.doesNotMatch((await dora.browser.get('/w/acme/inbox')).text, new RegExp(three.id));
  assert.match((await edna.browser.get('/w/acme/inbox')).text, new RegExp(three.id));
  assert.deepEqual(await eventsAbout(one.id), ['decision.asked', 'decision.rejected']);
  assert.deepEqual(await eventsAbout(two.id), ['decision.asked', 'decision.withdrawn']);
  assert.deepEqual(await eventsAbout(three.id), ['decision.asked', 'decision.delegated']);
  await admin('delete from shared.memberships where account_id = $1', [edna.id]);
});

test('two must approve where the policy says so, and one person is not two (AG-6)', async () => {
  await setPolicy(cast, { second: 'risky' });
  const fred = await approverIn(cast, 'fred');
  const { id, path } = await deletion();
  assert.equal((await approve(dora.browser, path)).status, 303);
  assert.equal((await rowOf(cast, id)).status, 'waiting');
  assert.match((await dora.browser.get(path)).text, /1 of 2/);
  assert.equal(
    (await dora.browser.submit('/w/acme/inbox', { digest: await digestOn(fred.browser, path) }, `${path}/approval`))
      .status,
    409,
  );
  assert.equal((await approve(fred.browser, path)).status, 303);
  assert.equal((await rowOf(cast, id)).status, 'approved');
  await setPolicy(cast, { limit: '100', 'tool-pay_once': 'run' });
  const before = sent.length;
  const big = await askedFor(cast, cast.alice, {
    ...{ name: 'pay_once', arguments: { to: 'big', amount: 101 }, agent: guide },
  });
  assert.equal(sent.length, before);
  await approve(dora.browser, big.path);
  assert.equal((await rowOf(cast, big.id)).status, 'waiting');
  cast.says({ calls: [{ name: 'pay_once', arguments: { to: 'small', amount: 99 } }] }, { text: 'Paid.' });
  await (await ask(cast.alice.browser, 'acme', { text: 'Pay.', agent: guide })).rest();
  assert.equal(sent.at(-1)?.to, 'small');
  await setPolicy(cast, {});
  await admin('delete from shared.memberships where account_id = $1', [fred.id]);
});

test('without a decision in time the answer is no (AG-6)', async () => {
  const { id, path, conversation, document } = await deletion();
  const digest = await digestOn(dora.browser, path);
  await admin(`update ${cast.acme.id}.decisions set expires_at = now() - interval '1 second' where id = $1`, [id]);
  assert.equal((await dora.browser.submit('/w/acme/inbox', { digest }, `${path}/approval`)).status, 409);
  assert.doesNotMatch((await dora.browser.get('/w/acme/inbox')).text, new RegExp(id));
  const { expireDecision } = await import('../../../src/features/decisions/running/expire.js');
  await expireDecision(systemOf(cast), id);
  await runNow(cast, id);
  assert.equal((await rowOf(cast, id)).status, 'expired');
  assert.equal(await exists(cast, document), true);
  assert.match((await cast.alice.browser.get(conversation)).text, /Nobody decided in time/);
  assert.deepEqual(await eventsAbout(id), ['decision.asked', 'decision.expired']);
});

test('never is never, for the workspace and for the agent, and run runs without asking (AG-6)', async () => {
  await setPolicy(cast, { 'tool-delete_document': 'never', 'effect-inside': 'ask' });
  const document = await addDocument(cast.alice, 'Kept', 'It stays.');
  cast.says({ calls: [{ name: 'delete_document', arguments: { document } }] }, { text: 'No.' });
  const events = await (await ask(cast.alice.browser, 'acme', { text: 'Delete.', agent: guide })).rest();
  assert.equal(events.findLast(({ event }) => event === 'tool')?.data.outcome, 'refused');
  assert.equal(await exists(cast, document), true);
  await askedFor(cast, cast.alice, { name: 'add_document', arguments: { title: 'N', text: 'T' }, agent: guide });
  await setPolicy(cast, {});
  cast.says(
    { calls: [{ name: 'add_document', arguments: { title: 'A note', text: 'Kept for you.' } }] },
    { text: 'Kept.' },
  );
  const added = await (await ask(cast.bob.browser, 'acme', { text: 'Keep this.', agent: guide })).rest();
  assert.equal(added.findLast(({ event }) => event === 'tool')?.data.outcome, 'done');
  assert.match((await cast.bob.browser.get('/w/acme/knowledge')).text, /A note/);
});

test('deleting its conversation takes a waiting question back (AG-6)', async () => {
  const { id, conversation } = await deletion();
  await cast.alice.browser.submit(`${conversation}/deletion`, {});
  assert.equal((await rowOf(cast, id)).status, 'withdrawn');
});

test('the policy page keeps what was chosen, refuses nonsense, and is for who may change settings (AG-6)', async () => {
  assert.equal((await cast.bob.browser.get('/w/acme/settings/approvals')).status, 403);
  assert.equal((await setPolicy(cast, { days: '0' })).status, 422);
  assert.equal((await setPolicy(cast, { limit: '1e3' })).status, 422);
  assert.equal((await setPolicy(cast, { 'effect-outside': 'maybe' })).status, 422);
  assert.equal((await setPolicy(cast, { days: '7', 'tool-delete_document': 'never' })).status, 303);
  const { text } = await cast.alice.browser.get('/w/acme/settings/approvals');
  assert.match(text, /name="days"[^>]*|value="7"/);
  const [event] = (await eventsNamed(cast, cast.acme, 'approval-policy.updated')).slice(-1);
  assert.match(String(event?.details.tools), /delete_document: never/);
  await setPolicy(cast, {});
  assert.equal((await signIn(newPerson(cast.server), 'dora')).status, 303);
});
