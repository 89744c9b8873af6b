import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { makeStale } from '../features/accounts/factors.js';
import { goodPassword, insertPerson } from '../features/accounts/people.js';
import { assertAccessible, browserPath, launchBrowser, type Watch, watch } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const skip = browserPath || process.env.CI === 'true' ? false : 'no Chromium or Chrome is installed';

let server: TestServer;
let browser: Browser;

before(async () => {
  if (skip) return;
  server = await startTestServer({ tenants: 0 });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Chromium's own virtual authenticator: everything but the finger on it is real. */
async function plugIn(page: Page) {
  const cdp: CDPSession = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verify: (isUserVerified: boolean) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    touch: (enabled: boolean) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
    forgeVerification: (isBadUV: boolean) => cdp.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBadUV }),
    /** Answers how to put back what it has now. */
    copy: async () => {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
      return () =>
        Promise.all(
          credentials.map((credential) => cdp.send('WebAuthn.addCredential', { authenticatorId, credential })),
        );
    },
    keys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

/** The narrow one shows all that the wide one does, and more of its own: axe looks at that. */
async function bothWidths(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 800 });
  await assertAccessible(page);
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  assert.equal(wide, false, `${page.url()} is wider than a phone`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function typePassword(page: Page, login: string): Promise<void> {
  await page.getByLabel('Username or email address').fill(login);
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

describe('passkeys in a browser (AC-7)', { skip }, () => {
  let context: BrowserContext;
  let page: Page;
  let seen: Watch;
  let account: { id: string };
  let key: Awaited<ReturnType<typeof plugIn>>;

  before(async () => {
    account = await insertPerson(server, 'wanda');
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    // The authenticator would take the browser's offer at the name field before anybody could press a button.
    await context.addInitScript(
      "if (location.hash !== '#offered') PublicKeyCredential.isConditionalMediationAvailable = async () => false",
    );
    page = await context.newPage();
    seen = watch(page, server.origin);
    key = await plugIn(page);
  });
  after(() => context?.close());

  const count = async () => {
    const { rows } = await server.database.admin.query('select from shared.passkeys where account_id = $1', [
      account.id,
    ]);
    return rows.length;
  };
  /** A sign-in page on which the authenticator answers to the button, and not by itself. */
  const openSignIn = async () => {
    await key.touch(false);
    await context.clearCookies();
    await page.goto(`${server.origin}/sign-in`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
  };
  const press = async () => {
    await key.touch(true);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  };

  test('one is made in two clicks and listed; the same device makes no second one', async () => {
    await page.goto(`${server.origin}/sign-in`);
    await bothWidths(page);
    await typePassword(page, 'wanda');
    await page.waitForURL('**/workspaces');
    await page.goto(`${server.origin}/profile/passkeys`);
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await page.getByRole('button', { name: 'Create the passkey' }).waitFor();
    await bothWidths(page);
    assert.match(await page.getByLabel('Name').inputValue(), /Chrome/);
    await page.getByLabel('Name').fill('Wanda’s laptop');
    await page.getByRole('button', { name: 'Create the passkey' }).click();
    await page.getByText('The passkey was added.').waitFor();
    await bothWidths(page);
    const [made] = await key.keys();
    assert.equal(made?.rpId, 'localhost');
    assert.equal(made?.isResidentCredential, true);
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await page.getByRole('button', { name: 'Create the passkey' }).click();
    await page.getByText('has a passkey for your account already').waitFor();
    assert.equal(await count(), 1);
  });

  test('it signs in alone, without a name, and the session may do what needs a fresh proof', async () => {
    await openSignIn();
    await press();
    await page.waitForURL('**/workspaces');
    await page.goto(`${server.origin}/profile/passkeys/new`);
    await page.getByRole('heading', { name: 'Add a passkey' }).waitFor();
  });

  test('it signs in from the suggestions of the name field', async () => {
    await context.clearCookies();
    await key.touch(true);
    await page.goto(`${server.origin}/sign-in#offered`);
    await page.waitForURL('**/workspaces');
  });

  test('it is not enough alone when nobody was verified, by the browser and by us (V6.3.3)', async () => {
    await openSignIn();
    await key.verify(false);
    await press();
    await page.getByText('Nothing was chosen, or it took too long').waitFor();
    await key.verify(true);
    await key.forgeVerification(true);
    await press();
    await page.getByText('did not check a PIN').waitFor();
    await key.forgeVerification(false);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
  });

  test('it is the second step after the password (AC-6)', async () => {
    await openSignIn();
    await typePassword(page, 'wanda');
    await page.waitForURL('**/login/verify/**');
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await bothWidths(page);
    await key.touch(true);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL('**/workspaces');
  });

  test('a copy that counts backwards is refused (WebAuthn 6.1.1)', async () => {
    await server.database.admin.query('update shared.passkeys set counter = 5000');
    await openSignIn();
    await press();
    await page.getByText('a copy of it may be in use').waitFor();
    await server.database.admin.query('update shared.passkeys set counter = 1');
  });

  test('it is the fresh proof before it is removed, and then opens nothing (AC-11, V7.5.3)', async () => {
    await openSignIn();
    await press();
    await page.waitForURL('**/workspaces');
    await page.goto(`${server.origin}/profile/passkeys`);
    await page.getByRole('link', { name: 'Wanda’s laptop' }).click();
    await bothWidths(page);
    await page.getByRole('link', { name: 'Remove it' }).click();
    await page.locator('dialog').waitFor();
    await assertAccessible(page);
    await makeStale(server, account.id);
    await page.getByRole('button', { name: 'Remove the passkey' }).click();
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    const button = page.locator('[data-passkey] button');
    // A password is asked for first, unless this sign-in was by passkey.
    if ((await button.count()) === 0) await page.getByRole('button', { name: 'Use a passkey' }).click();
    await button.waitFor();
    await bothWidths(page);
    const putBack = await key.copy();
    await button.click();
    await page.getByText('The passkey was removed.').waitFor();
    assert.equal(await count(), 0);
    await until('the browser forgot it, too', async () => (await key.keys()).length === 0);
    await putBack();
    await openSignIn();
    await press();
    await page.getByText('This passkey was not accepted').waitFor();
  });

  test('nothing was asked of other hosts and nothing broke (CR-3)', () => {
    assert.deepEqual(seen.complaints, []);
  });
});

test('with scripts off nothing is offered that would not work (AC-7)', { skip }, async () => {
  await insertPerson(server, 'nora');
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${server.origin}/sign-in`);
  assert.equal(await page.getByRole('button', { name: /passkey/ }).count(), 0);
  await typePassword(page, 'nora');
  await page.waitForURL('**/workspaces');
  await page.goto(`${server.origin}/profile/passkeys/new`);
  assert.match(await page.locator('main').innerText(), /This needs scripts/);
  assert.equal(await page.getByRole('button', { name: 'Create the passkey' }).count(), 0);
  await context.close();
});
