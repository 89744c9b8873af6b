import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { assertAccessible, browserPath, launchBrowser, type Watch, watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

// Words find what is asked here; that meaning finds it, too, is shown in test/features/knowledge.
let server: TestServer;
let browser: Browser;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 3, jobs: true, own: true });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function newestLinkTo(page: Page, address: string, part: string): Promise<string> {
  for (let tries = 0; tries < 120; tries += 1) {
    await page.goto(`${server.origin}/captured-mail`);
    const link = await page
      .locator('article', { hasText: `To ${address},` })
      .locator(`a[href*="${part}"]`)
      .first()
      .getAttribute('href', { timeout: 500 })
      .catch(() => null);
    if (link) return link;
  }
  throw new Error(`no mail with a link to ${part}`);
}

/** Waits for a text, and when it does not come says what is there instead. */
async function see(page: Page, text: string): Promise<void> {
  await page
    .getByText(text)
    .first()
    .waitFor({ timeout: 20_000 })
    .catch(async (error: unknown) => {
      const shown = await page.locator('body').innerText();
      throw new Error(`"${text}" is not on ${page.url()}, but: ${shown.slice(0, 1500)}`, { cause: error });
    });
}

async function signUp(page: Page, name: string, workspace: string): Promise<void> {
  await page.goto(`${server.origin}/sign-up`);
  await page.getByLabel('Email').fill(`${name}@example.org`);
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password', { exact: true }).fill('violet kettle under nine lamps');
  await page.getByLabel('Workspace').fill(workspace);
  await page.locator('main button[type=submit], form button.primary').first().click();
  await page.waitForURL('**/sign-up/sent');
  await page.goto(await newestLinkTo(page, `${name}@example.org`, '/verify-email/'));
  await page.locator('button.primary').click();
  await page.waitForURL('**/w/**');
}

describe('the main job in a browser', { skip }, () => {
  let context: BrowserContext;
  let page: Page;
  let seen: Watch;
  let home: string;

  before(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    seen = watch(page, server.origin);
  });
  after(() => context?.close());

  test('signing up leads to a workspace of one’s own, by way of the mail (AC-1, AC-2)', async () => {
    await page.goto(server.origin);
    await assertAccessible(page);
    await page.goto(`${server.origin}/sign-up`);
    await assertAccessible(page);
    await signUp(page, 'alice', 'Acme Research');
    home = new URL(page.url()).pathname;
    assert.equal(await page.locator('h1').innerText(), 'Acme Research');
    await assertAccessible(page);
  });

  test('the sample document is one click away, and is read while one watches (KB-1)', async () => {
    await page.getByRole('button', { name: 'Try a sample' }).click();
    await page.waitForURL(`**${home}/knowledge`);
    await assertAccessible(page);
    await page.locator('[data-progress-row][data-stage="done"], .badge.ok').first().waitFor({ timeout: 60_000 });
  });

  test('dropped files show their progress one by one, and a bad one says why (KB-1, KB-5)', async () => {
    await page.setInputFiles('input[type=file]', [
      { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Parking\n\nVisitors park in row seven.') },
      {
        name: 'report.pdf',
        mimeType: 'application/pdf',
        buffer: Buffer.from('\u0089PNG\r\n\u001a\n not a pdf', 'latin1'),
      },
    ]);
    await page.locator('[data-upload-list] [data-stage="done"]').first().waitFor({ timeout: 60_000 });
    const failed = page.locator('[data-upload-list] [data-stage="failed"]').first();
    await failed.waitFor({ timeout: 60_000 });
    assert.match(await failed.innerText(), /pdf/i);
    await assertAccessible(page);
  });

  test('Guide answers from it, shows its search, and a citation opens the place (AG-2, AG-4, KB-4)', async () => {
    await page.goto(`${server.origin}${home}/conversations/new`);
    await page.locator('textarea').fill('How much may a hotel room cost in London?');
    await page.keyboard.press('Enter');
    await page.locator('blockquote', { hasText: 'the limit is 220 euros' }).waitFor({ timeout: 60_000 });
    await page.getByText('No language model is configured').first().waitFor();
    assert.match(await page.locator('main').innerText(), /Search knowledge/);
    await assertAccessible(page);
    const citation = page.locator('a[href*="chunk="]').first();
    await citation.click();
    await page.waitForURL('**/knowledge/**chunk=**');
    assert.match(await page.locator('#passage').innerText(), /A hotel room may cost up to 140 euros/);
    await assertAccessible(page);
  });

  test('the activity log says what was done, by whom, at whose request (AU-1, AU-3)', async () => {
    await page.goto(`${server.origin}${home}/audit`);
    const log = await page.locator('table').innerText();
    for (const event of [
      'tool.called',
      'document.uploaded',
      'document.failed',
      'account.signed-in',
      'workspace.created',
    ]) {
      assert.ok(log.includes(event), `${event} is not in the log`);
    }
    await assertAccessible(page);
    await page.getByRole('link', { name: 'tool.called' }).first().click();
    await page.getByText('Arguments’ digest').waitFor();
    await assertAccessible(page);
  });

  test('an invited person joins, and sees no activity and no settings (MB-2, MB-3)', async () => {
    await page.goto(`${server.origin}${home}/members`);
    await page.getByLabel('Email address').fill('bob@example.org');
    await page.getByRole('button', { name: 'Send the invitation' }).click();
    await see(page, 'An invitation is on its way');
    await assertAccessible(page);
    const other = await browser.newContext();
    const bob = await other.newPage();
    await bob.goto(await newestLinkTo(bob, 'bob@example.org', '/invitations/'));
    await assertAccessible(bob);
    await bob.getByLabel('Username').fill('bob');
    await bob.getByLabel('Password', { exact: true }).fill('seven wooden spoons in May');
    await bob.getByRole('button', { name: 'Create the account and join' }).click();
    await bob.waitForURL(`**${home}`);
    assert.equal(await bob.getByRole('link', { name: 'Activity' }).count(), 0);
    await other.close();
  });

  test('every page is clean: nothing asked of other hosts, nothing the policy refused (CR-3, GV-6)', async () => {
    for (const path of [
      '',
      '/agents',
      '/agents/new',
      '/members/permissions',
      '/settings',
      '/settings/deletion',
      '/conversations',
    ]) {
      const answer = await page.goto(`${server.origin}${home}${path}`);
      assert.equal(answer?.status(), 200, path);
      await assertAccessible(page);
    }
    assert.deepEqual(seen.complaints, []);
    assert.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0);
    const names = (await context.cookies()).map(({ name }) => name).sort();
    assert.deepEqual(
      names.filter((name) => !['session', 'device', 'workspace'].includes(name)),
      [],
    );
  });
});

test('the whole path works with scripts off (AG-2)', { skip }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
  const page = await context.newPage();
  await signUp(page, 'nora', 'Without Script');
  const home = new URL(page.url()).pathname;
  await page.getByRole('button', { name: 'Try a sample' }).click();
  await page.waitForURL(`**${home}/knowledge`);
  for (let tries = 0; tries < 60 && (await page.locator('td .badge.ok').count()) === 0; tries += 1) await page.reload();
  await page.goto(`${server.origin}${home}/conversations/new`);
  await page.locator('textarea').fill('Are receipts needed for small amounts?');
  await page.locator('form:has(textarea) button[type=submit]').click();
  await page.waitForURL('**/conversations/*-*');
  assert.match(await page.locator('main').innerText(), /Amounts under 10 euros need no receipt/);
  await context.close();
});
