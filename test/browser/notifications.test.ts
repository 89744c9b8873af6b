import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newId } from '../../src/database/id.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { type Cast, type Member, startCast } from '../features/conversations/cast.js';
import { assertAccessible, browserPath, launchBrowser, type Watch, watch } from '../support/browser.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';
const home = '/w/acme/notifications';

describe('notifications in a browser (AG-7)', { skip }, () => {
  let cast: Cast;
  let browser: Browser;
  const seen: Watch[] = [];

  const open = async ({ browser: person }: Member, options: object = {}): Promise<[Page, BrowserContext]> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url: cast.server.origin })));
    const page = await context.newPage();
    seen.push(watch(page, cast.server.origin));
    return [page, context];
  };
  const at = (path: string) => `${cast.server.origin}${path}`;
  const narrow = async (page: Page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await assertAccessible(page);
    const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
    assert.ok(overflow <= 0, `${page.url()} is ${overflow} px too wide`);
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  const tellBob = async (title: string) => {
    const { notify } = await import('../../src/features/notifications/notify.js');
    const { context } = cast.alice;
    const told = { to: [cast.bob.id], kind: 'mention', subject: { kind: 'agent', id: newId() }, title } as const;
    await inTenant(context, 'workspace.read', (db) => notify(db, context, { ...told, path: '/agents' }));
  };

  before(async () => {
    cast = await startCast({ model: false });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await cast?.close();
  });

  test('the bell rises by itself, the list marks and leads on, and a title stays text', async () => {
    const [page, context] = await open(cast.bob);
    await page.goto(at('/w/acme'));
    const bell = page.locator('[data-unread-count]');
    assert.equal(await bell.isVisible(), false);
    await tellBob('<img src=x onerror="document.title=1"> of alice');
    await bell.waitFor();
    assert.match(await bell.innerText(), /^1/);
    await page.getByText('One unread notification').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.waitForURL(`**${home}`);
    await tellBob('The second');
    await page.getByText('There is something new').click();
    await page.getByText('The second').first().waitFor();
    await page.getByText('<img src=x onerror="document.title=1"> of alice').first().waitFor();
    await narrow(page);

    const first = page.locator('[data-notification]').first();
    await first.getByRole('button', { name: 'Mark as read' }).click();
    await first.getByText('Mark as unread').waitFor();
    await page.locator('[data-unread-count]', { hasText: /^1/ }).waitFor();
    assert.equal(await page.locator('[data-notification].unread').count(), 1, 'without a reload it stays where it was');
    await page
      .locator('[data-notification].unread')
      .getByRole('button', { name: /of alice/ })
      .first()
      .click();
    await page.waitForURL('**/w/acme/agents');
    assert.equal(await page.locator('[data-unread-count]').isVisible(), false);

    await page.goto(at(`${home}/preferences`));
    await assertAccessible(page);
    await page.getByLabel('By mail: Mentions').selectOption('daily');
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Your choices were saved').waitFor();
    assert.equal(await page.getByLabel('By mail: Mentions').inputValue(), 'daily');
    await context.close();
  });

  test('after an @ members are offered, by keyboard and by name, to who may see them', async () => {
    const [page, context] = await open(cast.alice);
    await page.goto(at('/w/acme/tasks/new'));
    const text = page.locator('textarea[data-mentions]').first();
    await text.pressSequentially('Ask @B');
    const offered = page.getByRole('option', { name: '@bob' });
    await offered.waitFor();
    assert.equal(await text.getAttribute('aria-activedescendant'), await offered.getAttribute('id'));
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    assert.equal(await offered.isVisible(), false);
    await text.pressSequentially('o');
    await offered.waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await text.inputValue(), 'Ask @bob ');
    await text.pressSequentially('or bob@b');
    assert.equal(await offered.isVisible(), false, 'an address of mail is no mention');
    await text.pressSequentially('.test, @');
    await page.getByRole('option', { name: '@alice' }).click();
    assert.equal(await text.inputValue(), 'Ask @bob or bob@b.test, @alice ');
    await context.close();
  });

  test('without script a form opens and marks, and the page says to reload', async () => {
    await tellBob('By form');
    await tellBob('All of them');
    const [page, context] = await open(cast.bob, { javaScriptEnabled: false });
    await page.goto(at(home));
    await page.getByText('Reload to see more').waitFor();
    await page.getByRole('button', { name: 'By form', exact: true }).click();
    assert.equal(new URL(page.url()).pathname, '/w/acme/agents');
    await page.goto(at(home));
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await page.getByText(/notifications? marked as read/).waitFor();
    await page.getByText('You have read everything').waitFor();
    await context.close();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
