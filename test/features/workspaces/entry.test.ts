import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { tell } from '../../support/tell.js';
import { until } from '../../support/until.js';
import { goodPassword, insertPerson, newPerson, signIn } from '../accounts/people.js';
import { invitationTo } from '../members/invitations/mailbox.js';
import { act, type Member, openTeam, type Team } from '../members/team.js';

process.env.TRIAL_DAYS = '30';
let server: TestServer;
let acme: Team;
let globex: Team;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
});
after(() => server?.close());

const ask = (statement: string, values: unknown[]) => server.database.admin.query(statement, values);
const pages = ['', '/members', '/knowledge', '/conversations', '/members/departure'];

/** As if this person had signed in by these methods. */
async function signedInBy({ id }: Member, methods: string[]): Promise<void> {
  const { rows } = await ask(
    `update shared.sessions set sess = jsonb_set(sess::jsonb, '{methods}', $2)::json where account_id = $1 returning sid`,
    [id, JSON.stringify(methods)],
  );
  const sids = rows.map(({ sid }) => String(sid));
  await tell(server.database, 'session', sids);
}

/** The directory's row of a workspace, as the operator changes it, told to everybody in it. */
async function change(team: Team, what: string, value: unknown = null): Promise<void> {
  await ask(`update shared.tenants set ${what} = $2 where id = $1`, [team.tenantId, value]);
  const { rows } = await ask('select account_id as id from shared.memberships where tenant_id = $1', [team.tenantId]);
  const members = rows.map(({ id }) => String(id));
  await tell(server.database, 'membership', members);
}

const opens = async ({ person }: Member, path: string) => (await person.get(path)).status;

describe('what a workspace demands of sign-ins (AC-6, V6.3.3)', () => {
  let team: Team;
  let bob: Member;
  const demand = (fields: Record<string, string>) =>
    act(team, team.owner, '/settings/sign-in', {
      graceDays: '0',
      idleMinutes: '30',
      rememberBrowsers: 'on',
      ...fields,
    });

  before(async () => {
    team = await openTeam(server, 'Vault', 'vera');
    bob = await team.join('bob', 'member');
    await signedInBy(team.owner, ['passkey']);
    await until('the passkey counts', async () => (await demand({})).status === 303);
  });

  test('each way in is let in or told what to do', async () => {
    const table: [Record<string, string>, string[], RegExp | undefined][] = [
      [{ secondFactor: 'on' }, ['password'], /asks for a second factor/],
      [{ secondFactor: 'on' }, ['google'], /asks for a second factor/],
      [{ secondFactor: 'on' }, ['password', 'authenticator'], undefined],
      [{ secondFactor: 'on' }, ['passkey'], undefined],
      [{ secondFactor: 'on' }, ['password', 'remembered'], undefined],
      [{ secondFactor: 'on', rememberBrowsers: '' }, ['password', 'remembered'], /does not count that this browser/],
      [{ noPasswords: 'on' }, ['password', 'authenticator'], /does not take passwords/],
      [{ noPasswords: 'on' }, ['code'], undefined],
      [{ noCodes: 'on' }, ['code'], /does not take emailed codes/],
      [{ noCodes: 'on' }, ['github'], undefined],
      [{}, ['password'], undefined],
    ];
    for (const [{ rememberBrowsers = 'on', ...fields }, methods, told] of table) {
      const boxes: Record<string, string> = rememberBrowsers === 'on' ? { rememberBrowsers } : {};
      const saved = await act(team, team.owner, '/settings/sign-in', {
        graceDays: '0',
        idleMinutes: '30',
        ...boxes,
        ...fields,
      });
      assert.equal(saved.status, 303, saved.text);
      await signedInBy(bob, methods);
      const name = `${JSON.stringify(fields)} ${methods.join('+')}`;
      await until(name, async () => (await opens(bob, team.home)) === (told ? 403 : 200));
      const deep = await bob.person.get(`${team.home}/knowledge?q=oil`);
      assert.equal(deep.status, told ? 403 : 200, name);
      if (told) assert.match(deep.text, told, name);
    }
  });

  test('closes every page and form until then, and leads back to the page that was asked for', async () => {
    await demand({ secondFactor: 'on' });
    await signedInBy(bob, ['password']);
    await until('bob is kept out', async () => (await opens(bob, team.home)) === 403);
    for (const path of pages) assert.equal(await opens(bob, `${team.home}${path}`), 403, path);
    const json = await bob.person.get(`${team.home}/members`, { accept: 'application/json' });
    assert.equal(json.status, 403);
    assert.match(json.text, /with a second factor/);
    const _csrf = await bob.person.token('/profile');
    assert.equal((await bob.person.post(`${team.home}/members/departure`, { _csrf })).status, 403);
    const deep = `${team.home}/knowledge?q=oil`;
    const shown = await bob.person.get(deep);
    assert.match(shown.text, new RegExp(`name="next" value="${deep.replace('?', '\\?')}"`));
    const out = await bob.person.post('/sign-out', { next: deep, _csrf });
    assert.equal(out.location, `/sign-in?next=${encodeURIComponent(deep)}`);
    // Demanded, the second factor is asked for at the sign-in itself.
    await demand({});
    for (const evil of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      await signIn(bob.person, 'bob');
      const left = await bob.person.post('/sign-out', { next: evil, _csrf: await bob.person.token('/profile') });
      assert.equal(left.location, '/');
    }
    await signIn(bob.person, 'bob');
  });

  test('is announced during the days of grace, to those whom it will keep out', async () => {
    await demand({});
    await demand({ secondFactor: 'on', graceDays: '10' });
    await signedInBy(bob, ['password']);
    const banner =
      /From [A-Z][a-z]+ \d+, \d{4} on, this workspace opens only to those who sign in with a second factor/;
    await until('bob is warned', async () => banner.test((await bob.person.get(team.home)).text));
    assert.doesNotMatch((await team.owner.person.get(team.home)).text, banner);
    await ask(
      `update shared.tenant_policies set second_factor_from = now() - interval '1 second' where tenant_id = $1`,
      [team.tenantId],
    );
    await change(team, 'suspended_at');
    await until('grace is over', async () => (await opens(bob, team.home)) === 403);
  });

  test('cannot lock out its author, and is written down with what was (AU-1)', async () => {
    await demand({});
    await signedInBy(team.owner, ['password']);
    for (const [fields, message] of [
      [{ secondFactor: 'on', graceDays: '30' }, /signed in without a second factor yourself/],
      [{ noPasswords: 'on' }, /signed in with a password yourself/],
      [{ graceDays: '31' }, /Give 30 days at most/],
      [{ idleMinutes: '4' }, /Choose between 5 and 30 minutes/],
    ] as [Record<string, string>, RegExp][]) {
      await until('the password counts', async () => (await demand(fields)).status === 422);
      assert.match((await demand(fields)).text, message);
    }
    await demand({ idleMinutes: '20' });
    const told = (await team.events()).filter(({ event }) => event === 'settings.sign-in-changed').at(-1);
    assert.equal(told?.details.from, 'browsers remembered, idle 30 min');
    assert.equal(told?.details.to, 'browsers remembered, idle 20 min');
    const admin = await team.join('reader', 'member');
    assert.equal((await act(team, admin, '/settings/sign-in', { idleMinutes: '5' })).status, 403);
  });

  test('shortens the time that a session may be idle, by the strictest of a person’s workspaces (AC-10, V7.3.1)', async (context) => {
    await demand({ idleMinutes: '10' });
    const [tom, una] = [await team.join('tom', 'member'), await globex.join('una', 'member')];
    await ask(`insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'member')`, [
      globex.tenantId,
      tom.id,
    ]);
    await tell(server.database, 'membership', [tom.id]);
    assert.equal(await opens(tom, globex.home), 200, 'tom is in both');
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    context.mock.timers.tick(9 * 60_000);
    assert.equal(await opens(tom, globex.home), 200);
    context.mock.timers.tick(11 * 60_000);
    assert.equal(await opens(tom, globex.home), 303, 'also in the workspace that allows more');
    assert.equal(await opens(una, globex.home), 200, 'who is not in the strict one stays');
    context.mock.timers.reset();
    const { rows } = await ask('select sid from shared.sessions where account_id = $1', [tom.id]);
    assert.deepEqual(rows, [], 'and the session is gone for good');
  });
});

describe('a trial (MB-8)', () => {
  const past = new Date(Date.now() - 1000);

  test('begins with the workspace when the operator says so, and every page says how long it goes on', async () => {
    assert.match((await globex.owner.person.get(globex.home)).text, /This workspace is on trial: 30 days left/);
    await change(globex, 'trial_ends_at');
    await until('there is no trial', async () => !/on trial/.test((await globex.owner.person.get(globex.home)).text));
  });

  test('when it ends the workspace can be read and exported, and nothing in it changed', async () => {
    const { owner } = acme;
    const member = await acme.join('bea', 'member');
    await act(acme, owner, '/members/invitations', { email: 'late@acme.test', role: 'member' });
    await change(acme, 'trial_ends_at', past);
    await until('it has ended', async () => /ended on/.test((await owner.person.get(acme.home)).text));
    for (const path of [
      ...pages,
      '/settings',
      '/audit',
      '/audit/export.csv',
      '/roles',
      '/groups',
      '/settings/deletion',
    ]) {
      assert.equal(await opens(owner, `${acme.home}${path}`), 200, path);
    }
    const writes: [string, Record<string, string>][] = [
      ['/knowledge/pasted', { title: 'Oil', text: 'Oil burns.' }],
      ['/settings', { name: 'Acme 2', instructions: '' }],
      ['/members/invitations', { email: 'x@acme.test', role: 'member' }],
      [`/members/${member.id}/role`, { role: 'admin' }],
      ['/roles', { name: 'Late', permissions: 'audit.read' }],
      ['/agents', { name: 'Late', knowledge: 'all' }],
      ['/conversations', { text: 'Is anybody there?' }],
    ];
    for (const [path, fields] of writes) {
      const answer = await act(acme, owner, path, fields);
      assert.equal(answer.status, 403, path);
      assert.match(answer.text, /The trial of this workspace has ended/, path);
    }
    const link = await invitationTo(server, 'late@acme.test');
    const late = newPerson(server);
    const joined = await late.submit(link, { username: 'late', password: goodPassword }, `${link}/account`);
    assert.equal(joined.status, 403);
    assert.equal((await act(acme, owner, `/members/${member.id}/removal`)).status, 303, 'access can be ended');
    await change(acme, 'trial_ends_at');
    await until('it goes on', async () => (await act(acme, owner, '/groups', { name: 'Again' })).status === 303);
  });

  test('its quotas hold for documents, questions and members, also for two who join at once (V2.3.4)', async () => {
    const { owner } = globex;
    const paste = (title: string) => act(globex, owner, '/knowledge/pasted', { title, text: 'Oil burns in lamps.' });
    const question = async () => {
      const { rows } = await ask(`select id from ${globex.tenantId}.agents limit 1`, []);
      return act(globex, owner, '/conversations', { text: 'What burns?', agent: rows[0].id });
    };
    const { rows } = await ask('select count(*)::int as count from shared.memberships where tenant_id = $1', [
      globex.tenantId,
    ]);
    const guests = ['gus', 'gil'];
    for (const name of guests) {
      await insertPerson(server, name);
      await act(globex, owner, '/members/invitations', { email: `${name}@acme.test`, role: 'member' });
    }
    await change(globex, 'quotas', { documents: 1, messagesPerMonth: 1, members: rows[0].count + 1 });
    await until('the quota is known', async () => (await paste('One')).status === 403);
    assert.match((await paste('Two')).text, /takes no more documents: its quota is 1/);
    assert.equal((await question()).status, 303);
    const second = await question();
    assert.equal(second.status, 403);
    assert.match(second.text, /as many questions this month as it may: 1/);
    const joining = guests.map(async (name) => {
      const person = newPerson(server);
      await signIn(person, name);
      const link = await invitationTo(server, `${name}@acme.test`);
      return (await person.submit(link, {}, `${link}/acceptance`)).status;
    });
    assert.deepEqual((await Promise.all(joining)).sort(), [303, 403]);
    await change(globex, 'quotas', {});
  });
});

test('a suspended workspace says so to its members and opens nothing, while their others stay open (MB-8)', async () => {
  const { owner } = globex;
  await ask(`insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'user')`, [
    acme.tenantId,
    owner.id,
  ]);
  await change(globex, 'suspended_at', new Date());
  await until('it is suspended', async () => (await opens(owner, globex.home)) === 403);
  for (const path of [...pages, '/audit/export.csv', '/settings/deletion']) {
    const answer = await owner.person.get(`${globex.home}${path}`);
    assert.equal(answer.status, 403, path);
    assert.match(answer.text, /Globex<\/bdi> is suspended/);
  }
  const _csrf = await owner.person.token('/profile');
  const form = await owner.person.post(`${globex.home}/knowledge/pasted`, { title: 'A', text: 'B', _csrf });
  assert.equal(form.status, 403);
  assert.match(form.text, /This workspace is suspended/);
  await until('acme opens', async () => (await opens(owner, acme.home)) === 200);
  assert.equal((await alike(`${globex.home}/members`)).status, 404, 'strangers learn nothing');
  const again = newPerson(server);
  assert.equal((await signIn(again, owner.name)).status, 303, 'and signing in goes on');
  await change(globex, 'suspended_at');
  await until('it is open again', async () => (await opens(owner, globex.home)) === 200);
});

const alike = (path: string) => acme.owner.person.get(path);

test('the workspace that was opened last is where somebody comes back to, in their own browser only (MB-1)', async () => {
  const { owner } = globex;
  assert.equal((await newPersonAs(owner)).location, '/workspaces', 'a browser that knows of none');
  for (const home of [acme.home, globex.home, acme.home]) {
    await owner.person.get(home);
    assert.equal((await owner.person.get('/')).location, home);
  }
  const cookie = owner.person.cookies.get('workspace') ?? '';
  assert.ok(cookie.length > 10 && !cookie.includes('acme'), 'and it says nobody else which');
  await owner.person.submit('/profile', {}, '/sign-out');
  assert.equal((await signIn(owner.person, owner.name)).location, acme.home);
  const deep = `${globex.home}/members?page=1`;
  await owner.person.submit('/profile', {}, '/sign-out');
  const turned = await owner.person.get(deep);
  assert.equal(turned.location, `/sign-in?next=${encodeURIComponent(deep)}`);
  assert.equal((await signIn(owner.person, owner.name, goodPassword, deep)).location, deep, 'a deep link comes first');
});

async function newPersonAs({ name }: Member) {
  return signIn(newPerson(server), name);
}
