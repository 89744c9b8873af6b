import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../src/database/id.js';
import { insertTurn } from '../../src/features/conversations/turns/queries.js';
import { routes } from '../../src/http/route.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { beginSignUp, goodPassword, insertPerson, newestLink, newPerson, signIn } from '../features/accounts/people.js';
import { invitationTo } from '../features/members/invitations/mailbox.js';
import { act } from '../features/members/team.js';
import type { Answer } from '../support/visitor.js';
import { forms } from './forms.js';
import { addressOf, openWorld, postForm, type World } from './world.js';

process.env.TRUST_PROXY = 'loopback';
process.env.EMBEDDER = 'off';
let world: World;

before(async () => {
  world = await openWorld(6);
});
after(() => world?.close());

/** Whoever signs up is nobody yet, and in no workspace whose audit could say so. */
const withoutAudit = new Set(['/sign-up', '/sign-up/resend', '/security/reports', '/security/reports/:token/messages']);
/** Nothing outside is reached in a test; that it was tried is an event all the same. */
const refusedHere = new Set(['/w/:workspace/knowledge/fetched']);

type Act = () => Promise<Answer>;

/** Acts that take more than their form and what the world holds: each makes ready, then answers how to do it. */
const ways: Readonly<Record<string, () => Promise<Act>>> = {
  '/sign-in': async () => () => signIn(newPerson(world.server), 'alice'),
  '/sign-out': async () => formOf(await another('out'), '/sign-out'),
  '/account/sessions/deletion': async () => formOf(await another('all'), '/account/sessions/deletion'),
  '/account/other-sessions/deletion': async () => {
    const person = await another('others');
    await signIn(newPerson(world.server), 'others');
    return formOf(person, '/account/other-sessions/deletion');
  },
  '/account/sessions/:key/deletion': async () => {
    const person = await another('one');
    await signIn(newPerson(world.server), 'one');
    const [key] = /[0-9a-f]{64}/.exec((await person.get('/account')).text) ?? [];
    return formOf(person, `/account/sessions/${key}/deletion`);
  },
  '/verify-email/:token': async () => {
    const person = newPerson(world.server);
    await beginSignUp(person, { email: 'zoe@zoo.test', username: 'zoe', workspaceName: 'Zoo' });
    const link = await newestLink(world.server, 'zoe@zoo.test');
    return () => person.submit(link, {});
  },
  '/invitations/:token/acceptance': async () => {
    await insertPerson(world.server, 'known');
    const link = await invite('known@acme.test');
    const person = newPerson(world.server);
    await signIn(person, 'known');
    return formOf(person, `${link}/acceptance`);
  },
  '/invitations/:token/account': async () => {
    const link = await invite('fresh@acme.test');
    return () => newPerson(world.server).submit(link, { username: 'fresh', password: goodPassword }, `${link}/account`);
  },
  '/w/:workspace/conversations': async () => () => converse(),
  '/w/:workspace/conversations/:id/messages/:message/stop': async () => {
    const { acme, ours } = world;
    const [id, answerId] = [newId(), newId()];
    const begins = { agentId: ours.agent, title: 'Long' };
    const turn = { answerId, question: { id: newId(), text: 'Long?' }, begins };
    await inTenant(acme.context, 'conversations.create', (db) =>
      insertTurn(db, { accountId: acme.owner.id, id }, turn),
    );
    return formOf(acme.owner.person, `${acme.home}/conversations/${id}/messages/${answerId}/stop`);
  },
  '/w/:workspace/conversations/:id/messages/:message/retry': async () => {
    const { acme } = world;
    const id = (await converse()).location.split('/').at(-1);
    const message = await one(
      `select id from ${acme.tenantId}.messages where conversation_id = '${id}' and author = 'agent'`,
    );
    return formOf(acme.owner.person, `${acme.home}/conversations/${id}/messages/${message}/retry`);
  },
  '/w/:workspace/knowledge/:id/indexing': async () => {
    await standAt(world.ours.document, 'done');
    return formOf(world.acme.owner.person, `${world.acme.home}/knowledge/${world.ours.document}/indexing`);
  },
  '/w/:workspace/knowledge/:id/dismissal': async () => {
    const { acme } = world;
    const fields = { title: 'Torn', text: 'Nothing to read.' };
    const added = await postForm(acme.owner.person, `${acme.home}/knowledge/pasted`, { fields });
    await standAt(added.location.split('/').at(-1) ?? '', 'failed');
    return formOf(acme.owner.person, `${added.location}/dismissal`);
  },
  '/w/:workspace/members/departure': async () =>
    formOf(await another('leaver'), `${world.acme.home}/members/departure`),
};

function formOf(person: World['bob']['person'], path: string): Act {
  return () => postForm(person, path, {});
}

async function another(name: string) {
  return (await world.acme.join(name, 'member')).person;
}

async function invite(email: string): Promise<string> {
  await act(world.acme, world.acme.owner, '/members/invitations', { email, role: 'member' });
  return invitationTo(world.server, email);
}

function converse(): Promise<Answer> {
  const { acme, ours } = world;
  const fields = { text: 'What gives light?', agent: ours.agent };
  return postForm(acme.owner.person, `${acme.home}/conversations`, { fields });
}

async function one(statement: string): Promise<string> {
  const { rows } = await world.server.database.admin.query(statement);
  return String(Object.values(rows[0] ?? {})[0]);
}

/** No job runs here, so a document comes no further by itself. */
async function standAt(document: string, stage: string): Promise<void> {
  await world.server.database.admin.query(`update ${world.acme.tenantId}.documents set stage = $1 where id = $2`, [
    stage,
    document,
  ]);
}

async function countEvents(): Promise<number> {
  const { admin } = world.server.database;
  const { rows } = await admin.query(`select id from shared.tenants where status <> 'standby'`);
  const tables = rows.map(({ id }) => `(select count(*) from ${id}.audit_events)`);
  return Number(await one(`select ${tables.join(' + ')}`));
}

test('no act goes through any door without an event in the audit (AU-1)', async () => {
  const { acme, ours } = world;
  const acts = routes().filter(({ method, path }) => method === 'POST' && !withoutAudit.has(path));
  assert.ok(acts.length > 30);
  for (const { path } of acts) {
    const form = forms[path] ?? {};
    const carryOut = (await ways[path]?.()) ?? (() => postForm(acme.owner.person, addressOf(path, ours), form));
    const before = await countEvents();
    const { status } = await carryOut();
    assert.ok(status < 400 || refusedHere.has(path), `${path} answered ${status}`);
    assert.ok((await countEvents()) > before, `${path} left no event`);
  }
});
