import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { testEveryWorkspace } from '../../src/features/assurance/self-test/actions.js';
import type { Part } from '../../src/features/assurance/self-test/self-test.js';
import { takeReport } from '../../src/features/disclosure/actions.js';
import { insertWithApp } from '../features/accounts/factors.js';
import { goodPassword } from '../features/accounts/people.js';
import { openTeam, type Team } from '../features/members/team.js';
import {
  assertAccessible,
  assertBothWidths,
  browserPath,
  launchBrowser,
  openAs,
  type Watch,
  watch,
} from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

process.env.PLATFORM_ADMINS = 'dora@acme.test';
const longName = 'The Society for the Preservation of Very Long Names in Every Table of This World';
const arabicName = 'مؤسسة البحوث والدراسات';
let server: TestServer;
let browser: Browser;
let acme: Team;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 4 });
  acme = await openTeam(server, 'Acme', 'alice');
  for (const [name, owner] of [[longName, 'lotte'] as const, [arabicName, 'amina'] as const]) {
    await openTeam(server, name, owner);
  }
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function assertFits(page: Page): Promise<void> {
  const scrolls = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.equal(scrolls, 0, `${page.url()} is wider than the screen`);
}

describe('the platform console in a browser (MB-3)', { skip }, () => {
  let page: Page;
  let seen: Watch;
  const open = async (path: string, heading: string) => {
    await page.goto(`${server.origin}${path}`);
    assert.equal(await page.locator('h1').innerText(), heading);
    await assertAccessible(page);
    await assertFits(page);
  };

  before(async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    seen = watch(page, server.origin);
  });
  after(() => page?.context().close());

  test('opens behind a sign-in with a second factor and a step of its own', async () => {
    const { app } = await insertWithApp(server, 'dora');
    await page.goto(`${server.origin}/platform`);
    await page.locator('input[name=login]').fill('dora');
    await page.locator('input[name=password]').fill(goodPassword);
    await page.locator('form:has(input[name=password]) button[type=submit].primary').click();
    await page.locator('input[name=proof_authenticator]').fill(await app.code());
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL('**/platform/entry**');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.waitForURL((url) => url.pathname === '/platform');
    assert.match(await page.locator('header').innerText(), /Platform console/);
    assert.match(await page.locator('main').innerText(), /3 workspaces/);
    await assertAccessible(page);
    await assertFits(page);
  });

  test('makes, suspends and opens again, and says what was wrong beside the field', async () => {
    await open('/platform/tenants/new', 'New workspace');
    await page.getByLabel('Name').fill('Initech');
    await page.getByLabel('Owner’s email address').fill('milton@initech.test');
    await page.getByRole('button', { name: 'Make it and send the invitation' }).click();
    await page.getByText('No owner yet', { exact: true }).waitFor();
    await assertAccessible(page);
    await page.getByRole('link', { name: 'Workspaces' }).first().click();
    await page.getByRole('link', { name: 'Acme' }).click();
    await page.getByRole('button', { name: 'Suspend it' }).click();
    await page.getByText('Say why, in a few words.').first().waitFor();
    await assertAccessible(page);
    await page.getByLabel('Reason').fill('The invoice of May is open');
    await page.getByRole('button', { name: 'Suspend it' }).click();
    await page.getByText('The workspace is suspended.').waitFor();
    await page.getByLabel('Reason').fill('It is paid');
    await page.getByRole('button', { name: 'Open it again' }).click();
    await page.getByText('The workspace is open again.').waitFor();
    await assertAccessible(page);
  });

  test('a report is rated while its metrics are chosen, and answered from a template (GV-5)', async () => {
    const written = { from: '', name: 'Eve', subject: longName, text: 'Steps.' };
    const taken = await takeReport({ source: 'form', written, mayAnswer: false });
    const home = `/platform/reports/${taken?.reference}`;
    await open('/platform/reports/templates', 'Answer templates');
    await page.getByLabel('Name').fill('First answer');
    await page.getByLabel('Text').fill('Dear finder,');
    await page.getByRole('button', { name: 'Save' }).click();
    await open(`${home}/severity`, `Severity of ${taken?.reference}`);
    for (const metric of ['AV', 'AC', 'AT', 'PR', 'UI', 'VC', 'VI', 'VA', 'SC', 'SI', 'SA']) {
      await page.locator(`input[name=${metric}]`).first().check();
    }
    await page.getByText('10.0 critical').waitFor();
    await page.getByRole('button', { name: 'Keep this severity' }).click();
    await page.waitForURL(`**${home}`);
    await page.getByRole('button', { name: 'Insert' }).click();
    assert.equal(await page.getByLabel('Answer', { exact: true }).inputValue(), 'Dear finder,');
    await page.setViewportSize({ width: 390, height: 844 });
    await open(home, longName);
    await open('/platform/reports', 'Security reports');
    await open('/platform/reports/policy', 'Disclosure policy');
    await open('/security/reports/new', 'Report a security problem');
    await open('/security/acknowledgements', 'Acknowledgements');
    await open('/security/policy', 'Disclosure policy');
    await page.setViewportSize({ width: 1280, height: 900 });
    assert.deepEqual(seen.complaints, []);
  });

  test('tells everybody of an incident, and each page of it holds (GV-6)', async () => {
    await open('/platform/incidents', 'Incidents');
    await open('/platform/incidents/new?kind=maintenance', 'New maintenance');
    await page.getByRole('link', { name: 'An incident instead' }).click();
    await page.getByLabel('Title').fill(longName);
    await page.getByLabel('Mail', { exact: true }).check();
    await page.getByLabel('What people should know').fill('We look *into* it.');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Choose how much of it works.').first().waitFor();
    await assertAccessible(page);
    await page.getByLabel('Works, but slowly').check();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('It is on the status page').waitFor();
    await assertAccessible(page);
    const here = new URL(page.url()).pathname;
    await page.setViewportSize({ width: 390, height: 844 });
    await open(here, 'Incident');
    await open(`${here}/correction`, 'Correct');
    await open('/platform/incidents', 'Incidents');
    await open('/status', 'Status');
    await open(here.replace('/platform', '/status'), 'Incident');
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test('every page holds on a narrow screen, too', async () => {
    await open(`/platform/tenants/${acme.tenantId}/deletion`, 'Delete Acme?');
    await open('/platform/installation', 'Installation');
    await open('/platform/events?q=nothing-of-the-kind', 'Events');
    await page.setViewportSize({ width: 390, height: 844 });
    await open('/platform?sort=name', 'Workspaces');
    await open(`/platform/tenants/${acme.tenantId}`, 'Acme');
    await open('/platform/events', 'Events');
    await open('/platform/accounts', 'Accounts');
    await page.getByLabel('Email address').fill('alice@acme.test');
    await page.getByRole('button', { name: 'Find the account' }).click();
    await page.waitForURL('**/platform/accounts/*-*');
    await assertAccessible(page);
    await assertFits(page);
    assert.deepEqual(seen.complaints, []);
  });

  test('a workspace’s admins see how it stands, and print what it can show (GV-3, GV-4)', async () => {
    const leak: Part = {
      part: 'routes',
      tried: 300,
      refused: 299,
      leaks: ['GET /w/:workspace/hole showed it'],
      names: [],
    };
    await testEveryWorkspace(async () => [leak]);
    const { person } = acme.owner;
    const alices = await openAs(browser, { origin: server.origin, cookies: person.cookies });
    for (const [path, heading] of [
      ['', 'Security'],
      ['/evidence', 'Evidence'],
    ]) {
      await alices.page.goto(`${server.origin}${acme.home}/security${path}`);
      assert.equal(await alices.page.locator('h1').innerText(), heading);
      await assertBothWidths(alices.page);
    }
    const paper = await alices.page.evaluate('document.querySelectorAll(".evidence-part").length');
    assert.equal(paper, 5);
    assert.deepEqual(alices.watched.complaints, []);
    await alices.context.close();
  });
});
