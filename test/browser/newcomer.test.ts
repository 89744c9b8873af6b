import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { type Cast, type Member, startCast } from '../features/conversations/cast.js';
import { approverIn } from '../features/decisions/people.js';
import { assertAccessible, browserPath, launchBrowser, openAs, type Watch } from '../support/browser.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';
const task = 'Order two lanterns';
const notes = 'Plan of the lantern week';
const meeting = 'Lantern delivery';

describe('the whole way of a newcomer in a browser, by links and buttons alone (AG-1, AG-6, AG-7, AG-11, AU-1)', {
  skip,
}, () => {
  let cast: Cast;
  let browser: Browser;
  let stopJobs: () => Promise<void>;
  let newcomer: Page;
  let approver: Page;
  const contexts: BrowserContext[] = [];
  const seen: Watch[] = [];

  const open = async ({ browser: person }: Member): Promise<Page> => {
    const signedIn = { origin: cast.server.origin, cookies: person.cookies };
    const { page, context, watched } = await openAs(browser, signedIn);
    contexts.push(context);
    seen.push(watched);
    await page.goto(cast.server.origin);
    await page.waitForURL('**/w/acme');
    await ready(page);
    return page;
  };
  const ready = (page: Page) => page.locator('html[data-ready]').waitFor();
  /** A place of the rail, by its name. */
  const go = async (page: Page, name: string) => {
    await page.getByRole('navigation', { name: 'Workspace' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await ready(page);
  };

  before(async () => {
    cast = await startCast();
    const dora = await approverIn(cast, 'dora');
    const { startJobs } = await import('../../src/jobs/runner.js');
    stopJobs = (await startJobs()).stop;
    browser = await launchBrowser();
    newcomer = await open(cast.alice);
    approver = await open(dora);
  });
  after(async () => {
    for (const context of contexts) await context.close();
    await browser?.close();
    await stopJobs?.();
    await cast?.close();
  });

  test('an agent from a template gets one more tool, and is to ask before three of them', async () => {
    await go(newcomer, 'Agents');
    await newcomer.getByRole('link', { name: 'New agent' }).click();
    await newcomer.getByRole('link', { name: 'Project assistant' }).click();
    await newcomer.getByLabel('Name', { exact: true }).fill('Planner');
    for (const tool of ['Create a task', 'Make a page', 'Make an event']) {
      await newcomer.getByLabel(`Rule for ${tool}`).selectOption('Ask a person first');
    }
    await newcomer.getByRole('checkbox', { name: 'Call an event off' }).check();
    await newcomer.getByRole('button', { name: 'Make the agent' }).click();
    await newcomer.getByRole('heading', { level: 1, name: 'Planner' }).waitFor();
    await newcomer.getByText('Call an event off').waitFor();
    // The template has a tool of its own that asks.
    assert.equal(await newcomer.getByText('Ask a person first').count(), 3 + 1);
  });

  test('asked to plan, it waits for a person, and the asking person cannot wave it through', async () => {
    const { rows } = await cast.server.database.admin.query(`select id from ${cast.acme.id}.spaces`);
    const space = z.object({ id: z.string() }).parse(rows[0]).id;
    const text = 'Two lanterns, *one spare wick*.';
    cast.says({
      text: 'I will write that down.',
      calls: [
        { name: 'create_task', arguments: { title: task, assignee: 'bob' } },
        { name: 'create_page', arguments: { space, title: notes, text } },
        { name: 'create_event', arguments: { title: meeting, starts: new Date().toISOString().slice(0, 10) } },
      ],
    });
    await newcomer.getByRole('link', { name: 'Ask', exact: true }).click();
    await newcomer.getByRole('heading', { name: 'Planner' }).waitFor();
    await ready(newcomer);
    await newcomer.getByRole('textbox').fill('Plan the lantern week: order two, write it up, put the delivery down.');
    await newcomer.getByRole('button', { name: 'Send' }).click();
    for (const title of [task, notes, meeting]) {
      await newcomer.locator('[data-tool-decision]', { hasText: title }).waitFor();
    }
    await assertAccessible(newcomer);
    assert.equal(await newcomer.getByRole('button', { name: 'Approve' }).count(), 0);
  });

  test('who may approve reads each in the inbox and allows it, and the conversation goes on by itself', async () => {
    cast.says({ text: 'All three are done.' });
    for (const title of [task, notes, meeting]) {
      await go(approver, 'Inbox');
      await approver.getByRole('link', { name: title }).click();
      await approver.getByText('Exactly these arguments', { exact: true }).waitFor();
      await ready(approver);
      await approver.getByRole('button', { name: 'Approve exactly this' }).click();
      await approver.getByText('Your approval is recorded').waitFor();
    }
    for (const tool of ['Create a task', 'Make a page', 'Make an event']) {
      await newcomer.getByText(`“${tool}” was approved by a person and is done.`).waitFor({ timeout: 60_000 });
    }
    await newcomer.getByText('All three are done.').first().waitFor({ timeout: 60_000 });
  });

  test('what came of it is on the board, on a page and in the calendar', async () => {
    await go(newcomer, 'Tasks');
    await newcomer.getByRole('link', { name: 'Board' }).click();
    await newcomer.locator('[data-column="todo"]').getByRole('link', { name: task, exact: true }).waitFor();
    await go(newcomer, 'Pages');
    await newcomer.getByRole('link', { name: notes }).click();
    await newcomer.locator('.prose em', { hasText: 'one spare wick' }).waitFor();
    await go(newcomer, 'Calendar');
    await newcomer.getByRole('link', { name: meeting }).waitFor();
  });

  test('the activity says what the agent did, on whose authority, and who allowed it (AU-3)', async () => {
    await go(newcomer, 'Activity');
    for (const event of ['task.created', 'page.created', 'event.created']) {
      await newcomer.getByRole('row', { name: event }).filter({ hasText: 'Planner' }).waitFor();
    }
    assert.equal(await newcomer.getByRole('row', { name: 'decision.approved' }).filter({ hasText: 'dora' }).count(), 3);
    await newcomer.getByRole('link', { name: 'task.created' }).click();
    await newcomer.getByText('Planner, an agent, asked by alice').waitFor();
    await assertAccessible(newcomer);
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
