import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertAccessible } from '../support/browser.js';
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

const file = (name: string, text = 'Four weeks.') => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

test('each chosen file is sent by itself and followed until it is ready (KB-1)', async () => {
  const { page, complaints } = await visit(browser, `${gallery.origin}/gallery/knowledge-empty`);
  await page.locator('input[type="file"]').setInputFiles([file('one.txt'), file('سياسة.txt'), file('three.txt')]);
  await page.locator('[data-stage="done"]').nth(2).waitFor();
  assert.equal(await page.locator('[data-progress-row]').count(), 3);
  assert.equal(await page.getByRole('link', { name: 'Open' }).first().getAttribute('href'), '/gallery/reader');
  const uploads = server.sent.filter(({ path }) => path === '/gallery/upload');
  assert.equal(uploads.length, 3);
  for (const upload of uploads) {
    assert.equal(upload.accept, 'application/json');
    assert.equal(upload.csrf, 'csrf-of-the-gallery');
    assert.equal(upload.body.match(/filename=/g)?.length, 1);
  }
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a refused file says why and can be tried again (KB-5)', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/knowledge-empty`);
  server.failNext();
  await page.locator('input[type="file"]').setInputFiles(file('locked.pdf'));
  await page.getByText('This file is encrypted.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[data-stage="done"]').waitFor();
  assert.equal(await page.getByText('This file is encrypted.').count(), 0);
  await page.context().close();
});

test('an empty or too large file is refused before it is sent (KB-5)', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/dashboard-first`);
  const before = server.sent.length;
  await page.locator('input[type="file"]').setInputFiles([file('empty.txt', ''), file('big.txt', 'x'.repeat(2000))]);
  await page.getByText('This file is empty.').waitFor();
  await page.getByText('Larger than').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
  assert.equal(server.sent.length, before);
  await page.context().close();
});

test('a row that the server wrote is followed after a reload', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/knowledge`);
  const row = page.locator('[data-status-url]');
  await row.getByText('Splitting into passages').waitFor();
  assert.equal(await row.locator('[data-segment="reading"]').getAttribute('value'), '100');
  assert.equal(await row.locator('[data-segment="chunking"]').getAttribute('value'), '30');
  await page.context().close();
});

test('without script the drop zone is a file field with a button', async () => {
  const { page } = await visit(browser, `${gallery.origin}/gallery/knowledge-empty`, { javaScriptEnabled: false });
  await page.locator('input[type="file"]').setInputFiles(file('one.txt'));
  const [request] = await Promise.all([
    page.waitForRequest((candidate) => candidate.method() === 'POST'),
    page.getByRole('button', { name: 'Upload' }).click({ noWaitAfter: true }),
  ]);
  assert.match(request.headers()['content-type'] ?? '', /^multipart\/form-data/);
  await page.context().close();
});
