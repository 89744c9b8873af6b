import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertAccessible, browserPath, launchBrowser } from '../../support/browser.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { openTeam, type Team } from '../members/team.js';
import { windowOf } from '../members/window.js';
import { plantEvents } from './log.js';

const skip = browserPath === undefined && 'no browser is installed';
let server: TestServer;
let browser: Browser;
let acme: Team;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 1 });
  acme = await openTeam(server, 'Acme', 'alice');
  await plantEvents(server, acme, [
    { event: 'tool.called', actorKind: 'agent', actorName: 'Guide', subjectId: 'call-1' },
    {
      event: 'permission.refused',
      category: 'security',
      outcome: 'refused',
      actorName: '<img src=x onerror=alert(1)>',
    },
    ...Array.from({ length: 60 }, (_, index) => ({ event: `filler.${index}`, outcome: 'failed' })),
  ]);
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('the log is filtered and read in a browser, an event opens beside its list (AU-3)', { skip }, async () => {
  for (const width of [1280, 390]) {
    const { page, open, complaints } = await windowOf(browser, acme.owner.person, width);
    await open(`${acme.home}/audit`);
    await assertAccessible(page);
    assert.equal(await page.locator('a.event-name').count(), 50);
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByRole('link', { name: 'tool.called' }).waitFor();
    await page.getByLabel('Outcome').selectOption('refused');
    await page.getByRole('button', { name: 'Apply' }).click();
    const refused = page.getByRole('link', { name: 'permission.refused' });
    await refused.waitFor();
    assert.equal(await page.locator('a.event-name').count(), 1);
    assert.match(new URL(page.url()).search, /outcome=refused/);
    await refused.click();
    const panel = page.getByRole('dialog');
    await panel.getByText('<img src=x onerror=alert(1)>').waitFor();
    await assertAccessible(page);
    const address = page.url();
    await page.goBack();
    await panel.waitFor({ state: 'detached' });
    await page.goto(address);
    await page.getByRole('heading', { level: 1, name: 'permission.refused' }).waitFor();
    await assertAccessible(page);
    const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    assert.equal(wide, false, 'nothing runs out of the window');
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});
