import type { Browser, Page } from 'playwright-core';
import { type Watch, watch } from '../../support/browser.js';
import type { Visitor } from '../../support/visitor.js';

export interface Window extends Watch {
  readonly page: Page;
  open(path: string): Promise<void>;
}

/** A browser window in which this person is signed in. */
export async function windowOf(browser: Browser, person: Visitor, width = 1280): Promise<Window> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url: person.origin })));
  const page = await context.newPage();
  return {
    page,
    ...watch(page, person.origin),
    async open(path) {
      await page.goto(`${person.origin}${path}`);
      await page.locator('html[data-ready]').waitFor();
    },
  };
}
