import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { mailLink } from '../../src/features/accounts/recovery/mailing.js';
import { goodPassword, insertPerson, mailsTo } from '../features/accounts/people.js';
import { openTeam } from '../features/members/team.js';
import { assertAccessible, browserPath, launchBrowser, watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';
const newPassword = 'grey lantern beside two rivers';

let server: TestServer;
let browser: Browser;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 2 });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** The page as it is, on a wide light screen and on a narrow dark one. */
async function look(page: Page): Promise<void> {
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    assert.ok(Number(overflow) <= 0, `${page.url()} is wider than ${width}`);
    if (width === 390) await assertAccessible(page);
  }
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.goto(`${server.origin}/sign-in?next=/profile`);
  await page.locator('input[name=login]').fill(username);
  await page.locator('form[action="/sign-in"] input[name=password]').fill(goodPassword);
  await page.locator('form[action="/sign-in"] button[type=submit]').first().click();
  await page.waitForURL('**/profile');
}

/** Asks by the page, and does what the queue would do. Answers the mailed link. */
async function askForLink(page: Page, username: string): Promise<string> {
  await page.goto(`${server.origin}/recover`);
  await page.locator('input[name=login]').fill(username);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.waitForURL('**/recover/sent');
  const { rows } = await server.database.admin.query('select id from shared.recoveries where token_hash is null');
  for (const { id } of rows) await mailLink(id);
  const mail = (await mailsTo(server, `${username}@acme.test`)).at(-1);
  return /https?:\S+\/recover\/[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? '';
}

describe('one’s own account in a browser', { skip }, () => {
  test('every page of it is clear at 1280 and 390, light and dark (AC-9, AC-10)', async () => {
    const team = await openTeam(server, 'Acme', 'alice');
    await team.join('bob', 'member');
    const page = await browser.newPage();
    const seen = watch(page, server.origin);
    await signIn(page, 'alice');
    await page
      .getByLabel('Name', { exact: true })
      .fill('Alexandra Konstantinopolitanskaya-Featherstonehaugh of the Upper Lakes العربية');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your names were saved.').waitFor();
    await page.getByLabel('New email address').fill('a-rather-long-address-for-a-narrow-screen@subdomain.example.org');
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByText('A new address waits').waitFor();
    await look(page);
    for (const place of ['security', 'password', 'sessions', 'activity', 'data', 'data/deletion']) {
      await page.goto(`${server.origin}/profile/${place}`);
      await look(page);
    }
    await page.goto(
      (await mailsTo(server, 'a-rather-long-address-for-a-narrow-screen@subdomain.example.org')).map(
        ({ text }) => /https?:\S+\/new-email\/[\w-]{43}/.exec(text)?.[0] ?? '',
      )[0] ?? '',
    );
    await look(page);
    await page.getByRole('button', { name: 'Confirm the new address' }).click();
    await page.waitForURL('**/profile/sessions');
    assert.deepEqual(seen.complaints, []);
    await page.close();
  });

  test('a forgotten password is replaced, and the token stays in the address of one page (AC-8, V3.4.5)', async () => {
    await insertPerson(server, 'carol');
    const page = await browser.newPage();
    const seen = watch(page, server.origin);
    await page.goto(`${server.origin}/recover`);
    await look(page);
    const link = await askForLink(page, 'carol');
    await look(page);
    const referers: Promise<string>[] = [];
    page.on('request', (request) => referers.push(request.headerValue('referer').then((value) => value ?? '')));
    await page.goto(link);
    await page.locator('input[name=password]').fill('too short');
    await page.locator('main button[type=submit]').click();
    await page.getByText('Check what you entered').waitFor();
    await look(page);
    await page.locator('input[name=password]').fill(newPassword);
    await page.locator('main button[type=submit]').click();
    await page.waitForURL('**/profile/security?recovered=yes');
    await look(page);
    await page.goto(`${server.origin}/profile/data/deletion`);
    await look(page);
    const told = new Set(await Promise.all(referers));
    assert.ok(told.has(`${server.origin}/`), [...told].join());
    assert.deepEqual(
      [...told].filter((referer) => referer.includes('/recover')),
      [],
    );
    await page.goto(link);
    await look(page);
    assert.deepEqual(seen.complaints, []);
    await page.close();
  });

  test('with scripts off, one comes back in, changes the password, ends sessions, and goes (AC-8, AC-9)', async () => {
    await insertPerson(server, 'dan');
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 900 } });
    const page = await context.newPage();
    await page.goto(await askForLink(page, 'dan'));
    await page.locator('input[name=password]').fill(newPassword);
    await page.locator('main button[type=submit]').click();
    await page.waitForURL('**/profile/security?recovered=yes');
    await page.getByRole('link', { name: 'Change the password' }).click();
    await page.locator('input[name=current]').fill(newPassword);
    await page.locator('input[name=password]').fill(goodPassword);
    await page.locator('main button[type=submit]').click();
    await page.getByText('The password was changed.').waitFor();
    await page.getByRole('link', { name: 'Data', exact: true }).click();
    await page.getByRole('link', { name: 'Delete my account' }).click();
    await page.locator('input[name=typed]').fill('dan');
    await page.getByRole('button', { name: 'Delete my account for good' }).click();
    await page.getByText('Your account was deleted.').waitFor();
    await context.close();
  });
});
