import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Cast, guideOf, startCast } from '../features/conversations/cast.js';
import { assertAccessible, browserPath, launchBrowser, type Watch, watch } from '../support/browser.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

describe('chat in a browser (AG-2)', { skip }, () => {
  let cast: Cast;
  let guide: string;
  let browser: Browser;
  const seen: Watch[] = [];

  const open = async (options: object = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const cookies = [...cast.alice.browser.cookies];
    await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: cast.server.origin })));
    const page = await context.newPage();
    seen.push(watch(page, cast.server.origin));
    return page;
  };
  const at = (path: string) => `${cast.server.origin}${path}`;

  before(async () => {
    cast = await startCast();
    guide = await guideOf(cast, cast.acme);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await cast?.close();
  });

  test('a question is edited by keyboard, both versions can be reached, Esc stops, a reload follows on', async () => {
    const page = await open();
    cast.says({ text: 'The Oder.' });
    await page.goto(at(`/w/acme/conversations/new?agent=${guide}`));
    await page.locator('html[data-ready]').waitFor();
    await page.locator('textarea').fill('Which river?');
    await page.keyboard.press('Enter');
    await page.getByText('The Oder.').waitFor();
    await page.getByRole('button', { name: 'Send' }).waitFor();

    cast.says({ text: 'The Elbe, with `code`:\n\n```\nflow()\n```' });
    await page.locator('textarea').focus();
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.locator('textarea').inputValue(), 'Which river?');
    await page.locator('textarea').fill('Which other river?');
    await page.keyboard.press('Enter');
    await page.getByText('2 of 2').waitFor();
    await page.getByText('The Elbe').waitFor();
    assert.equal(await page.getByText('The Oder.').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Copy this code' }).count(), 1);
    await assertAccessible(page);
    await page.getByRole('link', { name: 'The version before' }).click();
    await page.getByText('The Oder.').waitFor();

    cast.says({ text: ['Slowly, ', 'very ', 'slowly.'], fault: { kind: 'hang', after: 3 } });
    await page.locator('html[data-ready]').waitFor();
    await page.locator('textarea').fill('And how fast?');
    await page.keyboard.press('Enter');
    await page.getByText('Slowly, very').waitFor();
    await page.reload();
    await page.locator('html[data-ready]').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    assert.equal(await page.locator('[data-message] [data-text][data-streaming]').textContent(), 'Slowly, very ');
    await page.keyboard.press('Escape');
    await page.getByText('Stopped before the end.').waitFor();
    assert.equal(
      await page.locator('.from-agent').last().locator('[data-body], [data-text]').innerText(),
      'Slowly, very',
    );

    await page.locator('input[type=file]').setInputFiles({
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('The river is slow.'),
    });
    await page.getByRole('link', { name: 'notes.txt' }).waitFor();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });

  test('what models were used for is a page for everybody, wide and narrow (AG-3)', async () => {
    const page = await open();
    await page.goto(at('/w/acme/usage'));
    await page.getByRole('heading', { name: 'By model' }).waitFor();
    await assertAccessible(page);
    await page.setViewportSize({ width: 390, height: 900 });
    await page.emulateMedia({ colorScheme: 'dark' });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    assert.ok(Number(overflow) <= 0, 'wider than the screen');
    await assertAccessible(page);
  });

  test('without script a question is asked in other words on a page of its own, and versions are links', async () => {
    const page = await open({ javaScriptEnabled: false });
    cast.says({ text: 'Plain.' });
    await page.goto(at(`/w/acme/conversations/new?agent=${guide}`));
    await page.getByLabel('Ask Guide').fill('Plain?');
    await page.getByRole('button', { name: 'Send' }).click();
    cast.says({ text: 'Plainer.' });
    await page.getByRole('link', { name: 'Edit this question' }).click();
    await page.getByLabel('Your question').fill('Plainer?');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByText('Plainer.').waitFor();
    await page.getByRole('link', { name: 'The version before' }).click();
    assert.equal(await page.getByText('Plain.', { exact: true }).count(), 1);
  });
});
