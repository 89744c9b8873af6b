import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { assertAccessible } from '../support/browser.js';
import { until } from '../support/until.js';
import { launch, visit } from './browser.js';
import { createEndpoints } from './endpoints.js';
import { arabicName } from './samples.js';
import { startGallery } from './server.js';

const server = createEndpoints();
let browser: Browser;
let gallery: Awaited<ReturnType<typeof startGallery>>;

before(async () => {
  gallery = await startGallery(server.endpoints);
  browser = await launch();
});

after(async () => {
  await browser.close();
  gallery.stop();
});

const open = async (name: string) => (await visit(browser, `${gallery.origin}/gallery/${name}`)).page;
const focused = (page: Page) => page.evaluate('document.activeElement.textContent.trim()');

test('a confirmation opens over the page, waits for the typed words, and gives the focus back', async () => {
  const page = await open('settings');
  await page.getByRole('link', { name: 'Delete workspace' }).click();
  const dialog = page.getByRole('dialog');
  const act = dialog.getByRole('button', { name: 'Delete workspace' });
  await dialog.waitFor();
  assert.ok(await act.isDisabled());
  await dialog.getByLabel('Type').fill(arabicName);
  assert.ok(await act.isEnabled());
  await assertAccessible(page);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'Delete workspace');
  await page.context().close();
});

test('without script the confirmation is a page of its own', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/settings`, { javaScriptEnabled: false });
  await page.getByRole('link', { name: 'Delete workspace' }).click();
  await page.waitForURL('**/gallery/confirm');
  assert.ok(await page.getByRole('button', { name: 'Delete workspace' }).isEnabled());
  await page.context().close();
});

test('a detail opens beside its list with its own address, and Back closes it', async () => {
  const page = await open('audit');
  await page.locator('a[data-panel]').first().click();
  const panel = page.locator('dialog.panel');
  await panel.getByText('digest').waitFor();
  assert.match(page.url(), /audit-detail$/);
  await assertAccessible(page);
  await page.goBack();
  await panel.waitFor({ state: 'detached' });
  assert.match(page.url(), /audit$/);
  await page.locator('a[data-panel]').nth(2).click();
  await panel.getByText('digest').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL('**/gallery/audit');
  assert.equal(await focused(page), 'member.role-changed');
  await page.context().close();
});

test('a citation opens the cited passage beside the thread (AG-2)', async () => {
  const page = await open('chat');
  await page.locator('[data-sources] a').first().click();
  const passage = page.locator('dialog.panel .passage');
  await passage.waitFor();
  assert.match(page.url(), /reader#passage-3$/);
  const top = () => page.evaluate('document.querySelector("dialog.panel .passage").getBoundingClientRect().top');
  await until('the passage is in sight', async () => Number(await top()) < 800);
  await page.context().close();
});

test('keys search, go, make and list; and can be turned off', async () => {
  const page = await open('chat');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate('document.activeElement.name'), 'q');
  await page.keyboard.press('?');
  assert.equal(await page.locator('dialog[open]').count(), 0, 'a key typed into a field is text');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByText('Go to Knowledge').waitFor();
  await assertAccessible(page);
  await help.getByLabel('Turn single-key shortcuts off').check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.locator('.account-menu summary').click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await help.getByLabel('Turn single-key shortcuts off').uncheck();
  await page.keyboard.press('Escape');
  await Promise.all([page.waitForURL('**/w/acme/knowledge'), page.keyboard.type('gk')]);
  await page.context().close();
});

test('a form is sent once, however often it is clicked', async () => {
  const page = await open('sign-up');
  const before = server.sent.length;
  await page.getByLabel('Email').fill('alice@acme.example');
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByLabel('Workspace name').fill('Acme');
  const resting = await page.evaluate(
    'const form = document.querySelector("form.form"), button = form.querySelector("[type=submit]"); button.click(); button.click(); form.requestSubmit(); new Promise((resolve) => setTimeout(() => resolve(button.disabled)))',
  );
  assert.equal(resting, true);
  await until('the form arrives', () => server.sent.length > before);
  assert.equal(server.sent.length, before + 1);
  await page.context().close();
});

test('a password can be shown, and a secret copied', async () => {
  const page = await open('sign-up');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Show password' }).click();
  assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'text');
  await page.context().close();

  const { page: parts } = await visit(browser, `${gallery.origin}/gallery/components`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await parts.locator('[data-copy="new-key"]').click();
  await parts.getByText('Copied').waitFor();
  assert.match(String(await parts.evaluate('navigator.clipboard.readText()')), /^ak_\w{20,}$/);
  const [download] = await Promise.all([
    parts.waitForEvent('download'),
    parts.getByRole('button', { name: 'Download' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'bailiwick-key.txt');
  await parts.context().close();
});

test('a menu closes by Esc, by a click elsewhere, and the narrow bar keeps the rest behind Menu', async () => {
  const page = await open('components');
  await page.locator('details.menu summary.button').click();
  await page.getByRole('link', { name: 'Duplicate' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('details[data-menu][open]').count(), 0);
  assert.equal(await focused(page), 'More');
  await page.locator('details.menu summary.button').click();
  await page.getByRole('heading', { level: 1 }).click();
  assert.equal(await page.locator('details[data-menu][open]').count(), 0);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await page.getByRole('link', { name: 'Settings' }).isVisible(), false);
  await page.getByRole('button', { name: 'Menu' }).click();
  assert.ok(await page.getByRole('link', { name: 'Settings' }).isVisible());
  await assertAccessible(page);
  await page.context().close();
});

test('a page with errors opens with the focus on their summary, and the first key leads into the content', async () => {
  const page = await open('sign-up-errors');
  assert.equal(await page.evaluate('document.activeElement.hasAttribute("data-error-summary")'), true);
  assert.deepEqual(await page.locator('[data-error-summary] a').allTextContents(), [
    'Enter an email address, like name@example.com.',
    'This password is on a list of common ones. Choose another.',
    'Workspace name: Use at most 80 characters.',
  ]);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'field-email');
  await page.goto(`${gallery.origin}/gallery/audit`);
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to the content');
  await page.context().close();
});
