import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { sample } from '../../src/features/knowledge/sample.js';
import { replaceText } from '../../src/features/knowledge/versions/text.js';
import { addDocument, type Cast, startCast } from '../features/conversations/cast.js';
import {
  assertAccessible,
  assertBothWidths,
  browserPath,
  launchBrowser,
  openAs,
  type Watch,
} from '../support/browser.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

describe('agents and their knowledge in a browser (AG-1, KB-6)', { skip }, () => {
  let cast: Cast;
  let browser: Browser;
  let handbook: string;
  const seen: Watch[] = [];
  const at = (path: string) => `${cast.server.origin}${path}`;

  const open = async (options: object = {}): Promise<Page> => {
    const { cookies } = cast.alice.browser;
    const { page, watched } = await openAs(browser, { origin: cast.server.origin, cookies }, options);
    seen.push(watched);
    return page;
  };

  before(async () => {
    cast = await startCast({ model: false });
    const text = sample.sections.map((section) => section.text).join('\n\n');
    handbook = await addDocument(cast.alice, sample.title, text);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await cast?.close();
  });

  test('a newcomer takes a template, tests it beside the form without a language model, and makes the agent', async () => {
    const page = await open();
    await page.goto(at('/w/acme/agents/new'));
    await page.getByRole('link', { name: 'Support desk' }).click();
    await page.waitForURL('**/new?template=support-desk');
    await page.getByLabel('Name', { exact: true }).fill('Desk');
    await page.getByRole('button', { name: 'Ask the draft' }).click();
    const answer = page.locator('[data-trial-result]');
    await answer.locator('.prose').getByText('In Zurich, London and New York the limit is 220 euros').waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Desk');
    assert.equal(await answer.locator('.tool-call .tool-name').innerText(), 'Search knowledge');
    await assertBothWidths(page);
    await page.getByLabel('Name', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Ask the draft' }).click();
    await page.getByText('Give it a name.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Desk');
    await page.getByRole('button', { name: 'Make the agent' }).click();
    await page.getByRole('heading', { name: 'Desk' }).waitFor();
    await page.context().close();
  });

  test('without script a form asks the draft, and what was typed stays', async () => {
    const page = await open({ javaScriptEnabled: false });
    await page.goto(at('/w/acme/agents/new?template=compliance-reviewer'));
    await page.getByLabel('Name', { exact: true }).fill('Careful one');
    await page.getByLabel('Question').fill('How much may I spend on meals?');
    await page.getByRole('button', { name: 'Ask the draft' }).click();
    await page.locator('[data-trial-result] .prose').getByText('you may spend up to 45 euros on meals').waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Careful one');
    await page.context().close();
  });

  test('what a new version changed can be read, questions without an answer are off until asked for, nothing asks elsewhere', async () => {
    const text = 'A hotel room may cost up to 150 euros a night, breakfast included.';
    await replaceText(cast.alice.context, handbook, { title: 'Handbook', text, seen: undefined });
    const { indexWords } = await import('../../src/features/knowledge/search/indexing/words.js');
    await indexWords(cast.alice.context, handbook);
    const page = await open();
    await page.goto(at(`/w/acme/knowledge/${handbook}`));
    await page.getByRole('link', { name: 'Compare the passages' }).click();
    await page.waitForURL('**/comparison');
    await page.locator('ins, del').first().waitFor();
    await assertBothWidths(page);
    await page.goto(at('/w/acme/knowledge/gaps'));
    await page.getByRole('button', { name: 'Keep such questions from now on' }).click();
    await page.getByText('Nothing is missing').waitFor();
    await assertAccessible(page);
    await page.context().close();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
