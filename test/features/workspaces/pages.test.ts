import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertAccessible, browserPath, launchBrowser } from '../../support/browser.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { goodPassword } from '../accounts/people.js';
import { openTeam } from '../members/team.js';
import { windowOf } from '../members/window.js';

process.env.STANDBY_TENANTS = '0';
const skip = browserPath === undefined && 'no browser is installed';
let server: TestServer;
let browser: Browser;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 1, jobs: true, own: true });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('a workspace is deleted in a browser, and its job writes the receipt (IS-8)', { skip }, async () => {
  const name = 'Søns & "Daughters"  of يوسف'.replace('  ', ' ');
  const team = await openTeam(server, name, 'alice');
  const { page, open, complaints } = await windowOf(browser, team.owner.person);
  await open(`${team.home}/settings`);
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Delete the workspace' }).click();
  await page.getByRole('heading', { level: 1, name: `Delete ${name}?` }).waitFor();
  await assertAccessible(page);
  const act = page.getByRole('button', { name: 'Delete the workspace for good' });
  assert.ok(await act.isDisabled(), 'it wakes up when the name is typed');
  await page.getByLabel(/^Type/).fill(name);
  await page.getByLabel('Your password', { exact: true }).fill('not the password');
  await act.click();
  await page.getByRole('alert').waitFor();
  await assertAccessible(page);
  await page.getByLabel(/^Type/).fill(name);
  await page.getByLabel('Your password', { exact: true }).fill(goodPassword);
  await act.click();
  await page.getByRole('heading', { name: 'Receipt of a deletion' }).waitFor();
  const done = page.getByText('Nothing is left');
  for (const deadline = Date.now() + 20_000; !(await done.isVisible()); ) {
    assert.ok(Date.now() < deadline, 'the job has not come to its end');
    await page.reload();
  }
  await assertAccessible(page);
  const after = await page.locator('tbody td:last-child').allTextContents();
  assert.ok(after.length > 20 && after.every((count) => count === '0'), after.join());
  assert.deepEqual(complaints, []);
});
