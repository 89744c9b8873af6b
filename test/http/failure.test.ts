import assert from 'node:assert/strict';
import { test } from 'node:test';
import multer from 'multer';
import { z } from 'zod';
import { Conflict, Forbidden, Invalid, NotFound, TooManyRequests, UpstreamFailed } from '../../src/errors.js';
import { problemOf } from '../../src/http/problem.js';
import { feature } from '../../src/http/route.js';
import { newClient, origin, serving, testApp, tokenIn } from './harness.js';
import { signInFeature } from './sign-in.js';

const canary = 'canary-7f3k';
const failing = feature('/failing');
const failures: Record<string, unknown> = {
  forbidden: new Forbidden('Not for you.'),
  missing: new NotFound('No agent here.'),
  conflict: new Conflict('Guide is already published.'),
  invalid: new Invalid('Check the name.', { name: 'Too short.' }),
  often: new TooManyRequests('Wait a little.', 61.2),
  away: new UpstreamFailed('The model provider is not answering.'),
  refused: Object.assign(new AggregateError([], canary), { code: 'ECONNREFUSED' }),
  shutdown: Object.assign(new Error(canary), { code: '57P01' }),
  lost: Object.assign(new Error(canary), { code: '08006' }),
  terminated: new Error('Connection terminated unexpectedly'),
  syntax: Object.assign(new Error(`syntax error at or near "${canary}"`), { code: '42601' }),
  bug: new TypeError(canary),
  thrown: canary,
  nothing: null,
};
for (const [name, error] of Object.entries(failures)) {
  failing.get(`/${name}`, 'public', () => {
    throw error;
  });
}
failing.get('/later', 'public', async () => {
  await Promise.resolve();
  throw new Error(canary);
});
failing.get('/row', 'public', () => void z.object({ id: z.string() }).parse({ id: 7 }));
failing.get('/half', 'public', (_request, response) => {
  response.write('the first half');
  throw new Error(canary);
});

test('each failure has its status and its words; the words of a bug stay inside (ASVS 16.5.1)', async () => {
  const expected: Record<string, [number, RegExp]> = {
    forbidden: [403, /You may not do this.*Not for you\./s],
    missing: [404, /No agent here\./],
    conflict: [409, /already published/],
    invalid: [422, /Check the name/],
    often: [429, /Wait a little/],
    away: [503, /The model provider is not answering/],
    refused: [503, /The database is not answering/],
    shutdown: [503, /The database is not answering/],
    lost: [503, /The database is not answering/],
    terminated: [503, /The database is not answering/],
    syntax: [500, /Something went wrong on our side/],
    bug: [500, /Something went wrong on our side/],
    thrown: [500, /Something went wrong on our side/],
    nothing: [404, /There is nothing at this address/],
    later: [500, /Something went wrong on our side/],
    row: [500, /Something went wrong on our side/],
  };
  await serving(testApp({ features: [failing] }), async (port) => {
    const { get } = newClient(port);
    for (const [name, [status, words]] of Object.entries(expected)) {
      const answer = await get(`/failing/${name}`);
      assert.equal(answer.status, status, name);
      assert.match(answer.text, words, name);
      assert.ok(answer.text.includes(String(answer.headers['x-request-id'])), name);
      assert.doesNotMatch(answer.text, new RegExp(`${canary}|\\.ts|\\.js:|node_modules|\\n {4}at `), name);
    }
    assert.equal((await get('/failing/often')).headers['retry-after'], '62');
    assert.equal((await get('/failing/refused')).headers['retry-after'], '5');
  });
});

test('a program gets problem details (RFC 9457)', async () => {
  await serving(testApp({ features: [failing] }), async (port) => {
    const { get } = newClient(port);
    const answer = await get('/failing/invalid', { headers: { accept: 'application/json' } });
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.deepEqual(JSON.parse(answer.text), {
      type: 'about:blank',
      title: 'Check what you entered',
      status: 422,
      detail: 'Check the name.',
      requestId: answer.headers['x-request-id'],
      errors: { name: 'Too short.' },
    });
    const bug = await get('/failing/bug', { headers: { accept: 'application/problem+json, application/json' } });
    assert.doesNotMatch(bug.text, new RegExp(canary));
    assert.equal(
      (await get('/failing/bug', { headers: { accept: '*/*' } })).headers['content-type'],
      'text/html; charset=utf-8',
    );
  });
});

test('words without a page are left when the page of a failure fails too', async () => {
  const app = testApp({ features: [failing] });
  app.set('views', '/there/are/no/views');
  await serving(app, async (port) => {
    const answer = await newClient(port).get('/failing/conflict');
    assert.equal(answer.status, 409);
    assert.match(answer.text, /<h1>Something else changed first<\/h1><p>Guide is already published\.<\/p>/);
    assert.ok(answer.text.includes(String(answer.headers['x-request-id'])));
  });
});

test('an answer that breaks half-way is cut, not completed', async () => {
  await serving(testApp({ features: [failing] }), async (port) => {
    await assert.rejects(newClient(port).get('/failing/half'), /aborted|socket hang up/);
    assert.equal((await newClient(port).get('/failing/missing')).status, 404);
  });
});

test('an upload that is too large, too many or malformed is told so (KB-5)', async () => {
  const uploads = feature('/uploads');
  const files = multer({ limits: { fileSize: 1000, files: 1, fields: 2, parts: 4 } }).array('files');
  uploads.post('/', 'public', files, (_request, response) => void response.send('stored'));
  await serving(testApp({ features: [signInFeature(), uploads] }), async (port) => {
    const client = newClient(port);
    const token = tokenIn((await client.get('/sign-in')).text);
    const send = (body: string, type = 'multipart/form-data; boundary=b') => {
      const headers = { origin, 'csrf-token': token, 'content-type': type };
      return client.ask('/uploads', { method: 'POST', headers, body });
    };
    const file = (size: number, name = 'files') =>
      `--b\r\ncontent-disposition: form-data; name="${name}"; filename="a.txt"\r\n\r\n${'x'.repeat(size)}\r\n`;
    const outcomes: [string, number, RegExp][] = [
      [`${file(1000)}--b--\r\n`, 200, /stored/],
      [`${file(1001)}--b--\r\n`, 413, /A file is larger than allowed/],
      [`${file(1)}${file(1)}--b--\r\n`, 413, /Send fewer files/],
      [`${file(1, 'other')}--b--\r\n`, 400, /could not be read/],
      [file(1), 400, /could not be read/],
      ['nonsense', 400, /could not be read/],
    ];
    for (const [body, status, words] of outcomes) {
      const answer = await send(body);
      assert.equal(answer.status, status, body.slice(0, 90));
      assert.match(answer.text, words);
    }
    assert.equal((await send('x', 'multipart/form-data')).status, 400);
  });
});

test('what the libraries that read a request complain about is never a 500', () => {
  const complaints = [400, 403, 413, 415, 416, 499].map((status) =>
    Object.assign(new Error(canary), { status, expose: true }),
  );
  for (const complaint of complaints) {
    const problem = problemOf(complaint);
    assert.equal(problem.status, complaint.status);
    assert.doesNotMatch(JSON.stringify(problem), new RegExp(canary));
  }
  assert.equal(problemOf(Object.assign(new Error(canary), { status: 502 })).status, 500);
});
