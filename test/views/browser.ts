import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';

export const launch: () => Promise<Browser> = launchBrowser;

interface Visit {
  readonly page: Page;
  /** What the browser complained about: refused by the policy, failed to load, thrown by a script. */
  readonly complaints: string[];
}

/** Opens a page in a context of its own and waits until its scripts have started (or, with script off, until it is loaded). */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (problem) => complaints.push(String(problem)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.locator('html[data-ready]').waitFor();
  return { page, complaints };
}
