import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { appWith, mailedCode, makeStale } from '../features/accounts/factors.js';
import { goodPassword, insertPerson } from '../features/accounts/people.js';
import { assertAccessible, browserPath, launchBrowser, watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

let server: TestServer;
let browser: Browser;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 1 });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const heading = (page: Page, text: string) =>
  page.getByRole('heading', { level: 1, name: text }).waitFor({ timeout: 20_000 });

async function signIn(page: Page, login: string): Promise<void> {
  await page.goto(`${server.origin}/sign-in`);
  await page.getByLabel('Username or email address').fill(login);
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Narrow and in the dark. */
async function lookAt(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertAccessible(page);
  const [inner, outer] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  assert.ok((inner ?? 0) <= (outer ?? 0), `${page.url()} is wider than the screen: ${inner} > ${outer}`);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Wide and in the light, too. */
async function lookTwiceAt(page: Page): Promise<void> {
  await assertAccessible(page);
  await lookAt(page);
}

describe('two steps in a browser', { skip }, () => {
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
  });
  after(() => context?.close());

  test('an app is set up, its codes are kept, and one of them comes in after the password (AC-6)', async () => {
    const seen = watch(page, server.origin);
    const { id } = await insertPerson(server, 'anna');
    await page.goto(`${server.origin}/sign-in`);
    await lookTwiceAt(page);
    await signIn(page, 'anna');
    await heading(page, 'Your workspaces');
    await page.goto(`${server.origin}/profile/authenticator`);
    await lookAt(page);
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await heading(page, 'Set up your authenticator app');
    await lookAt(page);
    const key = (await page.locator('#authenticator-key').innerText()).replaceAll(/\s/g, '');
    const phone = appWith(server, id, key);
    await page.getByLabel('Code that the app shows').fill(await phone.code());
    await page.getByRole('button', { name: 'Confirm' }).click();
    await heading(page, 'Your recovery codes');
    await lookAt(page);
    const codes = (await page.locator('#recovery-codes').innerText()).split('\n');
    assert.equal(codes.length, 10);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'bailiwick-recovery-codes.txt');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${server.origin}/`);
    await signIn(page, 'anna');
    await heading(page, 'One more step');
    await lookAt(page);
    await page.getByLabel('Code of your authenticator app').fill('000000');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('This code is not right').first().waitFor();
    await lookAt(page);
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill(codes[0] ?? '');
    await lookAt(page);
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'Your workspaces');

    await page.goto(`${server.origin}/profile/authenticator/removal`);
    await makeStale(server, id);
    await page.getByRole('button', { name: 'Remove the app' }).click();
    await heading(page, 'Confirm that it is you');
    await lookAt(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${server.origin}/`);
    await page.goto(`${server.origin}/sign-in/code`);
    await lookAt(page);
    await page.getByLabel('Username or email address').fill('anna');
    await page.getByRole('button', { name: 'Email me a code' }).click();
    await heading(page, 'Enter the code');
    await lookAt(page);
    assert.deepEqual(seen.complaints, []);
  });
});

describe('the same with scripts off', { skip }, () => {
  test('a mailed code signs in, and a stale session proves itself without losing the form (AC-3, AC-11)', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false });
    const page = await context.newPage();
    const { id, email } = await insertPerson(server, 'berta');
    await page.goto(`${server.origin}/sign-in`);
    await page.getByRole('link', { name: 'Email me a code' }).click();
    await page.getByLabel('Username or email address').fill('berta');
    await page.getByRole('button', { name: 'Email me a code' }).click();
    await heading(page, 'Enter the code');
    await page.getByLabel('Code', { exact: true }).fill(await mailedCode(server, email));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Your workspaces');

    await page.goto(`${server.origin}/profile/authenticator`);
    await makeStale(server, id);
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await heading(page, 'Confirm that it is you');
    await page.getByRole('button', { name: 'Use your password' }).click();
    await page.getByLabel('Your password').fill('not my password at all');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('This is not your password').first().waitFor();
    await page.getByRole('button', { name: 'Email me a code' }).click();
    await page.getByLabel('Code', { exact: true }).fill(await mailedCode(server, email));
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'Set up your authenticator app');
    assert.ok((await page.locator('svg.qr path').getAttribute('d'))?.startsWith('M'));
    await context.close();
  });
});
