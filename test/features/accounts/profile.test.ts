import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mailLink } from '../../../src/features/accounts/recovery/mailing.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { makeSpace, post, write } from '../pages/writing.js';
import { goodPassword, insertPerson, mailsTo, newPerson, type Person, signIn } from './people.js';

let server: TestServer;
const newPassword = 'grey lantern beside two rivers';

before(async () => {
  server = await startTestServer({ tenants: 4 });
});
after(() => server?.close());

const rowsOf = async (statement: string, values: unknown[] = []) =>
  (await server.database.admin.query(statement, values)).rows;
const isIn = async (person: Person) => (await person.get('/profile/sessions')).status === 200;

async function signedIn(username: string): Promise<Person> {
  const person = newPerson(server);
  assert.equal((await signIn(person, username)).status, 303);
  return person;
}

async function enter(username: string) {
  const { id } = await insertPerson(server, username);
  return { id, person: await signedIn(username) };
}

/** As if the last proof had been eleven minutes ago. */
async function age(id: string): Promise<void> {
  await rowsOf(
    `update shared.sessions set sess = (sess::jsonb || jsonb_build_object('provenAt', $2::bigint))::json where account_id = $1`,
    [id, Date.now() - 11 * 60_000],
  );
}

async function newEmailLink(email: string): Promise<string> {
  const mail = (await mailsTo(server, email)).at(-1);
  return /\/profile\/new-email\/[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? '';
}

async function eventsOf(id: string, event: string): Promise<string[]> {
  const rows = await rowsOf('select outcome from shared.account_events where account_id = $1 and event = $2', [
    id,
    event,
  ]);
  return rows.map(({ outcome }) => outcome);
}

const emailOf = async (id: string) => (await rowsOf('select email from shared.accounts where id = $1', [id]))[0]?.email;
const subjects = async (email: string) => (await mailsTo(server, email)).map(({ subject }) => subject);

test('name and username are changed, seen at once, and no name of somebody else is taken (AC-9)', async () => {
  const { id, person } = await enter('renamed');
  await insertPerson(server, 'occupied');
  assert.equal((await newPerson(server).get('/account')).location, '/profile');
  const saved = await person.submit('/profile', { name: 'Zoë  Ångström', username: 'Renamed-2' });
  assert.equal(saved.status, 303, saved.text);
  const { text } = await person.get('/profile');
  assert.match(text, /value="Zoë Ångström"[\s\S]+value="renamed-2"/);
  const taken = await person.submit('/profile', { name: 'Zoë', username: 'occupied' });
  assert.equal(taken.status, 422);
  assert.match(taken.text, /occupied is taken/);
  const odd = await person.submit('/profile', { name: 'a\u202eb', username: 'no spaces' });
  assert.equal(odd.status, 422);
  assert.match(odd.text, /value="no spaces"/);
  assert.deepEqual(await eventsOf(id, 'account.renamed'), ['done', 'done', 'failed']);
  assert.equal((await signIn(newPerson(server), 'renamed-2')).status, 303);
});

test('a new password takes the current one, and ends the other sessions (AC-9, V6.2.2, V6.2.3, V7.4.3, V6.3.7)', async () => {
  const { id, person } = await enter('changer');
  const elsewhere = await signedIn('changer');
  await rowsOf(`update shared.devices set trusted_until = now() + interval '9 days' where account_id = $1`, [id]);
  await rowsOf(
    `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
     values (gen_random_uuid(), $1, 'evil@evil.test', '\\x0a', now() + interval '1 hour')`,
    [id],
  );
  const page = '/profile/password';
  const wrong = await person.submit(page, { current: 'not this one at all', password: newPassword });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /href="#field-current"/);
  const weak = await person.submit(page, { current: goodPassword, password: 'bailiwickbailiwick' });
  assert.match(weak.text, /href="#field-password"/);
  assert.ok(!weak.text.includes(goodPassword), 'no password is shown again');
  assert.ok(await isIn(elsewhere));

  const before = person.cookies.get('session');
  const done = await person.submit(page, { current: goodPassword, password: newPassword });
  assert.equal(done.location, '/profile/security');
  assert.match((await person.get('/profile/security')).text, /1 other session ended/);
  assert.notEqual(person.cookies.get('session'), before, 'under a new id (V7.2.4)');
  assert.ok(!(await isIn(elsewhere)), 'the other one is dead on its next request');
  assert.equal((await signIn(newPerson(server), 'changer')).status, 401);
  assert.equal((await signIn(newPerson(server), 'changer', newPassword)).status, 303);
  assert.deepEqual(await rowsOf('select 1 from shared.address_changes where account_id = $1', [id]), []);
  const trusted = await rowsOf('select 1 from shared.devices where account_id = $1 and trusted_until > now()', [id]);
  assert.deepEqual(trusted, [], 'remembered browsers are forgotten');
  assert.deepEqual(await eventsOf(id, 'account.password-changed'), ['refused', 'done']);
  assert.ok((await subjects('changer@acme.test')).includes('Your password was changed'));
});

test('a first password takes another fresh proof (AC-9, V7.5.1)', async () => {
  const { id, person } = await enter('first');
  await rowsOf('update shared.accounts set password_hash = null where id = $1', [id]);
  await age(id);
  const page = await person.get('/profile/password');
  assert.equal(page.status, 403);
  assert.match(page.text, /Confirm that it is you/);
  const asked = await person.submit('/profile', { password: newPassword }, '/profile/password');
  assert.equal(asked.status, 403);
  const [{ password_hash: none }] = await rowsOf('select password_hash from shared.accounts where id = $1', [id]);
  assert.equal(none, null);
  await rowsOf(
    `update shared.sessions set sess = (sess::jsonb || jsonb_build_object('provenAt', $2::bigint))::json where account_id = $1`,
    [id, Date.now()],
  );
  assert.equal((await person.submit('/profile', { password: newPassword }, '/profile/password')).status, 303);
  assert.deepEqual(await eventsOf(id, 'account.password-set'), ['done']);
});

test('a new address takes a fresh proof and its own confirmation, and both addresses are told (AC-9, V7.5.1, V6.3.7)', async () => {
  const { id, person } = await enter('mover');
  await age(id);
  const asked = await person.submit('/profile', { email: 'Moved@Acme.Test' }, '/profile/email');
  assert.equal(asked.status, 403);
  assert.deepEqual(await subjects('moved@acme.test'), [], 'nothing happened yet');
  const proven = { email: 'Moved@Acme.Test', proof: 'password', proof_password: goodPassword };
  assert.equal((await person.submit('/profile', proven, '/profile/email')).status, 303);
  assert.match((await subjects('mover@acme.test')).join(), /A new email address was entered/);
  const pending = await person.get('/profile');
  assert.match(pending.text, /moved@acme\.test[\s\S]+Cancel this change/);
  await linkedRecovery('mover');
  const link = await newEmailLink('moved@acme.test');

  const other = await enter('bystander');
  assert.equal((await other.person.get(link)).status, 404, 'the link is for the account that asked');
  assert.equal((await other.person.submit('/profile', {}, link)).status, 404);
  const signedOut = await newPerson(server).get(link);
  assert.match(signedOut.location, /^\/sign-in\?next=/);
  const shown = await person.get(link);
  assert.equal(shown.headers.get('referrer-policy'), 'strict-origin');
  assert.equal(await emailOf(id), 'mover@acme.test', 'a mail scanner that opens it changes nothing');

  const _csrf = await person.token(link);
  const answers = await Promise.all(Array.from({ length: 50 }, () => person.post(link, { _csrf })));
  const counted = answers.filter(({ status }) => status === 303);
  assert.equal(counted.length, 1, 'of fifty uses at once one wins');
  assert.equal(await emailOf(id), 'moved@acme.test');
  assert.deepEqual(await eventsOf(id, 'account.address-changed'), ['done']);
  for (const to of ['mover@acme.test', 'moved@acme.test']) {
    assert.ok((await subjects(to)).includes('Your email address was changed'), to);
  }
  const [recovery = ''] = (await mailsTo(server, 'mover@acme.test')).flatMap(
    ({ text }) => /\/recover\/[\w-]{43}/.exec(text)?.[0] ?? [],
  );
  assert.equal((await newPerson(server).get(recovery)).status, 404, 'a link in the old mailbox opens nothing more');
  assert.equal((await signIn(newPerson(server), 'mover@acme.test')).status, 401);
  assert.equal((await signIn(newPerson(server), 'moved@acme.test')).status, 303);
});

async function linkedRecovery(username: string): Promise<void> {
  assert.equal((await newPerson(server).submit('/recover', { login: username })).status, 303);
  const waiting = await rowsOf('select id from shared.recoveries where token_hash is null and expires_at is null');
  for (const { id } of waiting) await mailLink(id);
}

test('who has an account’s address is not told, and a change can be cancelled (AC-9, V6.3.8)', async () => {
  const { id, person } = await enter('curious');
  await insertPerson(server, 'settled');
  const answers = [];
  for (const email of ['settled@acme.test', 'nobody-yet@acme.test']) {
    const { status, location } = await person.submit('/profile', { email }, '/profile/email');
    const { text } = await person.get('/profile');
    answers.push([
      status,
      location,
      text.replaceAll(email, '(typed)').replace(/\d\d:\d\d:\d\d|value="[\w-]+"|nonce="[^"]+"/g, ''),
    ]);
  }
  const [one, two] = answers.map((answer) => JSON.stringify(answer).replace(/T[\d.:]+Z/g, ''));
  assert.equal(one, two);
  assert.match((await subjects('settled@acme.test')).join(), /entered in another/);
  assert.equal(await newEmailLink('settled@acme.test'), '');
  const link = await newEmailLink('nobody-yet@acme.test');
  assert.equal((await person.submit('/profile', {}, '/profile/email/cancellation')).status, 303);
  assert.equal((await person.submit('/profile', {}, link)).status, 404);
  assert.equal(await emailOf(id), 'curious@acme.test');
});

test('a change that somebody left waiting dies when the owner takes the account back (AC-12, threat 8)', async () => {
  const { id, person: attacker } = await enter('victim');
  assert.equal((await attacker.submit('/profile', { email: 'evil@evil.test' }, '/profile/email')).status, 303);
  const trap = await newEmailLink('evil@evil.test');
  await linkedRecovery('victim');
  const [link = ''] = (await mailsTo(server, 'victim@acme.test')).flatMap(
    ({ text }) => /\/recover\/[\w-]{43}/.exec(text)?.[0] ?? [],
  );
  const owner = newPerson(server);
  assert.equal((await owner.submit(link, { password: newPassword })).status, 303);
  assert.equal((await attacker.get(trap)).status, 303, 'the attacker is signed out');
  assert.equal((await owner.submit('/profile', {}, trap)).status, 404, 'and not even the owner can be led into it');
  assert.equal(await emailOf(id), 'victim@acme.test');
});

test('one’s own data is downloaded with a fresh proof, without secrets or anybody else’s, and written down (V14.2.1)', async () => {
  const team = await openTeam(server, 'Acme', 'alice');
  const bob = await team.join('bob', 'member');
  const agent = (await rowsOf(`select id from ${team.tenantId}.agents`))[0].id;
  for (const [member, text] of [
    [team.owner, 'Alice asks about lamps'],
    [bob, 'Bob asks about oil'],
  ] as const) {
    const fields = { text, agent };
    assert.equal((await member.person.submit('/profile', fields, `${team.home}/conversations`)).status, 303);
    const pasted = { title: `Notes of ${member.name}`, text: 'A lamp gives light.' };
    assert.equal((await member.person.submit('/profile', pasted, `${team.home}/knowledge/pasted`)).status, 303);
  }
  await fillFor(team, bob);
  await age(bob.id);
  const asked = await bob.person.submit('/profile/data', {}, '/profile/data/download');
  assert.equal(asked.status, 403);
  const proof = { proof: 'password', proof_password: goodPassword };
  const started = performance.now();
  const answer = await bob.person.submit('/profile/data', proof, '/profile/data/download');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-disposition') ?? '', /attachment; filename="?bailiwick-bob\.json/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.ok(performance.now() - started < 10_000);
  const data = JSON.parse(answer.text);
  assert.equal(data.account.email, 'bob@acme.test');
  assert.deepEqual(
    data.memberships.map(({ slug, role }: { slug: string; role: string }) => [slug, role]),
    [['acme', 'member']],
  );
  const [workspace] = data.workspaces;
  assert.equal(workspace.conversations.length, 1);
  assert.equal(workspace.conversations[0].messages[0].text, 'Bob asks about oil');
  assert.deepEqual(
    workspace.documents.map(({ title }: { title: string }) => title),
    ['Notes of bob'],
  );
  const titles = (kind: string) =>
    workspace[kind].map((item: { title?: string; name?: string }) => item.title ?? item.name);
  assert.deepEqual(titles('spaces'), ['Diary of bob']);
  assert.deepEqual(titles('pages'), ['Monday']);
  assert.deepEqual(titles('pageVersions'), ['Monday']);
  assert.deepEqual(titles('pageDrafts'), ['Half']);
  assert.deepEqual(titles('tasks'), ['Task of bob', 'Given to bob']);
  assert.deepEqual(
    workspace.tasks.map(({ made, assigned }: Record<string, boolean>) => [made, assigned]),
    [
      [true, false],
      [false, true],
    ],
  );
  assert.equal(workspace.comments[0].text, 'Bob comments');
  assert.deepEqual(titles('events'), ['Dentist of bob']);
  assert.equal(workspace.notifications.length, 1);
  assert.equal(workspace.notificationPreferences.mention.mail, 'hourly');
  assert.ok(data.events.length > 0 && data.sessions.length === 1);
  const cookie = decodeURIComponent(bob.person.cookies.get('session') ?? '').slice(2, 20);
  for (const secret of [
    'Alice asks',
    'Notes of alice',
    'Task of alice',
    'Diary of alice',
    '$2b$',
    'token',
    'hash',
    'csrf',
    cookie,
  ]) {
    assert.ok(!answer.text.toLowerCase().includes(secret.toLowerCase()), secret);
  }
  const exported = (await team.events()).filter(({ event }) => event === 'account.data-exported');
  assert.deepEqual(
    exported.map(({ actorName }) => actorName),
    ['bob'],
  );
});

/** For the download: something of every kind that a workspace keeps of somebody, and the same of alice beside it. */
async function fillFor(team: Team, bob: Member): Promise<void> {
  for (const member of [team.owner, bob]) {
    const space = await makeSpace(team, member, `Diary of ${member.name}`, 'private');
    await write(team, member, { space, title: 'Monday', body: 'Rain.' });
    await post(team, member, `/spaces/${space}/pages/draft`, { title: 'Half', body: 'typed' });
    const task = (await post(team, member, '/tasks', { title: `Task of ${member.name}` })).location.split('/').at(-1);
    await post(team, member, `/tasks/${task}/comments`, { text: `${member.name === 'bob' ? 'Bob' : 'She'} comments` });
    const event = { startDate: '2026-11-23', startTime: '10:00', endTime: '11:00', timeZone: 'UTC' };
    await post(team, member, '/calendar/events', {
      ...event,
      title: `Dentist of ${member.name}`,
      visibility: 'private',
    });
  }
  const given = await post(team, team.owner, '/tasks', { title: 'Given to bob', assignee: `member:${bob.id}` });
  assert.equal(given.status, 303, given.text);
}

test('an account is deleted by its typed name, but never a workspace’s only owner (AC-9, MB-5, MB-6, V7.4.2)', async () => {
  const team = await openTeam(server, 'Globex', 'charlie');
  const { person, id } = team.owner;
  const dora = await team.join('dora', 'member');
  assert.match((await person.get('/profile/data/deletion')).text, /Globex[\s\S]+1 other member/);
  const kept = await person.submit('/profile/data', { typed: 'charlie' }, '/profile/data/deletion');
  assert.equal(kept.status, 409);
  assert.ok(await isIn(person));

  await rowsOf(`update shared.memberships set role = 'owner' where account_id = $1`, [dora.id]);
  const wrong = await person.submit('/profile/data', { typed: 'dora' }, '/profile/data/deletion');
  assert.equal(wrong.status, 422);
  await age(id);
  assert.equal((await person.submit('/profile/data', { typed: 'charlie' }, '/profile/data/deletion')).status, 403);
  const copy = await signedIn('charlie');
  const gone = await copy.submit('/profile/data', { typed: ' Charlie ' }, '/profile/data/deletion');
  assert.equal(gone.status, 303, gone.text);
  assert.match(gone.headers.get('clear-site-data') ?? '', /cache/);
  assert.match((await copy.get('/')).text, /Your account was deleted/);
  assert.ok(!(await isIn(person)) && !(await isIn(copy)), 'its sessions end with their next request');
  assert.equal((await signIn(newPerson(server), 'charlie')).status, 401);
  for (const table of ['accounts where id', 'memberships where account_id', 'account_events where account_id']) {
    assert.deepEqual(await rowsOf(`select 1 from shared.${table} = $1`, [id]), [], table);
  }
  const agents = await rowsOf(`select name from ${team.tenantId}.agents`);
  assert.equal(agents.length, 1, 'what the person made stays');
  const events = (await team.events()).filter(({ actorName }) => actorName === 'charlie').map(({ event }) => event);
  assert.ok(events.includes('account.deleted') && events.includes('member.left'));
  assert.ok((await subjects('charlie@acme.test')).includes('Your Bailiwick account was deleted'));
  assert.equal((await dora.person.get(team.home)).status, 200);
});

test('the activity of an account is its own, newest first, a page at a time (AC-9, V7.5.2)', async () => {
  const { id, person } = await enter('busy');
  const other = await insertPerson(server, 'quiet');
  const add = `insert into shared.account_events (id, account_id, at, event, address, device)
    select gen_random_uuid(), $1, now() - make_interval(mins => n), 'account.signed-out', $2, 'Firefox on Linux'
    from generate_series(1, 60) n`;
  await rowsOf(add, [id, '198.51.100.1']);
  await rowsOf(add, [other.id, '198.51.100.2']);
  const first = await person.get('/profile/activity');
  assert.match(first.text, /Signed in[\s\S]+Signed out/);
  assert.ok(first.text.includes(person.address) && !first.text.includes('198.51.100.2'));
  const older = /\/profile\/activity\?before=[\w-]+/.exec(first.text)?.[0] ?? '';
  assert.equal((await person.get(older)).text.match(/Signed out/g)?.length, 11);
  const foreign = (await rowsOf('select id from shared.account_events where account_id = $1 limit 1', [other.id]))[0]
    .id;
  assert.match((await person.get(`/profile/activity?before=${foreign}`)).text, /Nothing further/);
});

test('what opens an account is news until its owner has seen it, in any workspace, and in none of its tables (AG-7, V6.3.7)', async () => {
  const team = await openTeam(server, 'Newsroom', 'reporter');
  const { person, id } = team.owner;
  const pages = ['/profile', '/profile/activity', `${team.home}/notifications`];
  await person.submit('/profile', {}, '/profile/activity/seen');
  for (const page of pages) assert.doesNotMatch((await person.get(page)).text, /New on your account/, page);
  const changed = { current: goodPassword, password: newPassword };
  assert.equal((await person.submit('/profile/password', changed)).status, 303);
  for (let tries = 0; tries < 4; tries += 1) {
    await rowsOf(
      `insert into shared.account_events (id, account_id, event, outcome) values (gen_random_uuid(), $1, 'account.sign-in-refused', 'refused')`,
      [id],
    );
  }
  for (const page of pages) {
    const { text } = await person.get(page);
    assert.match(text, /New on your account[\s\S]+Password changed/, page);
    assert.doesNotMatch(text, /Sign-in, 4 times/, 'a few slips are no news');
  }
  await rowsOf(
    `insert into shared.account_events (id, account_id, event, outcome) values (gen_random_uuid(), $1, 'account.sign-in-refused', 'refused')`,
    [id],
  );
  assert.match((await person.get('/profile')).text, /Sign-in, 5 times/);
  assert.deepEqual(await rowsOf(`select 1 from ${team.tenantId}.notifications`), [], 'it lies in no workspace');
  const other = await team.join('colleague', 'member');
  await other.person.submit('/profile', {}, '/profile/activity/seen');
  assert.doesNotMatch((await other.person.get(`${team.home}/notifications`)).text, /New on your account/);
  assert.equal((await person.submit('/profile', {}, '/profile/activity/seen')).status, 303);
  assert.doesNotMatch((await person.get('/profile')).text, /New on your account/);
});

test('fields that the form does not have are not written, whatever they are called (V8.2.3, V15.3.3)', async () => {
  const { id, person } = await enter('extra');
  const row = () =>
    rowsOf('select id, email, password_hash, short_password, created_at from shared.accounts where id = $1', [id]);
  const before = await row();
  const extra = {
    id: crypto.randomUUID(),
    email: 'mine@evil.test',
    passwordHash: 'x',
    password_hash: 'x',
    role: 'owner',
  };
  assert.equal((await person.submit('/profile', { name: 'Extra', username: 'extra', ...extra })).status, 303);
  assert.deepEqual(await row(), before);
});
