import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mailsTo } from '../accounts/people.js';
import { addDocument, type Cast, guideOf, type Member, startCast } from '../conversations/cast.js';
import { ask, openStream } from '../conversations/stream.js';
import { approve, askedFor, digestOn, rowOf, runNow, systemOf } from './asked.js';
import { approverIn, setPolicy } from './people.js';

/** Alice owns acme and asks; dora and fred are admins of it, bob is a member who may approve nothing. */
let cast: Cast;
let guide: string;
let dora: Member;
let fred: Member;
let space: string;
const admin = (text: string, values: unknown[] = []) => cast.server.database.admin.query(text, values);
const secret = 'Zebra merger';

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
  const tools = '{search_knowledge,create_page,get_page,delete_page,delete_document,create_event,create_task}';
  await admin(`update ${cast.acme.id}.agents set tools = $1 where id = $2`, [tools, guide]);
  dora = await approverIn(cast, 'dora');
  fred = await approverIn(cast, 'fred');
  const { createSpace } = await import('../../../src/features/spaces/actions.js');
  space = await createSpace(cast.alice.context, { name: 'Hidden', description: '', kind: 'private' });
});
after(() => cast?.close());

async function secretPage(who = cast.alice, spaceId = space): Promise<string> {
  const { createPage } = await import('../../../src/features/pages/actions.js');
  return createPage(who.context, { spaceId, parentId: null, title: secret, body: secret });
}

const deletionOf = (page: string, who = cast.alice) =>
  askedFor(cast, who, { name: 'delete_page', arguments: { page }, agent: guide });

async function announced(id: string): Promise<void> {
  const { announceDecision } = await import('../../../src/features/decisions/running/announce.js');
  await announceDecision(systemOf(cast), id, undefined);
}

/** Nothing of it is there for them, wherever they look and whatever they try. */
async function hiddenFrom(who: Member, { id, path }: { id: string; path: string }): Promise<void> {
  const places = [
    'inbox',
    'inbox?view=others',
    'inbox?view=decided',
    'inbox?tool=delete_page',
    'notifications?show=all',
  ];
  for (const place of [...places, 'audit', 'audit?category=decision', 'audit/export.csv']) {
    const { text, status } = await who.browser.get(`/w/acme/${place}`);
    assert.equal(status, 200, place);
    assert.ok(!text.includes(secret), `${place} tells of it`);
    if (!place.startsWith('audit')) assert.ok(!text.includes(id), `${place} lists it`);
  }
  assert.equal((await who.browser.get(path)).status, 404);
  const { rows } = await admin(
    `select encode(digest, 'hex') as digest from ${cast.acme.id}.decision_versions where decision_id = $1`,
    [id],
  );
  const given = { digest: rows[0].digest, reason: 'No.', to: fred.id, arguments: '{}' };
  for (const act of ['approval', 'rejection', 'delegation', 'edited-approval', 'withdrawal']) {
    assert.equal((await who.browser.submit('/w/acme/inbox', given, `${path}/${act}`)).status, 404, act);
  }
}

test('a call about a page in a private space is there for nobody outside of it, and decided by nobody else (IS-5, AG-6)', async () => {
  const asked = await deletionOf(await secretPage());
  await announced(asked.id);
  await hiddenFrom(dora, asked);
  assert.deepEqual(
    (await mailsTo(cast.server, 'dora@acme.test')).filter(({ text }) => text.includes(asked.path)),
    [],
  );
  const live = await openStream(dora.browser, '/w/acme/live');
  assert.equal((await live.until('count')).data.count, 0);
  live.cut();
  const own = await cast.alice.browser.get('/w/acme/notifications');
  assert.match(own.text, /Nobody else may decide/);
  assert.equal((await rowOf(cast, asked.id)).status, 'waiting');
});

test('whoever is let in decides, whoever is taken out does not, also not by what they said before (IS-5, AG-6)', async () => {
  const { addPerson, removePerson } = await import('../../../src/features/spaces/actions.js');
  const { context } = cast.alice;
  const asked = await deletionOf(await secretPage());
  await addPerson(context, space, dora.id);
  await announced(asked.id);
  assert.match((await dora.browser.get(asked.path)).text, new RegExp(secret));
  assert.match((await dora.browser.get('/w/acme/inbox')).text, new RegExp(secret));
  const leave = (to: Member) => dora.browser.submit(asked.path, { to: to.id }, `${asked.path}/delegation`);
  assert.equal((await leave(fred)).status, 422, 'nobody leaves it to somebody outside');
  await approve(dora.browser, asked.path);
  await removePerson(context, space, dora.id);
  await hiddenFrom(dora, asked);
  await runNow(cast, asked.id);
  assert.equal((await rowOf(cast, asked.id)).status, 'waiting', 'her approval holds no more');
  assert.match((await cast.alice.browser.get(asked.path)).text, /decide about this yourself/);
  assert.match((await cast.alice.browser.get('/w/acme/inbox')).text, new RegExp(asked.id));
  await approve(cast.alice.browser, asked.path);
  await runNow(cast, asked.id);
  assert.equal((await rowOf(cast, asked.id)).status, 'done');
  // The page is gone, and its rule with it: who asked and on whose approval it went know of it anyway.
  assert.equal((await cast.alice.browser.get(asked.path)).status, 200);
  for (const { browser } of [dora, fred]) assert.equal((await browser.get(asked.path)).status, 404);
});

test('when nobody is left who may say yes, who asked is told so and what to do (AG-6)', async () => {
  await setPolicy(cast, { 'effect-inside': 'ask', own: 'never' });
  const page = await secretPage();
  const asked = await deletionOf(page);
  const { text } = await cast.alice.browser.get(asked.path);
  assert.match(text, /Nobody is there who could say yes/);
  assert.match(text, /Let somebody who may approve see it; or do it yourself, or withdraw it/);
  assert.doesNotMatch(text, /data-approve/);
  const digest = await digestOn(cast.alice.browser, asked.path).catch(() => 'f'.repeat(64));
  assert.equal((await cast.alice.browser.submit(asked.path, { digest }, `${asked.path}/approval`)).status, 403);
  const { createSpace } = await import('../../../src/features/spaces/actions.js');
  const bobs = await createSpace(cast.bob.context, { name: 'Bobs', description: '', kind: 'private' });
  const made = { space: bobs, title: secret, text: secret };
  const his = await askedFor(cast, cast.bob, { name: 'create_page', arguments: made, agent: guide });
  assert.match((await cast.bob.browser.get(his.path)).text, /Let somebody who may approve see it/);
  await hiddenFrom(dora, his);
  const seen = { title: 'Seen by all' };
  const team = await askedFor(cast, cast.bob, { name: 'create_task', arguments: seen, agent: guide });
  assert.doesNotMatch((await cast.bob.browser.get(team.path)).text, /Nobody is there/);
  assert.equal((await dora.browser.get(team.path)).status, 200);
  await setPolicy(cast, {});
});

test('a private event, an attached file and what was read from it are for who asked alone (IS-5)', async () => {
  await setPolicy(cast, { 'effect-inside': 'ask', 'effect-reads': 'ask' });
  const event = { title: secret, starts: '2030-01-01', visibility: 'private' };
  await hiddenFrom(dora, await askedFor(cast, cast.alice, { name: 'create_event', arguments: event, agent: guide }));

  cast.says({ text: 'Hello.' });
  const first = await (await ask(cast.alice.browser, 'acme', { text: 'Hello.', agent: guide })).rest();
  const conversation = first.find(({ event: name }) => name === 'message')?.data.url ?? '';
  const body = new FormData();
  body.append('_csrf', await cast.alice.browser.token(conversation));
  body.append('files', new Blob([`${secret}: the price is nine.`]), `${secret}.txt`);
  const headers = { Origin: cast.alice.browser.origin };
  assert.equal((await cast.alice.browser.send(`${conversation}/files`, { method: 'POST', body, headers })).status, 303);
  const { rows } = await admin(`select id from ${cast.acme.id}.attachments`);
  cast.says({ text: 'I look.', calls: [{ name: 'read_file', arguments: { file: rows[0].id } }] }, { text: 'Read.' });
  const events = await (await ask(cast.alice.browser, 'acme', { text: 'Read it.', in: conversation })).rest();
  const waiting = events.findLast(({ event: name }) => name === 'tool')?.data.decision as { id: string; href: string };
  const asked = { id: waiting.id, path: waiting.href };
  await hiddenFrom(dora, asked);
  await approve(cast.alice.browser, asked.path);
  await runNow(cast, asked.id);
  assert.match((await cast.alice.browser.get(asked.path)).text, /the price is nine/, 'and it runs once it is approved');
  await setPolicy(cast, {});
});

test('what an approver may not read they are not told as the result of a call or as what was read before (IS-5, KB-6)', async () => {
  const hidden = await addDocument(cast.alice, secret, 'The okapi price is nine.');
  await admin(`update ${cast.acme.id}.documents set roles = '{owner}' where id = $1`, [hidden]);
  const grace = await approverIn(cast, 'grace');
  const granted = `with made as (
      insert into shared.roles (id, tenant_id, name, permissions)
      values (gen_random_uuid(), $1, 'Approvers', '{decisions.update}') returning id
    ), lowered as (update shared.memberships set role = 'user' where account_id = $2)
    insert into shared.role_members (tenant_id, role_id, account_id) select $1, id, $2 from made`;
  await admin(granted, [cast.acme.id, grace.id]);
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  forgetMemberships(grace.id);
  const named = await askedFor(cast, cast.alice, {
    ...{ name: 'delete_document', arguments: { document: hidden }, agent: guide },
  });
  assert.equal((await dora.browser.get(named.path)).status, 200, 'she manages knowledge');
  assert.equal((await grace.browser.get(named.path)).status, 404);
  const team = await addDocument(cast.alice, 'Cleaning plan', 'Clean on Mondays.');
  const after = await askedFor(cast, cast.alice, {
    ...{ name: 'delete_document', arguments: { document: team }, agent: guide },
    first: { name: 'search_knowledge', arguments: { query: 'okapi price' } },
  });
  assert.match((await cast.alice.browser.get(after.path)).text, new RegExp(secret));
  const { text } = await grace.browser.get(after.path);
  assert.match(text, /something that you may not see/);
  assert.ok(!text.includes(secret));

  await setPolicy(cast, { 'effect-reads': 'ask' });
  const search = { name: 'search_knowledge', arguments: { query: 'okapi price' }, agent: guide };
  const read = await askedFor(cast, cast.alice, search);
  await approve(grace.browser, read.path);
  await runNow(cast, read.id);
  assert.match((await cast.alice.browser.get(read.path)).text, /okapi price is nine/);
  assert.ok(!(await grace.browser.get(read.path)).text.includes('price is nine'));
  await setPolicy(cast, {});
});
