import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
];
export const browserPath = candidates.find((path) => existsSync(path));

/**
 * What a window for people has and a test does not need. A test opens and fills hundreds of pages; of what that costs,
 * two thirds went into the pages that draw the address bar and its list, and into processes kept ready or apart.
 */
const unneededFeatures = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'WebUIReloadButton',
  'InitialWebUI',
  'SpareRendererForSitePerProcess',
  'RenderDocument',
  // Chromium heeds the last list only: these stand in Playwright's, and matter here.
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'MediaRouter',
  'PaintHolding',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

/** Debian's Chromium or an installed Chrome, headless, asking nothing of the network by itself. */
export function launchBrowser(): Promise<Browser> {
  assert.ok(browserPath, 'no Chromium or Chrome is installed');
  return chromium.launch({
    executablePath: browserPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      // Drawn without imitating a graphics card, which costs an eighth of a run.
      '--disable-software-rasterizer',
      '--disable-extensions',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-site-isolation-trials',
      `--disable-features=${unneededFeatures.join(',')}`,
    ],
  });
}

export interface Watch {
  /** Requests to other hosts, refusals by the content security policy, page errors. Must stay empty. */
  readonly complaints: string[];
}

/** Notes whatever a page does that it should not. */
export function watch(page: Page, origin: string): Watch {
  const complaints: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:'))
      complaints.push(`asked ${url}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  return { complaints };
}

/** Most of axe's time goes into saying at length what is right, and where. */
export const onlyWhatIsWrong = { resultTypes: ['violations' as const], selectors: false, preload: false };

/** WCAG 2.2 A and AA, by axe. Fails with what it found and where. */
export async function assertAccessible(page: Page): Promise<void> {
  // What fades in or out has no contrast of its own meanwhile; without motion everything is where it ends.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  // No page of ours has frames, so axe need not open a second page to put their results together.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .options(onlyWhatIsWrong)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
  assert.deepEqual(found, [], `axe on ${page.url()}`);
}

/** A page of a context of its own, signed in as whoever has these cookies, with what it should not have done. */
export async function openAs(
  browser: Browser,
  { origin, cookies }: { origin: string; cookies: ReadonlyMap<string, string> },
  options: BrowserContextOptions = {},
): Promise<{ page: Page; context: BrowserContext; watched: Watch }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: origin })));
  const page = await context.newPage();
  return { page, context, watched: watch(page, origin) };
}

/** At 1280 by axe, and at 390 nothing is wider than the screen. */
export async function assertBothWidths(page: Page): Promise<void> {
  await assertAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} px too wide`);
  await page.setViewportSize({ width: 1280, height: 900 });
}
