import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { goodPassword, newPerson, signIn } from '../accounts/people.js';
import type { Member } from '../members/team.js';
import { acme, ask, change, globex, opens, pages, server } from './entry/stage.js';
// Told in files of their own, in the same workspaces.
import './entry/demands.js';
import './entry/trial.js';

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
