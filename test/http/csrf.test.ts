import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feature } from '../../src/http/route.js';
import { inMemory, newClient, origin, serving, testApp, tokenIn } from './harness.js';
import { signInAs, signInFeature } from './sign-in.js';

let acted = 0;
const things = feature('/things');
things.get('/form', 'public', (_request, response) => void response.send('nothing to fill in'));
things.post('/', 'public', (request, response) => {
  acted += 1;
  response.json({ name: request.body.name });
});

const app = () => testApp({ features: [signInFeature(), things] });

test('a form needs the token of its own session (CR-4)', async () => {
  await serving(app(), async (port) => {
    const mine = newClient(port);
    const token = tokenIn((await mine.get('/sign-in')).text);
    const other = newClient(port);
    const foreign = tokenIn((await other.get('/sign-in')).text);
    acted = 0;
    for (const _csrf of ['', 'x', foreign, `${token}x`]) {
      const refused = await mine.post('/things', { _csrf, name: 'n' });
      assert.equal(refused.status, 403);
      assert.match(refused.text, /out of date\. Reload the page and send it again/);
    }
    assert.equal((await newClient(port).post('/things', { _csrf: token })).status, 403);
    assert.equal((await mine.post(`/things?_csrf=${token}`, { name: 'n' })).status, 403);
    assert.equal(acted, 0);
    assert.equal((await mine.post('/things', { _csrf: token, name: 'n' })).status, 200);
    assert.equal((await mine.post('/things', {}, { 'csrf-token': token })).status, 200);
    assert.equal(acted, 2);
  });
});

test('a token from before signing in is dead after it (CR-4, AC-10)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    const before = tokenIn((await client.get('/sign-in')).text);
    await signInAs(client, 'alice');
    assert.equal((await client.post('/things', { _csrf: before })).status, 403);
    const after = tokenIn((await client.get('/sign-in')).text);
    assert.equal((await client.post('/things', { _csrf: after })).status, 200);
  });
});

test('the token may come in a multipart field, from a page that sends FormData (CR-4)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    const token = tokenIn((await client.get('/sign-in')).text);
    const send = (value: string) => {
      const part = (name: string, text: string) =>
        `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
      const headers = { origin, 'content-type': 'multipart/form-data; boundary=b' };
      return client.ask('/things', {
        method: 'POST',
        headers,
        body: `${part('_csrf', value)}${part('name', 'Zoë')}--b--\r\n`,
      });
    };
    assert.equal((await send('wrong')).status, 403);
    assert.deepEqual(JSON.parse((await send(token)).text), { name: 'Zoë' });
  });
});

test('a write from elsewhere is refused whatever token it carries (CR-4)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    const _csrf = tokenIn((await client.get('/sign-in')).text);
    const ask = (headers: Record<string, string>) =>
      client.ask('/things', { method: 'POST', form: { _csrf }, headers });
    acted = 0;
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { origin: '' },
      { origin: 'http://localhost:8081' },
      { origin: 'https://localhost:8080' },
      { origin: 'http://localhost:8080.evil.test' },
      { origin, 'sec-fetch-site': 'cross-site' },
      { origin, 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { referer: 'https://evil.test/' },
      { referer: `${origin}/` },
    ];
    for (const headers of foreign) {
      const { status, text } = await ask(headers);
      assert.equal(status, 403, JSON.stringify(headers));
      assert.match(text, /not sent from a page of ours/);
    }
    assert.equal(acted, 0);
    const own: Record<string, string>[] = [
      { origin },
      { origin: 'http://127.0.0.1:8080' },
      { origin, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      {},
    ];
    for (const headers of own) assert.equal((await ask(headers)).status, 200, JSON.stringify(headers));
    assert.equal((await newClient(port).ask('/things', { method: 'POST', form: { _csrf } })).status, 403);
  });
});

test('a form route reads forms only (CR-4, V3.5.2)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    const token = tokenIn((await client.get('/sign-in')).text);
    acted = 0;
    for (const type of [
      'text/plain',
      'application/json',
      'text/plain; x=application/x-www-form-urlencoded',
      'text/xml',
      '',
    ]) {
      const headers = { origin, 'csrf-token': token, 'content-type': type };
      const answer = await client.ask('/things', { method: 'POST', headers, body: `{"_csrf":"${token}","name":"n"}` });
      assert.equal(answer.status, 415, type);
    }
    assert.equal(acted, 0);
    const empty = await client.ask('/things', { method: 'POST', headers: { origin, 'csrf-token': token }, body: '' });
    assert.equal(empty.status, 200);
  });
});

test('who is shown no form gets no session, and who sends one unasked neither (CR-4, AC-10)', async () => {
  const stores = inMemory();
  await serving(testApp({ features: [signInFeature(), things], stores }), async (port) => {
    const rows = () => new Promise((resolve) => stores.rows.length((_error, count) => resolve(count)));
    for (const path of ['/', '/things/form', '/nothing', '/css/app.css', '/me']) {
      const answer = await newClient(port).get(path);
      assert.equal(answer.headers['set-cookie'], undefined, path);
    }
    assert.equal((await newClient(port).post('/things', { _csrf: 'guess' })).status, 403);
    assert.equal(await rows(), 0);
    assert.match(String((await newClient(port).get('/sign-in')).headers['set-cookie']), /^session=/);
    assert.equal(await rows(), 1);
  });
});

test('a form that is too large or has too many fields is refused (CR-4)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    const _csrf = tokenIn((await client.get('/sign-in')).text);
    assert.equal((await client.post('/things', { _csrf, name: 'n'.repeat(1024 * 1024) })).status, 413);
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`f${index}`, '1']));
    assert.equal((await client.post('/things', { _csrf, ...many })).status, 413);
  });
});
