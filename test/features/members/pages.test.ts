import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertAccessible, browserPath, launchBrowser } from '../../support/browser.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { tell } from '../../support/tell.js';
import { insertPerson, newPerson } from '../accounts/people.js';
import { invitationTo } from './invitations/mailbox.js';
import { act, openTeam, type Team } from './team.js';
import { windowOf } from './window.js';

const skip = browserPath === undefined && 'no browser is installed';
let server: TestServer;
let browser: Browser;
let acme: Team;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('members are invited, changed and removed in a browser, on accessible pages (MB-2, MB-5)', { skip }, async () => {
  const member = await acme.join('bob', 'member');
  const { page, open, complaints } = await windowOf(browser, acme.owner.person);
  await open(`${acme.home}/members`);
  await assertAccessible(page);
  await page.getByLabel('Email address').fill('guest@acme.test');
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await page.getByText('An invitation is on its way to guest@acme.test.').waitFor();
  await page.getByLabel('Role of bob').selectOption('admin');
  await page.getByRole('button', { name: 'Change the role of bob' }).click();
  await page.getByText('The role was changed.').waitFor();
  assert.equal(await acme.roleOf(member), 'admin');
  await assertAccessible(page);

  await page.getByRole('link', { name: 'Remove bob' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove bob?' });
  await dialog.waitFor();
  assert.match(page.url(), /\/members$/, 'asked over the list');
  await assertAccessible(page);
  await dialog.getByRole('button', { name: 'Remove the member' }).click();
  await page.getByText('The member was removed.').waitFor();
  assert.equal(await acme.roleOf(member), undefined);
  await open(`${acme.home}/members/permissions`);
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
});

test('an invitation is accessible to each of those who may open it (MB-2)', { skip }, async () => {
  await insertPerson(server, 'known');
  for (const email of ['new@acme.test', 'known@acme.test']) {
    await act(acme, acme.owner, '/members/invitations', { email, role: 'member' });
  }
  const globex = await openTeam(server, 'Globex', 'charlie');
  const link = await invitationTo(server, 'new@acme.test');
  const stranger = await windowOf(browser, newPerson(server), 390);
  for (const path of [link, await invitationTo(server, 'known@acme.test')]) {
    await stranger.open(path);
    await assertAccessible(stranger.page);
  }
  const other = await windowOf(browser, globex.owner.person, 390);
  await other.open(link);
  await assertAccessible(other.page);
  await stranger.open(link);
  await stranger.page.getByLabel('Username').fill('newcomer');
  await stranger.page.getByLabel('Password', { exact: true }).fill('too short');
  await stranger.page.getByRole('button', { name: 'Create the account and join' }).click();
  await stranger.page.getByRole('alert').waitFor();
  await assertAccessible(stranger.page);
  assert.equal(await stranger.page.getByLabel('Username').inputValue(), 'newcomer');
  assert.deepEqual([...stranger.complaints, ...other.complaints], []);
});

test('roles and groups are made and given in a browser, on accessible pages (MB-3, MB-4)', { skip }, async () => {
  const guest = await acme.join('gwen', 'user');
  const { page, open, complaints } = await windowOf(browser, acme.owner.person);
  await open(`${acme.home}/roles/new`);
  await page.getByLabel('Name').fill('Reviewers of the night');
  await page.getByRole('button', { name: 'Create the role' }).click();
  await page.getByRole('alert').waitFor();
  await assertAccessible(page);
  await page.getByLabel('read audit').check();
  await page.getByRole('button', { name: 'Create the role' }).click();
  await page.getByText('The role Reviewers of the night was created.').waitFor();
  await assertAccessible(page);
  await open(`${acme.home}/groups/new`);
  await page.getByLabel('Name').fill('Night shift');
  await page.getByLabel('Reviewers of the night').check();
  await page.getByRole('button', { name: 'Create the group' }).click();
  await page.getByRole('link', { name: 'Night shift', exact: true }).click();
  await page.getByLabel('Member', { exact: true }).selectOption(guest.id);
  await page.getByRole('button', { name: 'Add to the group' }).click();
  await page.getByText('The member was added.').waitFor();
  await assertAccessible(page);
  await open(`${acme.home}/members/${guest.id}`);
  await page.getByText('audit.read').first().waitFor();
  await assertAccessible(page);
  await open(`${acme.home}/members/ownership`);
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
});

test('sign-in settings, their banner and their closed door are accessible (AC-6, MB-8)', { skip }, async () => {
  const guest = await acme.join('wim', 'member');
  const { rows } = await server.database.admin.query(
    `update shared.sessions set sess = jsonb_set(sess::jsonb, '{methods}', '["passkey"]')::json where account_id = $1
     returning sid`,
    [acme.owner.id],
  );
  const sids = rows.map(({ sid }) => String(sid));
  await tell(server.database, 'session', sids);
  const { page, open, complaints } = await windowOf(browser, acme.owner.person);
  await open(`${acme.home}/settings/sign-in`);
  await page.getByLabel('Demand a second factor').check();
  await page.getByLabel('Days of grace').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The sign-in settings were saved.').waitFor();
  await assertAccessible(page);
  const theirs = await windowOf(browser, guest.person, 390);
  await theirs.open(`${acme.home}/members`);
  await theirs.page.getByText('with a second factor').waitFor();
  await assertAccessible(theirs.page);
  await page.getByLabel('Days of grace').fill('0');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The sign-in settings were saved.').waitFor();
  await theirs.open(`${acme.home}/members`);
  await theirs.page.getByRole('heading', { name: 'Sign in another way for Acme' }).waitFor();
  await assertAccessible(theirs.page);
  await theirs.page.getByRole('button', { name: 'Sign in again' }).click();
  await theirs.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.match(theirs.page.url(), /next=%2Fw%2Facme%2Fmembers/);
  assert.deepEqual([...complaints, ...theirs.complaints], []);
});
