import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { assertAccessible } from '../support/browser.js';
import { until } from '../support/until.js';
import { launch, visit } from './browser.js';
import { createEndpoints } from './endpoints.js';
import { startGallery } from './server.js';

const server = createEndpoints();
let browser: Browser;
let gallery: Awaited<ReturnType<typeof startGallery>>;

before(async () => {
  gallery = await startGallery(server.endpoints);
  browser = await launch();
});

after(async () => {
  await browser.close();
  gallery.stop();
});

async function ask(question: string) {
  const { page, complaints } = await visit(browser, `${gallery.origin}/gallery/chat-empty`);
  await page.getByLabel('Ask Guide').fill(question);
  await page.getByLabel('Ask Guide').press('Enter');
  const answer = page.locator('[data-message].from-agent');
  await answer.waitFor();
  return { page, complaints, answer };
}

const streamStarts = async (page: Page) => {
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await until('the question arrives', server.streaming);
};

test('an answer streams as text, shows its tool call, and ends as the sanitised HTML with its sources (AG-2)', async () => {
  const { page, complaints, answer } = await ask('How early do I have to ask?');
  await streamStarts(page);
  const request = server.sent.at(-1);
  assert.equal(request?.accept, 'text/event-stream');
  assert.equal(request?.csrf, 'csrf-of-the-gallery');
  assert.equal(new URLSearchParams(request?.body).get('text'), 'How early do I have to ask?');
  assert.equal(await page.locator('.from-member [data-text]').textContent(), 'How early do I have to ask?');

  server.send('message', { id: 'm9', retryUrl: '/gallery/chat-stream' });
  const call = { id: 't1', name: 'search_knowledge', label: 'Search knowledge', arguments: { query: 'leave' } };
  server.send('tool', { ...call, outcome: 'running' });
  await page.locator('[data-tool-call][data-outcome="running"]').waitFor();
  server.send('tool', { ...call, outcome: 'done', result: '6 passages', durationMs: 41 });
  await page.locator('[data-tool-call][data-outcome="done"]').waitFor();
  assert.equal(await page.locator('[data-tool-call]').count(), 1);
  assert.equal(await page.locator('[data-tool-time]').first().textContent(), '41 ms');

  server.send('text', { text: 'Four <b>weeks</b>' });
  // A piece may be cut anywhere: here inside a character, and between CR and LF.
  const cut = Buffer.from('event: text\r\ndata: {"text":" für alle"}\r\n\r\n');
  server.raw(cut.subarray(0, 32));
  server.raw(cut.subarray(32, cut.length - 1));
  server.raw(cut.subarray(cut.length - 1));
  await page.waitForFunction(
    'document.querySelector(".from-agent [data-text]").textContent === "Four <b>weeks</b> für alle"',
  );
  assert.equal(await answer.getAttribute('aria-busy'), 'true');

  const gone = { number: 2, title: 'Old policy', note: '(the document was deleted)' };
  server.send('citations', [{ number: 1, title: 'Staff handbook', href: '/gallery/reader#passage-3' }, gone]);
  server.send('done', { html: '<p>Four <strong>weeks</strong>.</p>', answeredBy: 'a test' });
  server.end();
  await page.locator('.from-agent .prose strong').waitFor();
  assert.equal(await answer.getAttribute('aria-busy'), null);
  assert.equal(await page.locator('[data-sources] a').first().getAttribute('href'), '/gallery/reader#passage-3');
  assert.equal(await page.locator('[data-sources] li').last().textContent(), '2Old policy (the document was deleted)');
  assert.equal(await page.locator('[data-sources] a[href]').count(), 2);
  assert.equal(await page.locator('[data-chat-status]').textContent(), 'The answer is complete');
  assert.ok(await page.getByRole('button', { name: 'Send' }).isVisible());
  assert.ok(await page.getByRole('button', { name: 'Try again' }).isVisible());
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('Stop asks the server to stop and keeps what was said (AG-2)', async () => {
  const { page } = await ask('Tell me everything');
  await streamStarts(page);
  server.send('message', { id: 'm10' });
  server.send('text', { text: 'First of all' });
  await page.getByText('First of all').waitFor();
  await page.keyboard.press('Escape');
  await until('the server is told', () => server.sent.at(-1)?.path === '/gallery/stop/m10');
  server.send('done', { html: '<p>First of all</p>', status: 'stopped' });
  server.end();
  await page.getByText('Stopped before the end.').waitFor();
  assert.equal(server.sent.at(-1)?.csrf, 'csrf-of-the-gallery');
  await page.context().close();
});

test('a refused question comes back into the box, with the reason and the reference (CR-6)', async () => {
  server.failNext();
  const { page } = await ask('Once more');
  await page.getByText('Wait ten seconds. Reference: r-1').waitFor();
  assert.equal(await page.getByLabel('Ask Guide').inputValue(), 'Once more');
  await page.getByRole('button', { name: 'Try again' }).click();
  await streamStarts(page);
  server.send('done', { html: '<p>Here you are.</p>' });
  server.end();
  await page.getByText('Here you are.').waitFor();
  assert.equal(await page.locator('.from-member').count(), 1);
  assert.equal(await page.locator('.from-agent').count(), 1);
  await page.context().close();
});

test('a turn goes on when the line breaks, from the last character that came (AG-2)', async () => {
  const { page, answer } = await ask('Go on');
  await streamStarts(page);
  server.send('message', { id: 'm12', streamUrl: '/gallery/chat-stream' });
  server.send('text', { text: 'Four we' });
  await page.getByText('Four we').waitFor();
  server.end();
  await until('it is asked for again', server.streaming);
  assert.equal(server.sent.at(-1)?.from, '7');
  server.send('message', { id: 'm12', streamUrl: '/gallery/chat-stream', from: 7 });
  server.send('text', { text: 'eks' });
  await until(
    'nothing is shown twice',
    async () => (await answer.locator('[data-text]').textContent()) === 'Four weeks',
  );
  server.end();
  await until('it is asked for a third time', server.streaming);
  server.send('message', { id: 'm12', streamUrl: '/gallery/chat-stream', from: 0 });
  server.send('text', { text: 'Four weeks, at' });
  await until(
    'what begins anew is shown once',
    async () => (await answer.locator('[data-text]').textContent()) === 'Four weeks, at',
  );
  server.send('done', { html: '<p>Four weeks, at least.</p><pre><code>ask()</code></pre>' });
  server.end();
  await page.getByText('Four weeks, at least.').waitFor();
  assert.equal(await page.locator('[data-message]').count(), 2);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy this code' }).click();
  await until('the code is copied', async () => (await page.evaluate('navigator.clipboard.readText()')) === 'ask()');
  await page.context().close();
});

test('a reloaded page follows the answer that is still running', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/chat-running`);
  await streamStarts(page);
  server.send('text', { text: 'Almost' });
  await page.getByText('Almost').waitFor();
  server.send('done', { html: '<p>Almost there.</p>' });
  server.end();
  await page.getByText('Almost there.').waitFor();
  assert.equal(await page.locator('[data-message]').count(), 2);
  await page.context().close();
});

test('a stream that breaks off says so and offers no second question once the first is kept', async () => {
  const { page, answer } = await ask('Hello');
  await streamStarts(page);
  server.send('message', { id: 'm11' });
  server.send('text', { text: 'Half an ans' });
  server.end();
  await page.getByText('The connection broke. Reload to see what was kept.').waitFor();
  assert.equal(await answer.locator('[data-text]').textContent(), 'Half an ans');
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
  await page.context().close();
});

test('without script the composer is an ordinary form, and says how to see more', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/chat-empty`, { javaScriptEnabled: false });
  await page.getByLabel('Ask Guide').fill('Plain question');
  const [request] = await Promise.all([
    page.waitForRequest((candidate) => candidate.method() === 'POST'),
    page.getByRole('button', { name: 'Send' }).click({ noWaitAfter: true }),
  ]);
  const body = new URLSearchParams(request.postData() ?? '');
  assert.equal(body.get('text'), 'Plain question');
  assert.equal(body.get('_csrf'), 'csrf-of-the-gallery');
  server.end();
  await page.context().close();
});
