import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Member, openTeam, type Team } from '../features/members/team.js';
import { assertAccessible, browserPath, launchBrowser, openAs, type Watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

describe('the calendar in a browser (AG-11)', { skip }, () => {
  let server: TestServer;
  let acme: Team;
  let browser: Browser;
  const seen: Watch[] = [];

  const open = async ({ person }: Member, options: object = {}): Promise<[Page, BrowserContext]> => {
    const size = { width: 1280, height: 900 };
    const signedIn = { origin: server.origin, cookies: person.cookies };
    const there = { viewport: size, timezoneId: 'America/New_York', ...options };
    const { page, context, watched } = await openAs(browser, signedIn, there);
    seen.push(watched);
    return [page, context];
  };
  const at = (path: string) => `${server.origin}${acme.home}${path}`;

  before(async () => {
    server = await startTestServer({ tenants: 1 });
    acme = await openTeam(server, 'Acme', 'alice');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test('a week of hours, an event in a panel, a series changed from one of its days, and the browser’s own time zone', async () => {
    const [page, context] = await open(acme.owner);
    await page.goto(at('/calendar?view=week&date=2026-03-10'));
    await page.getByText('Your browser is in').waitFor();
    await page.getByRole('button', { name: 'Show times there' }).click();
    await page.getByText('Times in America/New_York.').waitFor();
    await page.keyboard.press('c');
    await page.waitForURL('**/events/new**');
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'America/New_York');
    await page.getByLabel('Title').fill('Stand-up');
    await page.getByLabel('Starts on').fill('2026-03-06');
    await page.locator('[name=startTime]').fill('10:00');
    assert.equal(await page.getByLabel('Ends on').inputValue(), '2026-03-06', 'the end follows the start');
    assert.equal(await page.getByLabel('Last day').isVisible(), false);
    await page.getByLabel('Every so many').selectOption('day');
    await page.getByLabel('Ends', { exact: true }).selectOption('after');
    await page.getByLabel('Number of times').fill('6');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Make the event' }).click();
    await page.getByText('is in the calendar').waitFor();

    await page.goto(at('/calendar?view=week&date=2026-03-10'));
    // Clocks were put forward on the 8th: by the clock it is where it was.
    const entry = page.locator('.week-day', { hasText: 'Mon' }).getByRole('link', { name: /Stand-up/ });
    assert.equal(await page.evaluate(`document.querySelector('.week-timed a').style.insetBlockStart`), '80px');
    await entry.click();
    const panel = page.locator('dialog.panel');
    await panel.getByRole('heading', { name: 'Stand-up' }).waitFor();
    await panel.getByText('10:00–11:00').first().waitFor();
    assert.match(page.url(), /\/calendar\/events\/[0-9a-f-]{36}\?on=2026-03-09$/);
    await assertAccessible(page);
    await panel.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('All of the series').check();
    await page.locator('[name=startTime]').fill('14:00');
    assert.equal(await page.locator('[name=endTime]').inputValue(), '15:00');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The event was saved').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(at('/calendar?date=2026-03-06'));
    assert.equal(await page.locator('.month').isVisible(), false);
    assert.equal(await page.locator('.agenda').getByText('14:00–15:00').count(), 6);
    await assertAccessible(page);
    const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    await context.close();
  });

  test('without script an event is made, called off for a day and found struck through', async () => {
    const [page, context] = await open(acme.owner, { javaScriptEnabled: false });
    await page.goto(at('/calendar/events/new?date=2026-05-04'));
    await page.getByLabel('Title').fill('Review');
    await page.getByLabel('Every so many').selectOption('week');
    await page.getByRole('button', { name: 'Make the event' }).click();
    await page.getByText('is in the calendar').waitFor();
    await page.goto(at('/calendar?view=month&date=2026-05-01'));
    await page
      .locator('.month')
      .getByRole('link', { name: /Review/ })
      .nth(1)
      .click();
    await page.getByRole('link', { name: 'Call off' }).click();
    await page.getByRole('button', { name: 'Call off' }).click();
    await page.getByText('This occurrence was called off').waitFor();
    await page.goto(at('/calendar?view=week&date=2026-05-11'));
    await page.locator('.entry.cancelled', { hasText: 'Review' }).waitFor();
    await context.close();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
