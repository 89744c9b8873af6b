import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventStream } from '../../src/http/event-stream.js';
import { requestLog } from '../../src/http/request-log.js';
import { feature } from '../../src/http/route.js';
import { createLog } from '../../src/log.js';
import { until } from '../support/until.js';
import { newClient, serving, testApp, tokenIn } from './harness.js';
import { signInAs, signInFeature } from './sign-in.js';

const token = 'canary-0123456789abcdefghijklmnopqrstuvwxyz';
const links = feature('');
links.get('/verify/:token', 'public', (_request, response) => void response.send('verified'));
links.get('/w/:workspace/boards', 'agents.read', (_request, response) => void response.send('boards'));
links.get('/live', 'public', (request, response) => void eventStream(request, response));

async function logged(
  work: (port: number, lines: Record<string, unknown>[]) => Promise<void>,
  trustProxy: string[] = [],
) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const app = testApp({ features: [signInFeature(), links], trustProxy, first: [requestLog(() => log)] });
  await serving(app, (port) => work(port, lines));
  return lines;
}

test('each request is one line with who, what, when and how it ended, and no address with a token (CR-6)', async () => {
  const lines = await logged(async (port, seen) => {
    const client = newClient(port);
    await client.get(`/verify/${token}?code=canary`);
    await client.get('/canary-of-a-page?secret=canary');
    await signInAs(client, 'bob');
    await client.get('/w/acme/boards');
    await client.post('/me/name', { _csrf: tokenIn((await client.get('/me/form')).text), name: 'canary' });
    await until('seven lines', () => seen.length === 7);
  });
  const facts = lines.map(({ method, route, status }) => `${method} ${route} ${status}`);
  assert.deepEqual(facts, [
    'GET /verify/:token 200',
    'GET (none) 404',
    'GET /sign-in 200',
    'POST /sign-in 303',
    'GET /w/:workspace/boards 200',
    'GET /me/form 200',
    'POST /me/name 303',
  ]);
  assert.doesNotMatch(JSON.stringify(lines), /canary/);
  const inside = lines[4];
  assert.equal(inside?.tenantId, 'tenant_aaaaaaaaaaaaaaaa');
  assert.match(String(inside?.accountId), /^018f0000-.*b$/);
  assert.equal(inside?.address, '127.0.0.1');
  assert.equal(typeof inside?.ms, 'number');
  assert.equal(new Set(lines.map((line) => line.requestId)).size, 7);
});

test('a request that the reader left is told apart (CR-6)', async () => {
  const lines = await logged(async (port, seen) => {
    const aborted = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/live`, { signal: aborted.signal });
    assert.equal(response.status, 200);
    aborted.abort();
    await until('the line', () => seen.length === 1);
  });
  assert.equal(lines[0]?.aborted, true);
});

test('a request id is taken from a trusted proxy only, and only if it is one (CR-6)', async () => {
  const ask = async (trustProxy: string[], given: string) => {
    let answered: unknown;
    const [line] = await logged(async (port, seen) => {
      const { headers } = await newClient(port).get('/', {
        headers: { 'x-request-id': given, 'x-forwarded-for': '203.0.113.9' },
      });
      answered = headers['x-request-id'];
      await until('the line', () => seen.length === 1);
    }, trustProxy);
    assert.equal(line?.requestId, answered);
    return { id: answered, address: line?.address };
  };
  const id = 'edge-0123456789';
  assert.deepEqual(await ask(['127.0.0.1'], id), { id, address: '203.0.113.9' });
  const direct = await ask([], id);
  assert.notEqual(direct.id, id);
  assert.equal(direct.address, '127.0.0.1');
  assert.notEqual((await ask(['10.0.0.0/8'], id)).id, id);
  for (const wrong of ['short', 'x'.repeat(65), 'with space here', 'under_score_1', 'a"b:1234567']) {
    assert.notEqual((await ask(['127.0.0.1'], wrong)).id, wrong);
  }
});
