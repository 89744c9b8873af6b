import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { createEndpoints } from './endpoints.js';
import { pages } from './pages.js';
import { startGallery } from './server.js';

/** Pictures of the gallery: `node dist/test/views/shoot.js FOLDER [page...]`, at two widths, light and dark. */
const [folder = 'var/gallery', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const gallery = await startGallery(createEndpoints().endpoints);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const name of wanted.length > 0 ? wanted : Object.keys(pages)) {
  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({
        viewport: { width, height: width === 1280 ? 800 : 844 },
        colorScheme,
        hasTouch: width === 390,
        isMobile: width === 390,
      });
      await page.goto(`${gallery.origin}/gallery/${name}`);
      await page.locator('html[data-ready]').waitFor();
      await page.evaluate('scrollTo(0, 0)');
      await page.screenshot({
        path: join(folder, `${name}-${width}-${colorScheme}.png`),
        fullPage: width === 1280 || name !== 'chat',
      });
      await page.close();
    }
  }
}
await browser.close();
gallery.stop();
