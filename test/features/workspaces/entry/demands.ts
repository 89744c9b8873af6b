import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { tell } from '../../../support/tell.js';
import { until } from '../../../support/until.js';
import { signIn } from '../../accounts/people.js';
import { act, type Member, openTeam, type Team } from '../../members/team.js';
import { ask, change, globex, opens, pages, server, signedInBy } from './stage.js';

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
