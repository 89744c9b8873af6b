import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { moveTask, openTask, removeTask, updateTask } from '../../src/features/tasks/actions.js';
import { commentTask } from '../../src/features/tasks/entries/actions.js';
import { createLabel } from '../../src/features/tasks/labels/actions.js';
import { type Member, openTeam, type Team } from '../features/members/team.js';
import { newTask } from '../features/tasks/stage.js';
import { assertAccessible, browserPath, launchBrowser, openAs, type Watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

describe('tasks in a browser (AG-11)', { skip }, () => {
  let server: TestServer;
  let acme: Team;
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
  const at = (path: string) => `${server.origin}/w/acme/tasks${path}`;
  const titlesIn = (page: Page, status: string) =>
    page.locator(`[data-column="${status}"] [data-task] .board-title`).allInnerTexts();
  const statusOf = async (id: string) => (await openTask(acme.context, id)).status;

  before(async () => {
    server = await startTestServer({ tenants: 2 });
    acme = await openTeam(server, 'Acme', 'alice');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test('c makes a task, a panel shows it over the list, the board moves it by mouse and by keys', async () => {
    const [page, context] = await open(acme.owner);
    await page.goto(at(''));
    await page.getByText('No tasks yet').waitFor();
    await page.keyboard.press('c');
    await page.waitForURL('**/tasks/new');
    await page.getByLabel('Title').fill('Order the lamps');
    await page.getByLabel('Description').fill('Twelve of them.');
    await page.getByLabel('Due').fill('2031-05-06');
    await page.getByRole('button', { name: 'Make the task' }).click();
    await page.getByText('The task was made.').waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    const label = await createLabel(acme.context, { name: 'Customer', colour: 'violet' });
    const name = `مصباح ${'a lamp of a very long name '.repeat(4)}`;
    const long = await newTask(acme.context, { title: name, labels: [label], due: '2020-01-01', priority: 'urgent' });

    await page.goto(at(''));
    await page.getByRole('link', { name: 'Order the lamps' }).click();
    const panel = page.locator('dialog.panel');
    await panel.getByText('Twelve of them.').waitFor();
    assert.equal(page.url(), at(`/${id}`));
    await assertAccessible(page);
    await panel.getByRole('textbox', { name: 'Comment' }).fill('Done *soon*.');
    await panel.getByRole('button', { name: 'Comment' }).click();
    await panel.locator('.task-comment em', { hasText: 'soon' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(at(''));

    await page.goto(at('/board'));
    await assertAccessible(page);
    const card = page.locator(`#task-${id}`);
    await card.dragTo(page.locator('[data-column="doing"] [data-cards]'));
    await until('the task is in progress', async () => (await statusOf(id)) === 'doing');
    assert.deepEqual(await titlesIn(page, 'doing'), ['Order the lamps']);
    await page.locator(`#task-${long} .board-title`).focus();
    await page.keyboard.press('Shift+ArrowRight');
    await until('the other one, too', async () => (await statusOf(long)) === 'doing');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText(/In progress, place 2/).waitFor({ state: 'attached' });
    assert.equal((await titlesIn(page, 'doing'))[0], 'Order the lamps');
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Order the lamps');

    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    for (const path of ['/board', '', `/${long}`]) {
      await page.goto(at(path));
      assert.ok(Number(await page.evaluate(overflow)) <= 0, `${path} is too wide`);
    }
    await context.close();
  });

  test('a board and a task that are open follow what others do, and keep what somebody is doing in them (AG-7)', async () => {
    const id = await newTask(acme.context, { title: 'Follow me' });
    const [page, context] = await open(acme.owner);
    await page.goto(at('/board'));
    await page.locator(`#task-${id} .board-title`).focus();
    const other = await newTask(acme.context, { title: 'Made elsewhere' });
    await page.locator(`#task-${other}`).waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Follow me');
    await moveTask(acme.context, id, { status: 'done', place: 'top' });
    await page.locator(`[data-column="done"] #task-${id}`).waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Follow me', 'wherever it goes');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.getByRole('button', { name: 'Undo' }).click();
    await until('it went back', async () => (await statusOf(id)) === 'done');
    const add = page.locator('#add-doing');
    await add.locator('summary').click();
    await add.getByRole('textbox').fill('Typed while others work');
    await newTask(acme.context, { title: 'Another one' });
    await page.locator('.board-card', { hasText: 'Another one' }).waitFor();
    assert.equal(await add.getByRole('textbox').inputValue(), 'Typed while others work');
    await page.keyboard.press('Enter');
    await page.locator('[data-column="doing"] .board-card', { hasText: 'Typed while others work' }).waitFor();
    await assertAccessible(page);

    await page.goto(at(`/${id}`));
    await page.getByRole('textbox', { name: 'Comment' }).fill('Half a sen');
    await page.getByLabel('Priority').selectOption('high');
    await updateTask(acme.context, id, {
      seen: (await openTask(acme.context, id)).version,
      changes: { title: 'Followed' },
    });
    await commentTask(acme.context, id, 'Said by somebody else.');
    await page.getByText('Said by somebody else.').waitFor();
    await page.getByRole('heading', { name: 'Followed' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Comment' }).inputValue(), 'Half a sen');
    assert.equal(await page.getByLabel('Priority').inputValue(), 'high', 'what was chosen stays');
    await page.locator('.live-bar').getByRole('button', { name: 'Show' }).click();
    await until('what is saved is shown', async () => (await page.getByLabel('Priority').inputValue()) === 'none');
    await removeTask(acme.context, id);
    await page.getByText('This is not here any more.').waitFor();
    await context.close();
  });

  test('without script a form moves a task, another one edits it, and a stale one keeps what was typed', async () => {
    const id = await newTask(acme.context, { title: 'Trim the wicks' });
    const [page, context] = await open(acme.owner, { javaScriptEnabled: false });
    await page.goto(at('/board'));
    await page.locator(`#task-${id}`).getByRole('link', { name: 'Move' }).click();
    await page.getByLabel('Column').selectOption('Done');
    await page.getByRole('button', { name: 'Move' }).click();
    await page.getByText('“Trim the wicks” was moved to Done.').waitFor();
    assert.deepEqual(await titlesIn(page, 'done'), ['Trim the wicks']);
    await page.goto(at(`/${id}/edit`));
    await acme.owner.person.submit('/profile', { title: 'Trimmed', version: '2' }, `/w/acme/tasks/${id}`);
    await page.getByLabel('Title').fill('Trim all wicks');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody changed this task').waitFor();
    assert.equal(await page.getByLabel('Title').inputValue(), 'Trim all wicks');
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByRole('heading', { name: 'Trim all wicks' }).waitFor();
    await context.close();
    assert.deepEqual(
      seen.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
