import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../src/database/id.js';
import { insertTurn } from '../../src/features/conversations/turns/queries.js';
import { createPage } from '../../src/features/pages/actions.js';
import { addPerson } from '../../src/features/spaces/actions.js';
import { createTask } from '../../src/features/tasks/actions.js';
import { endWork } from '../../src/features/tasks/work/giving.js';
import { routes } from '../../src/http/route.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { newToken } from '../../src/vault/tokens.js';
import { appWith, atSecondStep, giveApp, mailedCode, makeStale } from '../features/accounts/factors.js';
import { addPasskey, enter, register, registering, signingIn } from '../features/accounts/passkeys/asking.js';
import { beginSignUp, goodPassword, insertPerson, newestLink, newPerson, signIn } from '../features/accounts/people.js';
import { invitationTo } from '../features/members/invitations/mailbox.js';
import { act, openTeam } from '../features/members/team.js';
import { putInConsole } from '../features/platform/console.js';
import { newAuthenticator } from '../support/authenticator.js';
import type { Answer } from '../support/visitor.js';
import { calendarEvent, forms } from './forms.js';
import { added, addressOf, askDecision, openWorld, postForm, type World } from './world.js';

let world: World;

before(async () => {
  world = await openWorld(9);
});
after(() => world?.close());

/** Whoever signs up is nobody yet, and in no workspace whose audit could say so. What is asked for an account that was
 * forgotten is written by a job, so that the answer takes as long for a name that nobody has. */
const withoutAudit = new Set([
  ...['/security/reports', '/security/reports/:token/messages'],
  ...['', '/withdrawal'].map((act) => `/security/reports/:token/acknowledgement${act}`),
  ...['/sign-up', '/sign-up/resend', '/recover', '/login/verify/:challenge/passkey'],
  // They lead to a provider; what is an event is the coming back.
  ...['/sign-in/google', '/sign-in/github', '/profile/logins/google', '/profile/logins/github', '/sign-up/finish'],
  // What somebody reads, and when, is nobody else's business.
  ...['opening', 'read-mark'].map((act) => `/w/:workspace/notifications/:id/${act}`),
  '/w/:workspace/notifications/read-marks',
  '/profile/activity/seen',
  // What is shown or kept for its writer alone, before it is an act upon a page.
  ...['/w/:workspace/pages/preview', '/w/:workspace/pages/:id/draft', '/w/:workspace/pages/:id/draft/deletion'],
  ...['/w/:workspace/spaces/:id/pages/draft', '/w/:workspace/spaces/:id/pages/draft/deletion'],
  ...['/sign-in/passkey/challenge', '/profile/passkeys/challenge', '/profile/passkeys/proof-challenge'],
]);
/** Nothing outside is reached in a test; that it was tried is an event all the same. */
const refusedHere = new Set(['/w/:workspace/knowledge/fetched']);

type Act = () => Promise<Answer>;

/** Acts that take more than their form and what the world holds: each makes ready, then answers how to do it. */
const ways: Readonly<Record<string, () => Promise<Act>>> = {
  '/sign-in': async () => () => signIn(newPerson(world.server), 'bob'),
  '/sign-in/passkey': async () => {
    const passkey = await addPasskey(await another('touching'));
    const person = newPerson(world.server);
    const credential = passkey.get(await signingIn(person));
    return () => enter(person, credential);
  },
  '/w/:workspace/tasks/:id/work': async () => {
    const id = await taskOfAgent();
    await endWork(world.acme.context, id);
    return formOf(world.acme.owner.person, `${world.acme.home}/tasks/${id}/work`);
  },
  '/w/:workspace/tasks/:id/work/ending': async () =>
    formOf(world.acme.owner.person, `${world.acme.home}/tasks/${await taskOfAgent()}/work/ending`),
  '/w/:workspace/pages/:id/place': async () => {
    const { acme, ours } = world;
    const inside = { spaceId: ours.space, parentId: ours.page, title: 'Wicks', body: '' };
    const id = await createPage(acme.context, inside);
    const fields = { space: ours.space, parent: '' };
    return () => postForm(acme.owner.person, `${acme.home}/pages/${id}/place`, { fields });
  },
  '/w/:workspace/spaces/:id/people': async () => {
    const { acme, ours } = world;
    const { id } = await acme.join('let-in', 'member');
    const fields = { account: id };
    return () => postForm(acme.owner.person, `${acme.home}/spaces/${ours.space}/people`, { fields });
  },
  '/w/:workspace/spaces/:id/people/:account/removal': async () => {
    const { acme, ours } = world;
    await addPerson(acme.context, ours.space, ours.account);
    return formOf(acme.owner.person, `${acme.home}/spaces/${ours.space}/people/${ours.account}/removal`);
  },
  '/w/:workspace/members/:id/access': async () => {
    const { acme } = world;
    const keeper = await acme.join('diarist', 'member');
    const { id } = keeper;
    const what = (await postForm(keeper.person, `${acme.home}/spaces`, { fields: { name: 'Diary', kind: 'private' } }))
      .location;
    const fields = { what: `space:${what.split('/').at(-1)}`, reason: 'Something has to be found' };
    return () => postForm(acme.owner.person, `${acme.home}/members/${id}/access`, { fields });
  },
  '/w/:workspace/members/departures/:departed/heir': async () => {
    const { acme, ours } = world;
    const path = `${acme.home}/members/departures/${ours.departed}/heir`;
    return () => postForm(acme.owner.person, path, { fields: { heir: acme.owner.id } });
  },
  '/w/:workspace/calendar/events/:id/answer': async () => {
    const { acme } = world;
    const { person, id } = acme.owner;
    const event = await added(person, acme, '/calendar/events', { ...calendarEvent, attendees: id });
    return () => postForm(person, `${acme.home}/calendar/events/${event}/answer`, { fields: { answer: 'maybe' } });
  },
  '/profile/logins/google/deletion': () => unlinking('google'),
  '/profile/logins/github/deletion': () => unlinking('github'),
  '/profile/passkeys': async () => {
    const person = await another('making');
    const credential = newAuthenticator(world.server.origin).create(await registering(person));
    return () => register(person, credential);
  },
  '/sign-in/code/entry': async () => {
    const { email } = await world.acme.join('mailed', 'member');
    const person = newPerson(world.server);
    await person.submit('/sign-in/code', { login: 'mailed' });
    const code = await mailedCode(world.server, email);
    return () => person.submit('/sign-in/code/entry', { code });
  },
  '/login/verify/:challenge': async () => {
    const { id } = await world.acme.join('stepper', 'member');
    const app = await giveApp(world.server, id);
    const person = newPerson(world.server);
    const step = await atSecondStep(person, 'stepper');
    return async () => person.submit(step, { proof: 'authenticator', proof_authenticator: await app.code() });
  },
  '/proof': async () => {
    const { id, person } = await world.acme.join('prover', 'member');
    await makeStale(world.server, id);
    return () => postForm(person, '/proof', { fields: { proof: 'password', proof_password: goodPassword } });
  },
  '/profile/authenticator/confirmation': async () => {
    const { id, person } = await world.acme.join('enroller', 'member');
    await person.submit('/profile/authenticator', {});
    const page = (await person.get('/profile/authenticator/confirmation')).text;
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1]?.replaceAll(' ', '') ?? '';
    const code = await appWith(world.server, id, secret).code();
    return () => postForm(person, '/profile/authenticator/confirmation', { fields: { code } });
  },
  '/profile/recovery-codes': async () => {
    const { id, person } = await world.acme.join('keeper', 'member');
    await giveApp(world.server, id);
    return formOf(person, '/profile/recovery-codes');
  },
  '/sign-out': async () => formOf(await another('out'), '/sign-out'),
  '/profile/sessions/deletion': async () => formOf(await another('all'), '/profile/sessions/deletion'),
  '/profile/other-sessions/deletion': async () => {
    const person = await another('others');
    await signIn(newPerson(world.server), 'others');
    return formOf(person, '/profile/other-sessions/deletion');
  },
  '/profile/sessions/:key/deletion': async () => {
    const person = await another('one');
    await signIn(newPerson(world.server), 'one');
    const [key] = /[0-9a-f]{64}/.exec((await person.get('/profile/sessions')).text) ?? [];
    return formOf(person, `/profile/sessions/${key}/deletion`);
  },
  '/recover/:token': async () => {
    const { id } = await world.acme.join('forgetful', 'member');
    const { token, hash } = newToken();
    await world.server.database.admin.query(
      `insert into shared.recoveries (id, reference, account_id, token_hash, address, device, request_id, expires_at)
       values (gen_random_uuid(), 'R-TEST-WAYS', $1, $2, '203.0.113.9', 'Firefox', 'x', now() + interval '1 hour')`,
      [id, hash],
    );
    return () => newPerson(world.server).submit(`/recover/${token}`, { password: 'grey lantern beside two rivers' });
  },
  '/profile/new-email/:token': async () => {
    const { id, person } = await world.acme.join('mover', 'member');
    const { token, hash } = newToken();
    await world.server.database.admin.query(
      `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
       values (gen_random_uuid(), $1, 'moved@acme.test', $2, now() + interval '1 hour')`,
      [id, hash],
    );
    return formOf(person, `/profile/new-email/${token}`);
  },
  '/profile/password': async () => {
    const person = await another('changer');
    const fields = { current: goodPassword, password: 'grey lantern beside two rivers' };
    return () => postForm(person, '/profile/password', { fields });
  },
  '/profile/data/deletion': async () => {
    const person = await another('goer');
    return () => postForm(person, '/profile/data/deletion', { fields: { typed: 'goer' } });
  },
  '/verify-email/:token': async () => {
    const person = newPerson(world.server);
    await beginSignUp(person, { email: 'zoe@zoo.test', username: 'zoe', workspaceName: 'Zoo' });
    const link = await newestLink(world.server, 'zoe@zoo.test');
    return () => person.submit(link, {});
  },
  '/platform/exit': async () => {
    const { person, id } = await world.acme.join('olga', 'member');
    await putInConsole(world.server, id);
    return formOf(person, '/platform/exit');
  },
  '/platform/tenants/:tenant/owner-invitation': async () => {
    const { person } = world.acme.owner;
    const made = await postForm(person, '/platform/tenants', { fields: { name: 'Ownerless', email: 'mia@made.test' } });
    return () => postForm(person, `${made.location}/owner-invitation`, { fields: { email: 'max@made.test' } });
  },
  '/platform/tenants/:tenant/deletion': async () => {
    const { slug, tenantId } = await openTeam(world.server, 'Doomed', 'dan');
    const form = { fields: { typed: slug } };
    return () => postForm(world.acme.owner.person, `/platform/tenants/${tenantId}/deletion`, form);
  },
  '/platform/reports/:reference/publication': async () => {
    const { acme, ours } = world;
    await one(
      `update shared.reports set credit = 'x', consented_at = now() where reference = '${ours.report}' returning 1`,
    );
    return formOf(acme.owner.person, `/platform/reports/${ours.report}/publication`);
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
  '/w/:workspace/inbox/:id/approval': async () => {
    const [path, digest] = await askedOf(world.bob.id);
    return () => postForm(world.acme.owner.person, `${path}/approval`, { fields: { digest } });
  },
  '/w/:workspace/inbox/:id/edited-approval': async () => {
    const [path, digest] = await askedOf(world.bob.id);
    const fields = { digest, arguments: '{"title": "Gas", "text": "Gas burns."}' };
    return () => postForm(world.acme.owner.person, `${path}/edited-approval`, { fields });
  },
  '/w/:workspace/inbox/:id/delegation': async () => {
    const { id: to } = await world.acme.join('delegate', 'admin');
    const [path] = await askedOf(world.bob.id);
    return () => postForm(world.acme.owner.person, `${path}/delegation`, { fields: { to } });
  },
  '/w/:workspace/inbox/:id/rejection': async () => {
    const [path] = await askedOf(world.bob.id);
    return () => postForm(world.acme.owner.person, `${path}/rejection`, { fields: { reason: 'Not now.' } });
  },
  '/w/:workspace/inbox/:id/withdrawal': async () => {
    const [path] = await askedOf(world.acme.owner.id);
    return formOf(world.acme.owner.person, `${path}/withdrawal`);
  },
  '/w/:workspace/conversations': async () => () => converse(),
  '/w/:workspace/conversations/files': async () => () =>
    postForm(world.acme.owner.person, `${world.acme.home}/conversations/files`, {
      fields: { agent: world.ours.agent },
      file: 'Wicks are made of cotton.',
    }),
  '/w/:workspace/conversations/:id/messages/:message/stop': async () => {
    const { acme, ours } = world;
    const [id, answerId] = [newId(), newId()];
    const begins = { agentId: ours.agent, title: 'Long' };
    const turn = { answerId, attempt: newId(), place: {}, question: { id: newId(), text: 'Long?' }, begins };
    await inTenant(acme.context, 'conversations.create', (db) =>
      insertTurn(db, { accountId: acme.owner.id, id }, turn),
    );
    return formOf(acme.owner.person, `${acme.home}/conversations/${id}/messages/${answerId}/stop`);
  },
  '/w/:workspace/conversations/:id/questions/:question/revision': async () => {
    const { acme } = world;
    const id = (await converse()).location.split('/').at(-1);
    const question = await one(
      `select id from ${acme.tenantId}.messages where conversation_id = '${id}' and author = 'member'`,
    );
    const fields = { text: 'In other words?' };
    const path = `${acme.home}/conversations/${id}/questions/${question}/revision`;
    return () => postForm(acme.owner.person, path, { fields });
  },
  '/w/:workspace/conversations/:id/sharing': async () => {
    const path = (await converse()).location;
    return () => postForm(world.acme.owner.person, `${path}/sharing`, { fields: { username: 'bob' } });
  },
  '/w/:workspace/conversations/:id/sharing/:account/removal': async () => {
    const path = (await converse()).location;
    await postForm(world.acme.owner.person, `${path}/sharing`, { fields: { username: 'bob' } });
    return formOf(world.acme.owner.person, `${path}/sharing/${world.bob.id}/removal`);
  },
  '/w/:workspace/conversations/:id/messages/:message/retry': async () => {
    const { acme } = world;
    const id = (await converse()).location.split('/').at(-1);
    const message = await one(
      `select id from ${acme.tenantId}.messages where conversation_id = '${id}' and author = 'agent'`,
    );
    return formOf(acme.owner.person, `${acme.home}/conversations/${id}/messages/${message}/retry`);
  },
  '/w/:workspace/knowledge/:id/versions/pasted': async () => {
    const { acme } = world;
    const fields = { title: 'Wax', text: 'Wax burns.' };
    const { location } = await postForm(acme.owner.person, `${acme.home}/knowledge/pasted`, { fields });
    return () => postForm(acme.owner.person, `${location}/versions/pasted`, { fields });
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
  '/w/:workspace/members/ownership': async () => {
    const { acme } = world;
    const [giver, heir] = [await acme.join('giver', 'owner'), await acme.join('heir', 'member')];
    return () => act(acme, giver, '/members/ownership', { account: heir.id });
  },
  '/w/:workspace/groups/:id/members': async () => {
    const { acme, ours } = world;
    const joining = await acme.join('joining', 'member');
    return () => act(acme, acme.owner, `/groups/${ours.group}/members`, { account: joining.id });
  },
  '/w/:workspace/groups/:id/members/:account/removal': async () => {
    const { acme, ours } = world;
    const going = await acme.join('going', 'member');
    await act(acme, acme.owner, `/groups/${ours.group}/members`, { account: going.id });
    return () => act(acme, acme.owner, `/groups/${ours.group}/members/${going.id}/removal`);
  },
  '/w/:workspace/usage/people': async () => {
    const { acme } = world;
    const { id } = await acme.join('thrifty', 'member');
    const fields = { person: id, personVolume: '1000' };
    return () => postForm(acme.owner.person, `${acme.home}/usage/people`, { fields });
  },
  '/w/:workspace/members/:id/removal': async () => {
    const { acme } = world;
    const { id } = await acme.join('sent-away', 'member');
    return formOf(acme.owner.person, `${acme.home}/members/${id}/removal`);
  },
  '/w/:workspace/members/departure': async () =>
    formOf(await another('leaver'), `${world.acme.home}/members/departure`),
};

/** A decision of its own for an act: its address, and the digest that the page shows. */
async function askedOf(account: string): Promise<[path: string, digest: string]> {
  const { acme, ours } = world;
  const conversation = (await converse()).location.split('/').at(-1) ?? '';
  const path = `${acme.home}/inbox/${await askDecision(acme, { agent: ours.agent, conversation, account })}`;
  const { text } = await acme.owner.person.get(path);
  return [path, /name="digest" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? ''];
}

function formOf(person: World['bob']['person'], path: string): Act {
  return () => postForm(person, path, {});
}

async function unlinking(provider: string): Promise<Act> {
  const { id, person } = await world.acme.join(`by-${provider}`, 'member');
  await one(
    `insert into shared.logins (provider, subject, account_id, label) values ('${provider}', '1', '${id}', 'x') returning 1`,
  );
  return formOf(person, `/profile/logins/${provider}/deletion`);
}

async function another(name: string) {
  return (await world.acme.join(name, 'member')).person;
}

async function invite(email: string): Promise<string> {
  await act(world.acme, world.acme.owner, '/members/invitations', { email, role: 'member' });
  return invitationTo(world.server, email);
}

/** It is at it. */
async function taskOfAgent(): Promise<string> {
  const { acme, ours } = world;
  const assignee = { kind: 'agent', id: ours.agent } as const;
  const rest = { status: 'todo', priority: 'none', assignee, due: null, labels: [] } as const;
  return createTask(acme.context, { title: 'Clean the lamps', description: '', ...rest });
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
  const tables = ['shared.platform_events', ...rows.map(({ id }) => `${id}.audit_events`)].map(
    (table) => `(select count(*) from ${table})`,
  );
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
