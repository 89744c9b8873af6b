import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { mailLink } from '../../../src/features/accounts/recovery/mailing.js';
import { insertTurn } from '../../../src/features/conversations/turns/queries.js';
import { finishDeletion } from '../../../src/features/workspaces/deletion.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import type { TestServer } from '../../support/server.js';
import { goodPassword, mailsTo, newPerson } from '../accounts/people.js';
import { openStream } from '../conversations/stream.js';
import { invitationTo } from '../members/invitations/mailbox.js';
import { act, type Member, openTeam, type Team } from '../members/team.js';
import { type Desk, homeOf, type Operator, openDesk, platformEvents, putInConsole } from './console.js';

process.env.PLATFORM_ADMINS = 'dora@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16';
let desk: Desk;
let server: TestServer;
let acme: Team;
let bob: Member;
let dora: Operator;

before(async () => {
  desk = await openDesk();
  ({ server, acme, bob, dora } = desk);
});
after(() => server?.close());
beforeEach(() => putInConsole(server, dora.id));

test('a workspace is made for somebody, who is invited to own it, and nobody else is in it (MB-3)', async () => {
  const refused = await desk.operate('/platform/tenants', { name: 'x', email: 'not an address' });
  assert.deepEqual([refused.status, /value="not an address"/.test(refused.text)], [422, true]);
  const made = await desk.operate('/platform/tenants', { name: 'Initech', email: 'Milton@initech.test' });
  assert.equal(made.status, 303, made.text);
  const tenantId = made.location.split('/').at(-1) ?? '';
  assert.match((await dora.person.get(made.location)).text, /No owner yet/);
  assert.equal((await dora.person.get('/w/initech')).status, 404, 'who made it cannot enter it');
  const first = await invitationTo(server, 'milton@initech.test');
  assert.equal((await desk.operate(`${made.location}/owner-invitation`, { email: 'peter@initech.test' })).status, 303);
  assert.equal((await newPerson(server).get(first)).status, 404, 'a newer invitation ends the older');
  const peter = newPerson(server);
  const link = await invitationTo(server, 'peter@initech.test');
  const joined = await peter.submit(link, { username: 'peter', password: goodPassword }, `${link}/account`);
  assert.deepEqual([joined.status, joined.location], [303, '/w/initech']);
  assert.equal(await desk.one(`select role from shared.memberships where tenant_id = $1`, [tenantId]), 'owner');
  assert.equal((await desk.operate(`${made.location}/owner-invitation`, { email: 'dora@acme.test' })).status, 409);
  assert.deepEqual(
    (await platformEvents(server)).slice(-2).map(({ event, tenantId: at }) => [event, at]),
    [
      ['platform.workspace-created', tenantId],
      ['platform.workspace-owner-invited', tenantId],
    ],
  );
  assert.match((await peter.get('/w/initech/audit')).text, /Platform admin \(dora\)/);
});

describe('a suspended workspace', () => {
  test('is closed to its members from their next request on, streams included, until it is resumed (MB-3)', async () => {
    const stream = await openStream(bob.person, await runningAnswer(bob));
    await stream.until('message');
    const silent = await desk.operate(`${homeOf(acme)}/suspension`, { reason: ' ' });
    assert.deepEqual([silent.status, /Say why/.test(silent.text)], [422, true]);
    const suspended = await desk.operate(`${homeOf(acme)}/suspension`, { reason: 'The invoice of May is open' });
    assert.deepEqual([suspended.status, suspended.location], [303, homeOf(acme)]);
    for (const { person } of [acme.owner, bob]) {
      const shown = await person.get(`${acme.home}/knowledge`);
      assert.deepEqual([shown.status, /is suspended/.test(shown.text)], [403, true]);
    }
    await stream.rest();
    assert.equal((await desk.operate(`${homeOf(acme)}/suspension`, { reason: 'Once more' })).status, 409);
    assert.match((await dora.person.get('/platform?state=suspended')).text, />Acme</);
    const mail = await desk.lastMail(acme.owner.email);
    assert.match(mail?.subject ?? '', /Acme was suspended/);
    assert.match(mail?.text ?? '', /The invoice of May is open/);
    assert.deepEqual(await mailsTo(server, bob.email), [], 'the owners are told');

    assert.equal((await desk.operate(`${homeOf(acme)}/resumption`, { reason: 'It is paid' })).status, 303);
    assert.equal((await bob.person.get(`${acme.home}/knowledge`)).status, 200);
    assert.match((await desk.lastMail(acme.owner.email))?.subject ?? '', /Acme was opened again/);
  });

  test('has the act in its own audit, without the operator’s address, and the installation has both (AU-1, MB-3)', async () => {
    const audit = (await acme.events()).filter(({ event }) => /^workspace\.(suspended|resumed)$/.test(event));
    assert.deepEqual(
      audit.map(({ event, actorKind, actorName, address, details }) => [event, actorKind, actorName, address, details]),
      [
        ['workspace.suspended', 'system', 'Platform admin (dora)', null, { reason: 'The invoice of May is open' }],
        ['workspace.resumed', 'system', 'Platform admin (dora)', null, { reason: 'It is paid' }],
      ],
    );
    const events = (await platformEvents(server)).filter(({ event }) => /-(suspended|resumed)$/.test(event));
    assert.deepEqual(
      events.map(({ actor, address, requestId, tenantId }) => [actor, address, requestId, tenantId]),
      audit.map(({ requestId }) => ['dora', dora.person.address, requestId, acme.tenantId]),
    );
    const page = (await dora.person.get('/platform/events?q=invoice')).text;
    assert.match(page, /platform\.workspace-suspended/);
    assert.doesNotMatch(page, /workspace-resumed/);
    assert.match(
      (await dora.person.get(`/platform/events?q=${dora.person.address}&kind=all`)).text,
      /workspace-resumed/,
    );
    assert.match((await dora.person.get('/platform/events?from=2090-01-01')).text, /No event matches/);
  });
});

test('a trial that is over leaves a workspace to be read; taken back, it can be changed again (MB-8)', async () => {
  const change = () => act(acme, acme.owner, '/settings', { name: 'Acme', instructions: 'Be kind.' });
  const set = (fields: Record<string, string>) => desk.operate(`${homeOf(acme)}/trial`, fields);
  const wrong = await set({ endsOn: 'soon', members: '-1', documents: '7' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /Enter a day such as[\s\S]*Enter a whole number/);
  assert.match(wrong.text, /value="7"/);
  assert.equal((await set({ endsOn: '2020-02-29', members: '', documents: '7', messagesPerMonth: '' })).status, 303);
  assert.match((await dora.person.get('/platform?state=trial-ended')).text, />Acme</);
  assert.deepEqual([(await acme.owner.person.get(acme.home)).status, (await change()).status], [200, 403]);
  assert.deepEqual(await desk.one('select quotas from shared.tenants where id = $1', [acme.tenantId]), {
    documents: 7,
  });
  assert.match((await desk.lastMail(acme.owner.email))?.text ?? '', /The trial ends on 2020-02-29/);
  assert.equal((await set({ endsOn: '' })).status, 303);
  assert.equal((await change()).status, 303);
  const last = (await acme.events()).filter(({ event }) => event === 'workspace.trial-changed');
  assert.deepEqual(
    last.map(({ details }) => details),
    [{ ends: '2020-02-29', documents: 7 }, { ends: null }],
  );
});

test('deletion takes a fresh proof and the typed address, and leaves a receipt and nothing else (IS-8, AC-11, MB-3)', async () => {
  const doomed = await openTeam(server, 'Doomed', 'dan');
  const stale = { since: Date.now(), usedAt: Date.now() };
  await server.database.admin.query(
    `update shared.sessions set sess = (sess::jsonb || $2::jsonb)::json where account_id = $1`,
    [dora.id, JSON.stringify({ provenAt: 1, platform: stale })],
  );
  const asked = await desk.operate(`${homeOf(doomed)}/deletion`, { typed: 'doomed' });
  assert.deepEqual([asked.status, /Confirm that it is you/.test(asked.text)], [403, true]);
  const proof = { proof: 'password', proof_password: goodPassword };
  for (const typed of ['', 'Doomed', 'acme']) {
    const refused = await desk.operate(`${homeOf(doomed)}/deletion`, { typed, ...proof });
    assert.deepEqual(
      [refused.status, /Type the address as it is shown: doomed/.test(refused.text)],
      [422, true],
      typed,
    );
  }
  assert.equal((await doomed.owner.person.get(doomed.home)).status, 200);
  const deleted = await desk.operate(`${homeOf(doomed)}/deletion`, { typed: 'doomed' });
  assert.match(deleted.location, /^\/platform\/deletions\/[0-9a-f-]{36}$/);
  assert.notEqual((await doomed.owner.person.get(doomed.home)).status, 200);
  const receipt = async () => (await dora.person.get(deleted.location)).text;
  assert.match(await receipt(), /Being removed/);
  await finishDeletion({ deletionId: deleted.location.split('/').at(-1) ?? '', owners: [doomed.owner.id] });
  assert.match(await receipt(), /Nothing is left/);
  assert.equal(await desk.one('select count(*)::int from pg_namespace where nspname = $1', [doomed.tenantId]), 0);
  assert.equal((await dora.person.get(homeOf(doomed))).status, 404);
  assert.match((await dora.person.get('/platform/installation')).text, /Doomed/);
  assert.match((await desk.lastMail(doomed.owner.email))?.subject ?? '', /Doomed was deleted/);
  const event = (await platformEvents(server)).at(-1);
  assert.deepEqual([event?.event, event?.details.slug], ['platform.workspace-deletion-asked', 'doomed']);
});

/** The address of the stream of an answer that is still being written. */
async function runningAnswer({ id: accountId }: Member): Promise<string> {
  const [id, answerId] = [newId(), newId()];
  const agentId = String(await desk.one(`select id from ${acme.tenantId}.agents limit 1`));
  const turn = {
    answerId,
    question: { id: newId(), text: 'Long?' },
    attempt: newId(),
    place: {},
    begins: { agentId, title: 'Long' },
  };
  await inTenant(acme.context, 'conversations.create', (db) => insertTurn(db, { accountId, id }, turn));
  return `${acme.home}/conversations/${id}/messages/${answerId}/events`;
}

describe('support for one account', () => {
  test('is found by its whole address only, and that somebody looked is written down (MB-3)', async () => {
    for (const email of ['bob', 'bob@acme', '%@acme.test', 'nobody@acme.test']) {
      assert.equal((await desk.operate('/platform/accounts', { email })).status, 422, email);
    }
    const found = await desk.operate('/platform/accounts', { email: 'BOB@acme.test' });
    assert.equal(found.location, `/platform/accounts/${bob.id}`);
    const looked = (await platformEvents(server)).filter(({ event }) => event === 'platform.account-looked-up');
    assert.deepEqual(
      looked.map(({ details }) => details.found),
      [false, true],
    );
    assert.doesNotMatch(JSON.stringify(looked), /nobody@acme/);
  });

  test('ends its sessions, or mails it a link to a new password; an operator chooses none (ASVS 6.4.6, V7.4.5)', async () => {
    const known = await desk.one('select password_hash from shared.accounts where id = $1', [bob.id]);
    const ended = await desk.operate(`/platform/accounts/${bob.id}/sessions-end`);
    assert.equal(ended.status, 303);
    assert.equal((await bob.person.get(acme.home)).status, 303);
    assert.match((await desk.lastMail(bob.email))?.subject ?? '', /All your sessions were ended/);
    const mailed = await desk.operate(`/platform/accounts/${bob.id}/recovery`);
    assert.equal(mailed.status, 303);
    await mailLink(String(await desk.one('select id from shared.recoveries where account_id = $1', [bob.id])));
    const link = /\/recover\/[\w-]{43}/.exec((await desk.lastMail(bob.email))?.text ?? '')?.[0] ?? 'no link';
    assert.doesNotMatch((await dora.person.get(`/platform/accounts/${bob.id}`)).text, /\/recover\//);
    assert.equal(await desk.one('select password_hash from shared.accounts where id = $1', [bob.id]), known);
    assert.equal((await newPerson(server).get(link)).status, 200);
    const own = `select event from shared.account_events where account_id = $1 and event in ('account.sessions-ended', 'account.recovery-mailed') order by at, id`;
    const { rows } = await server.database.admin.query(own, [bob.id]);
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['account.sessions-ended', 'account.recovery-mailed'],
    );
  });
});
