import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { unsubscribeLink } from '../../src/features/notifications/unsubscribing/link.js';
import { type Member, openTeam, type Team } from '../features/members/team.js';
import { post } from '../features/pages/writing.js';
import { assertBothWidths, browserPath, launchBrowser, openAs, type Watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

describe('pages in a browser (AG-11)', { skip }, () => {
  let server: TestServer;
  let acme: Team;
  let bob: Member;
  let browser: Browser;
  const seen: Watch[] = [];

  const open = async ({ person }: Member, options: object = {}): Promise<[Page, BrowserContext]> => {
    const { page, context, watched } = await openAs(
      browser,
      { origin: server.origin, cookies: person.cookies },
      options,
    );
    seen.push(watched);
    return [page, context];
  };

  before(async () => {
    server = await startTestServer({ tenants: 2 });
    acme = await openTeam(server, 'Acme', 'alice');
    bob = await acme.join('bob', 'member');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test('from an empty workspace to a page: live preview, a draft that survives a reload, a conflict that keeps all', async () => {
    const [page, context] = await open(acme.owner);
    await page.goto(`${server.origin}${acme.home}/pages`);
    await page.getByRole('link', { name: 'New space' }).first().click();
    await page.getByLabel('Name').fill('Handbook');
    await page.getByRole('button', { name: 'Make the space' }).click();
    await page.getByRole('link', { name: 'New page' }).first().click();
    await page.getByLabel('Title').fill('Lamps');
    await page
      .getByLabel('Text', { exact: false })
      .first()
      .fill('Lamps give **light**.\n\n<img src=x onerror=alert(1)>');
    await page.locator('[data-preview] strong', { hasText: 'light' }).waitFor();
    assert.equal(await page.locator('[data-preview] img').count(), 0);
    await page.getByText('Draft kept').waitFor();
    await page.reload();
    await page.getByText('This is your draft').waitFor();
    await page.locator('[data-preview] strong', { hasText: 'light' }).waitFor();
    await page.getByRole('button', { name: 'Make the page' }).click();
    await page.getByRole('heading', { name: 'Lamps', level: 1 }).waitFor();
    const address = page.url();
    const path = new URL(address).pathname.replace(acme.home, '');

    await page.getByRole('link', { name: 'Edit' }).click();
    await post(acme, bob, path, { title: 'Lamps', body: 'Lamps need oil.', version: '1' });
    // Before anybody saves: who is writing hears of it at once.
    await page.locator('#page-news', { hasText: 'saved version 2' }).getByRole('link', { name: 'Compare' }).waitFor();
    await page.getByLabel('Text', { exact: false }).first().fill('Lamps give **much** light.');
    await page.keyboard.press('Control+s');
    await page.getByRole('heading', { name: 'Two of you wrote at once' }).waitFor();
    await page.getByText('+ Lamps need oil.').first().waitFor();
    assert.equal(await page.locator('textarea').inputValue(), 'Lamps give **much** light.');
    await assertBothWidths(page);
    await page.locator('textarea').fill('Lamps need oil and give **much** light.');
    // Left in the middle of a word: what was typed goes along on the way out.
    await until('the draft is offered', async () => {
      await page.goto(address);
      return page.getByText('have not saved it').isVisible();
    });
    await page.getByRole('link', { name: 'Go on writing' }).click();
    assert.equal(await page.locator('textarea').inputValue(), 'Lamps need oil and give **much** light.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL(address);
    await page.locator('.page-text strong', { hasText: 'much' }).waitFor();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('Version 3').waitFor();
    await context.close();
  });

  test('in the tree a branch opens in place, and an archived page is back with one press', async () => {
    const [page, context] = await open(bob);
    await page.goto(`${server.origin}${acme.home}/pages`);
    await page.getByRole('link', { name: 'Handbook' }).first().click();
    const space = page.url();
    const spacePath = new URL(space).pathname.replace(acme.home, '');
    let parent = '';
    for (const title of ['Top', 'Middle', 'Bottom']) {
      const made = await post(acme, bob, `${spacePath}/pages`, { title, body: '', parent });
      parent = made.location.split('/').at(-1) ?? '';
    }
    await page.reload();
    await page.getByRole('button', { name: 'Pages in Middle' }).click();
    await assertBothWidths(page);
    await page.getByRole('link', { name: 'Bottom' }).click();
    await page.getByRole('link', { name: 'Archive', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
    await page.getByText('Bottom was archived').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The page is back').waitFor();
    await context.close();
  });

  test('an owner looks into a private space with a reason, and hands it on when its maker is removed (IS-5, MB-5)', async () => {
    const carl = await acme.join('carl', 'member');
    const diary = (await post(acme, carl, '/spaces', { name: 'Diary', kind: 'private' })).location;
    await post(acme, carl, `${diary.replace(acme.home, '')}/pages`, { title: 'Monday', body: 'It *rained*.' });
    const [page, context] = await open(acme.owner);
    const at = (path: string) => page.goto(`${server.origin}${acme.home}${path}`);
    await at(`/members/${carl.id}`);
    await page.getByRole('link', { name: 'Look into something private' }).click();
    await page.getByRole('radio', { name: /A private space with 1 page/ }).check();
    await page.getByLabel('Why').fill('The insurer asks about Monday');
    await assertBothWidths(page);
    await page.getByRole('button', { name: 'Open for 60 minutes' }).click();
    await page.getByText('They were told.').waitFor();
    await assertBothWidths(page);
    await page.getByRole('link', { name: 'Read it' }).click();
    await assertBothWidths(page);
    await page.getByRole('link', { name: 'Monday' }).click();
    await page.getByText('You look into what is carl’s').waitFor();
    await assertBothWidths(page);
    await at('/access');
    await assertBothWidths(page);
    await at(`/members/${carl.id}/removal`);
    await page.getByRole('radio', { name: 'Hand over to a member' }).check();
    await page.getByLabel('Who goes on with them').selectOption({ label: 'bob (bob)' });
    await assertBothWidths(page);
    await page.getByRole('button', { name: 'Remove the member' }).click();
    await page.getByText('The member was removed.').waitFor();
    for (const path of ['/members/departures', '/settings/export', '/members/departure']) {
      await at(path);
      await assertBothWidths(page);
    }
    const link = unsubscribeLink({ tenantId: acme.tenantId, accountId: bob.id, kinds: ['reminder'] });
    await page.goto(`${server.origin}${new URL(link).pathname}`);
    await assertBothWidths(page);
    await page.getByRole('button', { name: 'Stop these mails' }).click();
    await page.getByRole('heading', { name: 'These mails stop' }).waitFor();
    await context.close();
  });

  test('without script the form shows a preview, keeps what was typed and saves; nothing asks another host', async () => {
    const [page, context] = await open(bob, { javaScriptEnabled: false });
    await page.goto(`${server.origin}${acme.home}/pages?q=lamps`);
    await page.getByRole('link', { name: /Lamps/ }).first().click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.locator('textarea').fill('# Without *script*');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('[data-preview] h3 em', { hasText: 'script' }).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The page was saved.').waitFor();
    await context.close();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
