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

/** Polls until `holds` answers true; the page's policy forbids playwright's own waitForFunction. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
