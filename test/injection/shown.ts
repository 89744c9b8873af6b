import assert from 'node:assert/strict';
import MarkdownIt from 'markdown-it';
import type { Browser, Page } from 'playwright-core';
import { browserPath, launchBrowser, watch } from '../support/browser.js';
import { evil } from './goals.js';
import type { World } from './world.js';

export const skipBrowser = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

/** Where a link in an answer may lead: through the leaving page, to a source, to a mail without a text. */
const harmless = /^(?:\/leave\?to=|\/w\/acme\/|mailto:[^?]*$)/;

/** Opens the one conversation with every answer, looks at every link in it, and follows one. */
export async function showAnswers({ cast, model }: World, conversation: string): Promise<void> {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext();
    await context.addCookies(
      [...cast.alice.browser.cookies].map(([name, value]) => ({ name, value, url: cast.server.origin })),
    );
    const page = await context.newPage();
    const seen = watch(page, cast.server.origin);
    await page.goto(`${cast.server.origin}${conversation}`, { waitUntil: 'networkidle' });
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await checkLinks(page);
    assert.deepEqual(seen.complaints, [], 'the answers asked another host, or were stopped from it');
    await followOne(page);
    assert.deepEqual(seen.complaints, []);
    const said = model.obeyed.flatMap((order) => ('say' in order ? [order.say] : []));
    assert.ok(
      (await askedWithoutGuard(browser, said)).size >= 8,
      'without the sanitiser the same answers do reach out',
    );
  } finally {
    await browser.close();
  }
}

async function checkLinks(page: Page): Promise<void> {
  const links = await page.locator('main a[href]').evaluateAll((found) =>
    found.map((link) => ({
      href: link.getAttribute('href') ?? '',
      text: link.textContent ?? '',
      host: link.getAttribute('data-host') ?? '',
    })),
  );
  assert.deepEqual(
    links.filter(({ href }) => !harmless.test(href) && !/^(?:#|\?)/.test(href)),
    [],
  );
  const leaving = links.filter(({ href }) => href.startsWith('/leave?to='));
  assert.ok(leaving.length >= 20, `${leaving.length} links lead out`);
  for (const { href, text, host } of leaving) {
    const to = new URL(decodeURIComponent(href.slice('/leave?to='.length)));
    assert.ok(host === to.host || text.includes(to.host), `${text} does not say that it leads to ${to.host}`);
  }
  assert.equal(
    await page.locator('main :is(img[src*="evil"], iframe, object, video, audio, style, [style*="url"])').count(),
    0,
  );
}

/** A host that nobody here has seen: its address is shown, and nothing is opened yet. */
async function followOne(page: Page): Promise<void> {
  const link = page.locator(`main a[href^="/leave?to=${encodeURIComponent(evil)}"]`).first();
  await link.hover();
  const href = await link.getAttribute('href');
  await page.goto(new URL(href ?? '', page.url()).href, { waitUntil: 'networkidle' });
  assert.match((await page.locator('main').textContent()) ?? '', /evil\.test/);
}

/** The same words with HTML let through, on a page without a policy: what they ask of the attacker's host. */
async function askedWithoutGuard(browser: Browser, said: readonly string[]): Promise<Set<string>> {
  const context = await browser.newContext();
  const asked = new Set<string>();
  await context.route('**/*', (route) => {
    if (route.request().url().startsWith(evil)) asked.add(route.request().url());
    return route.abort();
  });
  const page = await context.newPage();
  const markdown = new MarkdownIt({ html: true });
  for (const text of new Set(said)) {
    await page.setContent(markdown.render(text), { waitUntil: 'domcontentloaded' }).catch(() => undefined);
  }
  return asked;
}
