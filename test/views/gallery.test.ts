import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page, Response } from 'playwright-core';
import { projectPath } from '../../src/config.js';
import { onlyWhatIsWrong } from '../support/browser.js';
import { launch, visit } from './browser.js';
import { createEndpoints } from './endpoints.js';
import { sprite } from './make-sprite.js';
import { pages } from './pages.js';
import { renderPage } from './render.js';
import { startGallery } from './server.js';

let browser: Browser;
let gallery: Awaited<ReturnType<typeof startGallery>>;

before(async () => {
  gallery = await startGallery(createEndpoints().endpoints);
  browser = await launch();
});

after(async () => {
  await browser.close();
  gallery.stop();
});

const looks = [
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' as const },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const, isMobile: true, hasTouch: true },
];

const opened = new Map<object, Page>();
const complaints: string[] = [];

/** One window for each look: the pages follow each other in it, as for somebody who works. */
async function pageFor(look: (typeof looks)[number]): Promise<Page> {
  const known = opened.get(look);
  if (known) return known;
  const page = await (await browser.newContext(look)).newPage();
  page.on('pageerror', (problem) => complaints.push(String(problem)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  opened.set(look, page);
  return page;
}

for (const [place, name] of Object.keys(pages).entries()) {
  test(`the ${name} page breaks no rule of the policy, of accessibility or of its width (CR-3)`, async () => {
    for (const look of looks) {
      const page = await pageFor(look);
      complaints.length = 0;
      await page.goto(`${gallery.origin}/gallery/${name}`);
      await page.locator('html[data-ready]').waitFor();
      // One page in the light and the next in the dark; what they are made of, in both.
      if (name === 'components' || looks[place % looks.length] === look) {
        // No page of ours has frames, so axe need not open a second page to put their results together.
        const found = await new AxeBuilder({ page }).setLegacyMode(true).options(onlyWhatIsWrong).analyze();
        assert.deepEqual(
          found.violations.map((violation) => [violation.id, violation.nodes.map((node) => node.html)]),
          [],
        );
      }
      assert.deepEqual(complaints, []);
      assert.equal(await page.locator('h1').count(), 1);
      const scrolls = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(scrolls, 0, `${name} is wider than ${look.viewport.width}`);
    }
  });
}

test('at four times the size (320 wide) nothing is cut off', async () => {
  for (const name of ['landing', 'sign-up-errors', 'chat', 'knowledge', 'audit', 'components']) {
    const { page } = await visit(browser, `${gallery.origin}/gallery/${name}`, {
      viewport: { width: 320, height: 256 },
    });
    const scrolls = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    assert.equal(scrolls, 0, name);
    await page.context().close();
  }
});

test('the heaviest page weighs less than 150 KB, uncompressed, with all that it loads', async () => {
  for (const name of ['chat', 'knowledge', 'audit', 'components', 'landing']) {
    const responses: Response[] = [];
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on('response', (response) => responses.push(response));
    await page.goto(`${gallery.origin}/gallery/${name}`, { waitUntil: 'networkidle' });
    // What has no content has no body to ask for.
    const loaded = responses.filter((response) => response.status() !== 204);
    const weights = await Promise.all(loaded.map(async (response) => (await response.body()).length));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    assert.ok(weights.length > 25 && total < 150 * 1024, `${name}: ${total} bytes`);
    await context.close();
  }
});

test('every stylesheet that exists is linked by a layout, once, or by the pages that name it, and no other', async () => {
  const nobody = { title: 'Bailiwick', workspace: undefined, account: undefined };
  const plain = await renderPage('views/landing/show.ejs', nobody, 'plain');
  const linked = [...plain.matchAll(/href="\/css\/([a-z-]+)\.css\?/g)].map(([, file = '']) => file);
  const platform = readFileSync(projectPath('views', 'layouts', 'platform.ejs'), 'utf8');
  const own = /sheets: \['([a-z-]+)'\]/.exec(platform)?.[1] ?? '';
  const files = readdirSync(projectPath('public', 'css')).map((file) => file.replace(/\.css$/, ''));
  const sources = readdirSync(projectPath('src'), { recursive: true, encoding: 'utf8' });
  const named = sources
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(projectPath('src', name), 'utf8').matchAll(/\bstyles: \[([^\]]*)\]/g)])
    .flatMap(([, list = '']) => [...list.matchAll(/'([a-z-]+)'/g)].map(([, file = '']) => file));
  const once = new Set(named);
  assert.deepEqual(
    linked.filter((file) => once.has(file)),
    [],
    'what every page has, none names',
  );
  assert.deepEqual([...linked, own, ...once].toSorted(), files.toSorted());
});

test('the icon sprite is what its generator makes', () => {
  assert.equal(readFileSync(projectPath('public', 'icons', 'sprite.svg'), 'utf8'), sprite());
});

test('every icon that a view names is in the sprite', async () => {
  const known = new Set([...sprite().matchAll(/<symbol id="([^"]+)"/g)].map(([, id]) => id));
  for (const { view, locals, layout } of Object.values(pages)) {
    const html = await renderPage(view, locals, layout);
    for (const [, id] of html.matchAll(/sprite\.svg\?v=[^#"]*#([^"]*)"/g))
      assert.ok(known.has(id ?? ''), `${view}: ${id}`);
  }
});

test('what people write into names is escaped wherever it is shown', async () => {
  const name = '"><script>alert(1)</script>';
  const hostile = {
    workspace: { name, slug: 'acme' },
    workspaces: [{ name, slug: 'acme' }],
    title: name,
    notice: name,
  };
  for (const { view, locals, layout } of Object.values(pages)) {
    const account = { id: 'a', name, username: name, email: name };
    const html = await renderPage(view, { ...locals, ...hostile, account, path: name, requestId: name }, layout);
    assert.ok(!html.includes('<script>alert'), view);
  }
});
