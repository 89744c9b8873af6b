import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { simpleParser } from 'mailparser';
import type { Browser, Page } from 'playwright-core';
import { goodPassword } from '../features/accounts/people.js';
import { type MailServers, newMailServers } from '../mail/mail-server.js';
import { browserPath, launchBrowser } from '../support/browser.js';
import { newCertificate } from '../support/certificate.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';
const certificate = newCertificate(['IP:127.0.0.1']);
const email = 'post@acme.test';
const newPassword = 'grey lantern beside two rivers';

let server: TestServer;
let browser: Browser;
let mail: MailServers;

before(async () => {
  if (skip) return;
  mail = newMailServers(certificate);
  const port = await mail.start();
  process.env.SMTP_URL = `smtp://127.0.0.1:${port}?ca=${encodeURIComponent(certificate.certificateFile)}`;
  server = await startTestServer({ tenants: 1, jobs: true });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
  await mail?.stop();
  certificate.remove();
});

/** What the mail server took, over TLS, for the newest mail whose subject fits; waits until it is there. */
async function letter(subject: RegExp): Promise<string> {
  let found: string | undefined;
  await until(`a mail about ${subject} came`, async () => {
    for (const { raw, to, encrypted } of mail.received) {
      const parsed = await simpleParser(raw);
      if (to.includes(email) && encrypted && subject.test(parsed.subject ?? '')) found = parsed.text;
    }
    return found !== undefined;
  });
  return found ?? '';
}

async function signOut(page: Page): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`${server.origin}/sign-in`);
}

test('signing up, signing in by code and recovering go by real mail, from the form to the link (AC-2, AC-3, AC-8)', {
  skip,
}, async () => {
  const page = await browser.newPage();
  await page.goto(`${server.origin}/sign-up`);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Username').fill('post');
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByLabel('Workspace').fill('By mail');
  await page.locator('form button.primary').first().click();
  await page.waitForURL('**/sign-up/sent');
  await page.goto(/http:\S+\/verify-email\/[\w-]+/.exec(await letter(/confirm/i))?.[0] ?? '');
  await page.locator('button.primary').click();
  await page.waitForURL('**/w/by-mail');

  await signOut(page);
  await page.getByRole('link', { name: 'Email me a code' }).click();
  await page.getByLabel('Username or email address').fill(email);
  await page.locator('main form button.primary').click();
  await page.waitForURL('**/sign-in/code/entry');
  await page.locator('input[name=code]').fill(/^\d{6}$/m.exec(await letter(/code/i))?.[0] ?? '');
  await page.locator('main form button.primary').first().click();
  await page.waitForURL('**/w/by-mail');

  await signOut(page);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Username or email address').fill('post');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
  await page.goto(/http:\S+\/recover\/[\w-]{43}/.exec(await letter(/password/i))?.[0] ?? '');
  await page.getByLabel('New password').fill(newPassword);
  await page.getByRole('button', { name: 'Set the password and sign in' }).click();
  await page.waitForURL(({ pathname }) => !pathname.startsWith('/recover'));
  await page.goto(`${server.origin}/profile`);
  assert.equal(new URL(page.url()).pathname, '/profile');
  assert.match(await letter(/password was/i), /sessions/);
});
