import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sendRaw } from './ask.js';
import { type Echo, startEcho } from './echo.js';
import { type Edge, hasNginx, host, needsNginx, startEdge } from './edge.js';

let echo: Echo;
let edge: Edge;
before(async () => {
  if (!hasNginx) return;
  echo = await startEcho();
  edge = await startEdge({ upstream: echo.port });
});
after(async () => {
  await edge?.stop();
  await echo?.stop();
});

interface Attempt {
  readonly name: string;
  /** Header lines after the Host, without the empty line. */
  readonly head: string;
  readonly body: string;
  /** What the application may read as the body, if the request reaches it at all; undefined: it must not. */
  readonly meant?: string;
  readonly path?: string;
}

const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const closing = `GET /last HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

const attempts: Attempt[] = [
  {
    name: 'CL.TE',
    head: `Content-Length: ${5 + smuggled.length}\r\nTransfer-Encoding: chunked`,
    body: `0\r\n\r\n${smuggled}`,
  },
  { name: 'TE.CL', head: 'Transfer-Encoding: chunked\r\nContent-Length: 4', body: chunk(smuggled) },
  {
    name: 'TE.TE identity second',
    head: 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    body: chunk('x=1'),
    meant: 'x=1',
  },
  {
    name: 'TE.TE identity first',
    head: 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    body: chunk('x=1'),
    meant: 'x=1',
  },
  { name: 'TE list', head: 'Transfer-Encoding: identity, chunked', body: chunk('x=1'), meant: 'x=1' },
  { name: 'TE unknown', head: 'Transfer-Encoding: xchunked', body: chunk('x=1') },
  { name: 'TE in capitals', head: 'TRANSFER-ENCODING: CHUNKED', body: chunk('x=1'), meant: 'x=1' },
  { name: 'TE with a tab', head: 'Transfer-Encoding:\tchunked', body: chunk('x=1'), meant: 'x=1' },
  { name: 'TE with a vertical tab', head: 'Transfer-Encoding: \x0bchunked', body: chunk('x=1') },
  {
    name: 'TE with a space before the colon',
    head: `Transfer-Encoding : chunked\r\nContent-Length: ${chunk('x').length}`,
    body: chunk('x'),
    meant: chunk('x'),
  },
  {
    name: 'TE on a folded line',
    head: `X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 3`,
    body: 'x=1',
    meant: 'x=1',
  },
  { name: 'TE folded itself', head: 'Transfer-Encoding:\r\n chunked\r\nContent-Length: 3', body: 'x=1' },
  { name: 'TE after a bare LF', head: `X-A: b\nTransfer-Encoding: chunked`, body: chunk('x=1'), meant: 'x=1' },
  { name: 'TE after a bare CR', head: `X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 3`, body: 'x=1' },
  { name: 'TE after a NUL', head: `X-A: b\0\r\nTransfer-Encoding: chunked`, body: chunk('x=1') },
  { name: 'bare LF throughout', head: 'Content-Length: 3\nX-B: c', body: 'x=1', meant: 'x=1' },
  {
    name: 'CL twice, different',
    head: `Content-Length: 3\r\nContent-Length: ${3 + smuggled.length}`,
    body: `x=1${smuggled}`,
  },
  { name: 'CL twice, the same', head: 'Content-Length: 3\r\nContent-Length: 3', body: 'x=1' },
  { name: 'CL list', head: 'Content-Length: 3, 3', body: 'x=1' },
  { name: 'CL signed', head: 'Content-Length: +3', body: 'x=1' },
  { name: 'CL negative', head: 'Content-Length: -3', body: 'x=1' },
  { name: 'CL hexadecimal', head: 'Content-Length: 0x3', body: 'x=1' },
  { name: 'CL past 64 bits', head: 'Content-Length: 18446744073709551619', body: 'x=1' },
  { name: 'CL with a space inside', head: 'Content-Length: 3 3', body: 'x=1' },
  {
    name: 'CL misspelt by underscore',
    head: `Content_Length: ${smuggled.length}\r\nContent-Length: 3`,
    body: 'x=1',
    meant: 'x=1',
  },
  { name: 'chunk size past 64 bits', head: 'Transfer-Encoding: chunked', body: `FFFFFFFFFFFFFFFF1\r\n${smuggled}` },
  { name: 'chunk size negative', head: 'Transfer-Encoding: chunked', body: `-3\r\nx=1\r\n0\r\n\r\n` },
  { name: 'chunk size with a prefix', head: 'Transfer-Encoding: chunked', body: `0x3\r\nx=1\r\n0\r\n\r\n` },
  { name: 'chunk extension', head: 'Transfer-Encoding: chunked', body: `3;a="b;c"\r\nx=1\r\n0\r\n\r\n`, meant: 'x=1' },
  {
    name: 'chunk extension with a bare LF',
    head: 'Transfer-Encoding: chunked',
    body: `3;a\nx=1\r\n0\r\n\r\n`,
    meant: 'x=1',
  },
  { name: 'chunk without its line end', head: 'Transfer-Encoding: chunked', body: `3\r\nx=10\r\n\r\n` },
  {
    name: 'trailers that name a length',
    head: 'Transfer-Encoding: chunked',
    body: `3\r\nx=1\r\n0\r\nContent-Length: 99\r\n\r\n`,
    meant: 'x=1',
  },
  { name: 'a request in the body', head: `Content-Length: ${smuggled.length}`, body: smuggled, meant: smuggled },
  {
    name: 'upgrade to h2c',
    head: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 3',
    body: 'x=1',
    meant: 'x=1',
  },
  {
    name: 'a hop header that names the length',
    head: 'Connection: close, Content-Length\r\nContent-Length: 3',
    body: 'x=1',
    meant: 'x=1',
  },
  {
    name: 'line ends in the address',
    head: 'Content-Length: 3',
    body: 'x=1',
    meant: 'x=1',
    path: '/first%0d%0aX-Evil:%201%0d%0a',
  },
  {
    name: 'two addresses on the first line',
    head: 'Content-Length: 3',
    body: 'x=1',
    path: `/first HTTP/1.1\r\nX: y\r\n\r\nGET /smuggled`,
  },
  { name: 'a second Host', head: `Host: evil.example\r\nContent-Length: 3`, body: 'x=1' },
];

for (const base of ['/first', '/w/acme/knowledge']) {
  for (const { name, head, body, meant, path = base } of attempts) {
    test(`no second request is smuggled to ${base} by ${name} (CR-2, V4.2.1)`, async (t) => {
      if (!needsNginx(t)) return;
      echo.seen.length = 0;
      const answer = await sendRaw(edge, `POST ${path} HTTP/1.1\r\nHost: ${host}\r\n${head}\r\n\r\n${body}${closing}`);
      assert.match(answer, /^HTTP\/1\.1 \d\d\d /);
      assert.ok(!answer.includes('[still open]'), 'nginx waits for more');
      for (const { url, body: got, method, rawHeaders } of echo.seen) {
        assert.ok(url === path || url === '/last', `the application saw ${method} ${url}`);
        if (url === '/last') continue;
        assert.deepEqual([method, got], ['POST', meant], 'the application read another body than was meant');
        assert.ok(!rawHeaders.includes('X-Evil'));
      }
      assert.ok(echo.seen.length <= 2);
      assert.deepEqual(echo.broken, []);
      if (meant === undefined) assert.match(answer, /^HTTP\/1\.1 (400|501|421)/);
    });
  }
}

test('requests that are well formed and follow each other on one connection all arrive (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  echo.seen.length = 0;
  const one = `POST /one HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\n\r\nx=1`;
  const two = `POST /two HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('x=2')}`;
  const answer = await sendRaw(edge, one + two + closing);
  assert.deepEqual(
    echo.seen.map(({ url, body }) => [url, body]),
    [
      ['/one', 'x=1'],
      ['/two', 'x=2'],
      ['/last', ''],
    ],
  );
  assert.equal(answer.match(/HTTP\/1\.1 200/g)?.length, 3);
});
