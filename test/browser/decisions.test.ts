import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { addDocument, type Cast, guideOf, type Member, startCast } from '../features/conversations/cast.js';
import { deletionAsked, exists, rowOf } from '../features/decisions/asked.js';
import { approverIn } from '../features/decisions/people.js';
import { assertAccessible, browserPath, launchBrowser, openAs, type Watch } from '../support/browser.js';
import { until } from '../support/until.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

describe('decisions in a browser (AG-6, AG-7)', { skip }, () => {
  let cast: Cast;
  let dora: Member;
  let guide: string;
  let browser: Browser;
  let stopJobs: () => Promise<void>;
  const seen: Watch[] = [];

  const open = async ({ browser: person }: Member, options: object = {}): Promise<[Page, BrowserContext]> => {
    const signedIn = { origin: cast.server.origin, cookies: person.cookies };
    const { page, context, watched } = await openAs(browser, signedIn, options);
    seen.push(watched);
    return [page, context];
  };
  const at = (path: string) => `${cast.server.origin}${path}`;
  const bothWidths = async (page: Page) => {
    await assertAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await assertAccessible(page);
    const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
    assert.ok(overflow <= 0, `${page.url()} is ${overflow} px too wide`);
    await page.setViewportSize({ width: 1280, height: 900 });
  };

  before(async () => {
    cast = await startCast();
    guide = await guideOf(cast, cast.acme);
    const tools = `update ${cast.acme.id}.agents set tools = '{search_knowledge,delete_document}' where id = $1`;
    await cast.server.database.admin.query(tools, [guide]);
    dora = await approverIn(cast, 'dora');
    const { startJobs } = await import('../../src/jobs/runner.js');
    stopJobs = (await startJobs()).stop;
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await stopJobs?.();
    await cast?.close();
  });

  test('the thread shows the card, the count of who may approve rises, and after the yes the thread goes on by itself', async () => {
    const document = await addDocument(cast.alice, 'Old handbook', 'Nobody needs this.');
    const [doras, dorasContext] = await open(dora);
    await doras.goto(at('/w/acme'));
    const count = doras.locator('[data-inbox-count] [data-count]');
    assert.equal(await count.isVisible(), false);
    const [alices, alicesContext] = await open(cast.alice);
    cast.says({ text: 'It is old.', calls: [{ name: 'delete_document', arguments: { document } }] });
    await alices.goto(at(`/w/acme/conversations/new?agent=${guide}`));
    await alices.locator('html[data-ready]').waitFor();
    await alices.locator('textarea').fill('Delete the old handbook.');
    await alices.keyboard.press('Enter');
    const card = alices.locator('[data-tool-decision]');
    await card.getByText('Delete the document “Old handbook” for good').waitFor();
    await bothWidths(alices);
    await count.waitFor();
    assert.equal(await count.innerText(), '1');
    assert.equal(await exists(cast, document), true);

    await doras.keyboard.press('g');
    await doras.keyboard.press('i');
    await doras.waitForURL('**/w/acme/inbox');
    await bothWidths(doras);
    await doras.getByRole('link', { name: /Delete the document/ }).click();
    await doras.waitForURL('**/inbox/*');
    await bothWidths(doras);
    for (const text of ['Exactly these arguments', document, 'Cannot be undone', 'It is old.']) {
      await doras.getByText(text).first().waitFor();
    }
    cast.says({ text: 'The handbook is gone.' });
    await doras.locator('[data-approve]').focus();
    await doras.keyboard.press('Enter');
    await doras.getByText('Your approval is recorded').waitFor();
    await count.waitFor({ state: 'hidden' });
    await alices.getByText('The handbook is gone.').waitFor({ timeout: 60_000 });
    await alices.getByText('“Delete a document” was approved by a person and is done.').waitFor();
    await alices.locator('[data-tool-call]').first().click();
    await alices.getByText('Approved by dora').waitFor();
    assert.equal(await exists(cast, document), false);
    await dorasContext.close();
    await alicesContext.close();
  });

  test('without script the count is there on a reload, and a form decides', async () => {
    const { id, path, conversation, document } = await deletionAsked(cast, cast.alice, guide, 'Kept after all');
    const [page, context] = await open(dora, { javaScriptEnabled: false });
    await page.goto(at('/w/acme'));
    assert.match(await page.locator('[data-inbox-count]').innerText(), /^1/);
    await page.goto(at(path));
    await page.locator('summary', { hasText: 'Reject' }).click();
    await page.getByLabel('Reason').fill('We need it.');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByText('It was rejected. The agent is told').waitFor();
    await until('it is decided', async () => (await rowOf(cast, id)).status === 'rejected');
    assert.equal(await exists(cast, document), true);
    await context.close();
    const [alices, alicesContext] = await open(cast.alice, { javaScriptEnabled: false });
    await alices.goto(at(conversation));
    await alices.locator('[data-tool-call] > summary').first().click();
    await alices.getByText('Rejected by dora: We need it.').waitFor();
    await alicesContext.close();
  });

  test('the pages that set when agents ask hold up, and nothing asks another host', async () => {
    const [page, context] = await open(cast.alice);
    await page.goto(at('/w/acme/settings/approvals'));
    await bothWidths(page);
    await page.goto(at(`/w/acme/agents/${guide}/edit`));
    await page.getByLabel('Delete a document').last().selectOption('never');
    await bothWidths(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(`**/agents/${guide}`);
    await page.goto(at(`/w/acme/agents/${guide}/versions/2`));
    await page.getByText('delete_document: Never').waitFor();
    await context.close();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
