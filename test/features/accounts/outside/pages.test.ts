import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { assertAccessible, browserPath, launchBrowser } from '../../../support/browser.js';
import { goodPassword, insertPerson } from '../people.js';
import { octocat, openStage, type Stage } from './stage.js';

const skip = browserPath === undefined && 'no browser is installed';
let stage: Stage;
let browser: Browser;

before(async () => {
  if (skip) return;
  stage = await openStage({ tenants: 3 });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await stage?.close();
});

interface Window {
  readonly page: Page;
  /** What the browser refused by a content security policy. */
  readonly refused: string[];
  open(path: string): Promise<void>;
}

async function newWindow({ scripts = true } = {}): Promise<Window> {
  const context = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) refused.push(message.text());
  });
  // The provider's pages would ask for a font elsewhere.
  await page.route(/fonts\.googleapis/, (route) => route.abort());
  return { page, refused, open: async (path) => void (await page.goto(stage.server.origin + path)) };
}

/** The provider's own forms: who one is, and that we may know. */
async function signInThere(page: Page, subject: string): Promise<void> {
  await page.locator('input[name=login]').fill(subject);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test('somebody new comes by Google in a browser, and later by one press of a button (AC-4)', { skip }, async () => {
  stage.google.people.set('ada', { email: 'ada@google.test', email_verified: true });
  const { page, refused, open } = await newWindow();
  await open('/sign-in?next=%2Fworkspaces');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await signInThere(page, 'ada');
  await page.getByRole('heading', { name: 'Finish signing up' }).waitFor();
  await assertAccessible(page);
  assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
  await page.getByLabel('Name of the workspace').fill('Ada');
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.waitForURL(`${stage.server.origin}/workspaces`);

  await open('/profile/security');
  await page.getByText('Your only way in').waitFor();
  await assertAccessible(page);
  // There and back without a stop: every redirect of it is judged by the policy of the page with the button.
  await page.context().clearCookies({ domain: 'localhost' });
  await open('/sign-up');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.waitForURL(`${stage.server.origin}/w/ada`);
  assert.deepEqual(refused, []);
});

test('an owner signs in as before and connects GitHub, with scripts off (AC-5, AC-12)', { skip }, async () => {
  await insertPerson(stage.server, 'bob', 'bob@hub.test');
  stage.github.person = octocat(8, 'bob@hub.test');
  const { page, open } = await newWindow({ scripts: false });
  await open('/sign-in');
  await page.getByRole('button', { name: 'Continue with GitHub' }).click();
  await page.getByRole('heading', { name: 'Sign in as you did before' }).waitFor();
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Username or email address').fill('bob');
  await page.getByLabel('Password').fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Connect GitHub' }).waitFor();
  await page.getByRole('button', { name: 'Connect GitHub' }).click();
  await page.getByText('GitHub is connected: it opens your account from now on.').waitFor();
  await page.getByRole('cell', { name: 'octocat8' }).waitFor();

  const later = await newWindow({ scripts: false });
  await later.open('/sign-in');
  await later.page.getByRole('button', { name: 'Continue with GitHub' }).click();
  await later.page.waitForURL(`${stage.server.origin}/workspaces`);
});

test('what was refused is said on accessible pages (AC-4, AC-12)', { skip }, async () => {
  stage.google.people.set('unchecked', { email: 'bob@hub.test', email_verified: false });
  const { page, open } = await newWindow();
  await open('/sign-in');
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await signInThere(page, 'unchecked');
  await page.getByRole('heading', { name: 'Google has not verified your email address' }).waitFor();
  await assertAccessible(page);
  stage.google.people.set('unchecked', { email: 'bob@hub.test', email_verified: true });
  await page.getByRole('link', { name: 'Back to the sign-in' }).click();
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.getByRole('heading', { name: 'Sign in as you did before' }).waitFor();
  await assertAccessible(page);
});
