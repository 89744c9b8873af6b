import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { inMemory, newClient, secret, serving, testApp, tokenIn } from './harness.js';
import { signInAs, signInFeature } from './sign-in.js';

const hour = 60 * 60 * 1000;

test('over https the cookie is Secure and bound to this host (AC-10)', async () => {
  const origin = 'https://bailiwick.test';
  const app = testApp({ features: [signInFeature(origin)], origin, trustProxy: ['127.0.0.1'] });
  await serving(app, async (port) => {
    const headers = { host: 'bailiwick.test', 'x-forwarded-proto': 'https' };
    const answer = await newClient(port).get('/sign-in', { headers });
    assert.match(
      String(answer.headers['set-cookie']),
      /^__Host-session=s%3A[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const plain = await newClient(port).get('/sign-in', { headers: { host: 'bailiwick.test' } });
    assert.equal(plain.headers['set-cookie'], undefined);
  });
});

test('on http://localhost the cookie is one that a browser keeps there (OP-1)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const answer = await newClient(port).get('/sign-in');
    assert.match(String(answer.headers['set-cookie']), /^session=s%3A[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });
});

test('the id changes at sign-in and at a fresh proof, and the old one is dead (AC-10, V7.2.4)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const client = newClient(port);
    await client.get('/sign-in');
    const before = client.cookies.get('session') ?? '';
    await signInAs(client, 'alice');
    const after = client.cookies.get('session') ?? '';
    assert.ok(before && after && before !== after);
    assert.equal((await client.get('/me')).status, 200);
    const fixed = newClient(port);
    fixed.cookies.set('session', before);
    assert.equal((await fixed.get('/me')).status, 303);
    const token = tokenIn((await client.get('/me/form')).text);
    await client.post('/me/proof', { _csrf: token });
    assert.notEqual(client.cookies.get('session'), after);
    assert.equal((await client.get('/me')).status, 200);
    fixed.cookies.set('session', after);
    assert.equal((await fixed.get('/me')).status, 303);
  });
});

test('a copied cookie is dead after signing out, and the browser is told to forget (AC-10)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    const thief = newClient(port);
    thief.cookies.set('session', client.cookies.get('session') ?? '');
    assert.equal((await thief.get('/me')).status, 200);
    const answer = await client.post('/sign-out', { _csrf: tokenIn((await client.get('/me/form')).text) });
    assert.equal(answer.headers['clear-site-data'], '"cache", "storage"');
    assert.equal(client.cookies.has('session'), false);
    assert.equal((await thief.get('/me')).status, 303);
  });
});

test('12 hours after signing in a session ends, however busy (AC-10, V7.3.2)', async (context) => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const client = newClient(port);
    await signInAs(client, 'alice');
    for (let passed = 0; passed < 11; passed += 1) {
      context.mock.timers.tick(hour);
      assert.equal((await client.get('/me')).status, 200, `${passed + 1} h`);
    }
    context.mock.timers.tick(hour - 1000);
    assert.equal((await client.get('/me')).status, 200);
    context.mock.timers.tick(1000);
    assert.equal((await client.get('/me')).status, 303);
    context.mock.timers.setTime(Date.now() - 6 * hour);
    assert.equal((await client.get('/me')).status, 303);
  });
  mock.timers.reset();
});

test('a cookie that was altered, unsigned or signed by another is nobody (AC-10, V7.2.1)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    const good = decodeURIComponent(client.cookies.get('session') ?? '');
    const [id = '', signature = ''] = good.slice(2).split('.');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const forged of [`s:${id}.${flipped}`, `s:${id}`, id, `s:${id}x.${signature}`, 's:.', '', `s:${id}.`]) {
      client.cookies.set('session', encodeURIComponent(forged));
      assert.equal((await client.get('/me')).status, 303, forged);
    }
    client.cookies.set('session', encodeURIComponent(good));
    assert.equal((await client.get('/me')).status, 200);
  });
});

test('secrets rotate without signing anybody out (AC-10)', async () => {
  const stores = inMemory();
  const client = await serving(testApp({ features: [signInFeature()], stores }), async (port) => {
    const first = newClient(port);
    await signInAs(first, 'alice');
    return first.cookies.get('session') ?? '';
  });
  const features = [signInFeature()];
  const status = (secrets: string[]) =>
    serving(testApp({ features, stores, secrets }), async (port) => {
      const later = newClient(port);
      later.cookies.set('session', client);
      return (await later.get('/me')).status;
    });
  assert.equal(await status(['the-newest-secret-of-all-0123456789', secret]), 200);
  assert.equal(await status(['the-newest-secret-of-all-0123456789']), 303);
});

test('ids are 256 random bits and never in a body (AC-10, V7.2.2, V7.2.3)', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const ids = new Set<string>();
    for (let count = 0; count < 50; count += 1) {
      const client = newClient(port);
      const { text } = await client.get('/sign-in');
      const [, id = ''] = /^s:([\w-]{43})\./.exec(decodeURIComponent(client.cookies.get('session') ?? '')) ?? [];
      assert.ok(id && !text.includes(id));
      ids.add(id);
    }
    assert.equal(ids.size, 50);
  });
});

test('a notice is shown once, on the next page', async () => {
  await serving(testApp({ features: [signInFeature()] }), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    await client.post('/me/name', { _csrf: tokenIn((await client.get('/me/form')).text) });
    assert.match((await client.get('/me/form')).text, /Saved\./);
    assert.doesNotMatch((await client.get('/me/form')).text, /Saved\./);
  });
});
