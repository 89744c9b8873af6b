import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../../support/until.js';
import { goodPassword, insertPerson, newPerson, signIn } from '../../accounts/people.js';
import { invitationTo } from '../../members/invitations/mailbox.js';
import { act } from '../../members/team.js';
import { acme, ask, change, globex, opens, pages, server } from './stage.js';

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
