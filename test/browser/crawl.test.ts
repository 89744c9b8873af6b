import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { cookies as documented } from '../../src/features/docs/facts/cookies.js';
import { type Route, routes } from '../../src/http/route.js';
import { newPerson, type Person } from '../features/accounts/people.js';
import { addressOf } from '../routes/places.js';
import { openWorld, type World } from '../routes/world.js';
import { browserPath, launchBrowser, openAs } from '../support/browser.js';
import { until } from '../support/until.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';
/** Capabilities by design: whoever has such an address may open it, and its page sends no referrer elsewhere. */
const secretPlaces = /:(token|challenge)/;

let world: World;
let browser: Browser;

before(async () => {
  if (skip) return;
  world = await openWorld();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

interface Walk {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What must not have happened, each with the page that it happened on. */
  readonly wrong: string[];
  readonly asked: Set<string>;
}

/** Runs in the page before anything of it, in every page of the walk. */
const listen = `addEventListener('securitypolicyviolation', (event) => {
  console.error('violation ' + event.effectiveDirective + ' ' + event.blockedURI);
});`;

async function beginWalk({ cookies, address }: Person = newPerson(world.server)): Promise<Walk> {
  const { origin } = world.server;
  // The platform console is there for the network of the owner of acme alone.
  const { context, page } = await openAs(
    browser,
    { origin, cookies: new Map() },
    { extraHTTPHeaders: { 'x-forwarded-for': address } },
  );
  const [wrong, asked]: [string[], Set<string>] = [[], new Set()];
  const given = [...cookies].map(([name, value]) => ({ name, value, url: origin, httpOnly: true }));
  await context.addCookies(given);
  await context.addInitScript(listen);
  context.on('request', (request) => {
    const url = request.url();
    if (url.startsWith('data:')) return;
    asked.add(url);
    if (new URL(url).origin !== origin) wrong.push(`${page.url()} asked ${url}`);
  });
  page.on('websocket', (socket) => wrong.push(`${page.url()} opened ${socket.url()}`));
  page.on('pageerror', (error) => wrong.push(`${page.url()} failed: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(`${page.url()} said ${message.text()}`);
  });
  return { context, page, wrong, asked };
}

/** Once its behaviours have come, with digests that fit, and have started: all that it left here but cookies of its own. */
const kept = `(async () => {
  const deadline = Date.now() + 20000;
  while (document.documentElement?.dataset.ready !== '') {
    if (Date.now() > deadline) throw new Error(location.pathname + ' never was ready');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await caches.keys()),
  ...(await indexedDB.databases()).map(({ name }) => name),
  ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope), document.cookie,
  ].filter(Boolean);
})()`;

async function open({ page, wrong }: Walk, path: string): Promise<void> {
  const answer = await page.goto(world.server.origin + path, { waitUntil: 'commit' });
  assert.equal(answer?.status(), 200, path);
  const left = await page.evaluate<string[]>(kept);
  if (left.length > 0) wrong.push(`${path} left ${left.join(', ')}`);
}

interface Shown {
  readonly path: string;
  readonly route: Route;
  /** The part of the product that it belongs to, its styles and its scripts. */
  readonly madeOf: readonly string[];
}

/** Addresses that show a page to this person: the rest are streams, downloads, answers for machines and redirects. */
async function shownTo(person: Person, all: readonly Route[]): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const route of all.filter(({ method }) => method === 'GET')) {
    const path = route.path === '/leave' ? '/leave?to=https%3A%2F%2Fexample.org%2F' : addressOf(route.path, world.ours);
    const { status, headers, text } = await person.get(path);
    const isPage = headers.get('content-type')?.startsWith('text/html') && !headers.get('content-disposition');
    if (status !== 200 || !isPage) continue;
    const files = [...text.matchAll(/\/(?:css|js)\/[\w-]+\.(?:css|js)/g)].map(([name]) => name);
    const part = route.path.split('/').slice(1, route.path.startsWith('/w/') ? 4 : 2);
    shown.push({ path, route, madeOf: [part.join('/'), ...files] });
  }
  return shown;
}

/** Opening a page costs a fifth of a second of CPU: those that show a part of the product, a style or a script for the
 * first time, and all of them with `CRAWL=all npm test -- browser/crawl`. */
const everyPage = process.env.CRAWL === 'all';

function chosen(shown: readonly Shown[]): Shown[] {
  const seen = new Set<string>();
  return shown.filter(({ madeOf }) => {
    const isNew = madeOf.some((piece) => !seen.has(piece));
    for (const piece of madeOf) seen.add(piece);
    return everyPage || isNew;
  });
}

async function assertClean({ context, wrong, asked }: Walk, shown: readonly Shown[]) {
  assert.deepEqual(wrong, []);
  const names = (await context.cookies()).map(({ name }) => name.replace('__Host-', ''));
  const known: readonly string[] = documented.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );
  const capabilities = new Set(shown.filter(({ route }) => secretPlaces.test(route.path)).map(({ path }) => path));
  const telling = [...asked].filter((url) => {
    const { pathname, search } = new URL(url);
    return !capabilities.has(pathname) && /@|%40|[\w-]{43}/.test(pathname + search);
  });
  assert.deepEqual(telling, [], 'no address tells a mail address or a secret');
}

const reported = async () =>
  (await world.server.database.admin.query('select directive, path, reports from shared.policy_reports')).rows;

describe('every page in a real browser', { skip }, () => {
  test('of a stranger: nothing from elsewhere, nothing left, nothing stopped (CR-3, GV-6, V14.2.1, V14.2.3, V14.3.3)', async (t) => {
    const all = routes().filter(({ access }) => access === 'public');
    const shown = await shownTo(newPerson(world.server), all);
    assert.ok(shown.length >= 15, `${shown.length}`);
    const walk = await beginWalk();
    t.diagnostic(`${chosen(shown).length} of ${shown.length} pages`);
    for (const { path } of chosen(shown)) await open(walk, path);
    await assertClean(walk, shown);
    await walk.context.close();
  });

  test('of who may see everything: the same, and after the sign-out Back shows nothing (CR-3, GV-6, V14.2.3, V14.3.1, V14.3.3)', async (t) => {
    const { person } = world.acme.owner;
    const shown = await shownTo(person, routes());
    assert.ok(shown.length >= 70, `${shown.length}`);
    const walk = await beginWalk(person);
    t.diagnostic(`${chosen(shown).length} of ${shown.length} pages`);
    for (const { path } of chosen(shown)) await open(walk, path);
    await assertClean(walk, shown);
    assert.deepEqual(await reported(), [], 'no browser reported anything');
    await leave(walk);
  });

  test('a script that does not belong there is stopped, and we hear of it (CR-3, V3.4.7)', async () => {
    const walk = await beginWalk();
    await open(walk, '/sign-in');
    await walk.page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { text: 'ran = 1' }))`,
    );
    await walk.page.evaluate(`document.body.append(Object.assign(new Image(), { src: 'https://canary.test/x.png' }))`);
    await until('both are reported', async () => (await reported()).length === 2);
    assert.equal(await walk.page.evaluate('typeof ran'), 'undefined');
    assert.match(walk.wrong.join('\n'), /violation script-src-elem inline/);
    assert.match(walk.wrong.join('\n'), /violation img-src https:\/\/canary\.test/);
    assert.deepEqual(
      (await reported()).map(({ path }) => path),
      ['/sign-in', '/sign-in'],
    );
    await walk.context.close();
  });

  test('a style or script that was changed on the way is refused (V3.6.1)', async () => {
    const walk = await beginWalk();
    const changed = (contentType: string) => ({ contentType, body: '/* changed */', status: 200 });
    await walk.context.route('**/css/tokens.css*', (route) => route.fulfill(changed('text/css')));
    await walk.context.route('**/js/password.js*', (route) => route.fulfill(changed('text/javascript')));
    await walk.page.goto(`${world.server.origin}/sign-in`);
    const refused = () =>
      walk.wrong.filter((text) => /integrity|is not what this page was made with/.test(text)).join();
    await until('both are refused', () => /tokens\.css/.test(refused()) && /password\.js/.test(refused()));
    await walk.context.close();
  });
});

/** By the button, as people do; then the button of the browser that leads back. */
async function leave({ page, context }: Walk): Promise<void> {
  const { origin } = world.server;
  await page.goto(`${origin}${world.acme.home}/members`);
  await page.goto(`${origin}/profile`);
  await page.locator('form[action="/sign-out"] button').first().click();
  await page.waitForURL(`${origin}/`);
  await page.goBack();
  await page.waitForURL('**/sign-in?next=*');
  assert.equal(await page.getByText('alice@acme.test').count(), 0);
  await context.close();
}
