import '../support/database.js';
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import { config, varPath } from '../../src/config.js';
import { newId } from '../../src/database/id.js';
import { newApplication } from '../../src/http/application.js';
import { failure } from '../../src/http/failure.js';
import { securityHeaders } from '../../src/http/headers.js';
import { capturedMails, captureMail } from '../../src/mail/captured.js';
import { capturedMailPage } from '../../src/mail/captured-page.js';

let server: Server;
let port: number;
let peer: string | undefined;

before(async () => {
  const app = newApplication();
  app.use(securityHeaders(), (_request, response, next) => {
    response.locals.requestId = 'test-request';
    next();
  });
  app.use('/captured-mail', capturedMailPage(), failure);
  // Stands for callers elsewhere: what the operating system would say of them.
  server = createServer((incoming, response) => {
    if (peer) Object.defineProperty(incoming.socket, 'remoteAddress', { value: peer, configurable: true });
    if (peer)
      Object.defineProperty(incoming.socket, 'remoteFamily', {
        value: peer.includes(':') ? 'IPv6' : 'IPv4',
        configurable: true,
      });
    app(incoming, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, host: '127.0.0.1', path, headers: { accept: 'text/html', ...headers }, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    asked.once('error', reject).end();
  });
}

const link = `${config().origin}/verification/abc-DEF_123`;
const mail = (to = 'alice@example.com') => ({
  id: newId(),
  to,
  subject: 'Confirm <script>alert(1)</script>',
  text: `Hello <b>Alice</b>,\n\nopen this:\n\n${link}\n\njavascript:alert(1)\n`,
  html: '<p>Hello</p>',
});

test('with nothing captured the page says what will show here (OP-1)', async () => {
  const { status, body } = await get('/captured-mail');
  assert.equal(status, 200);
  assert.match(body, /No mail yet/);
});

test('a captured mail shows as text with its link to follow, on this machine (OP-1)', async () => {
  await captureMail(mail());
  const { status, body } = await get('/captured-mail');
  assert.equal(status, 200);
  assert.match(body, new RegExp(`<a href="${link}">${link}</a>`));
  assert.match(body, /alice@example\.com/);
  assert.doesNotMatch(body, /<script>alert|<b>Alice|href="javascript:/);
});

test('a captured mail opens in a mail program (OP-1)', async () => {
  const [newest] = await capturedMails();
  const { status, body } = await get(`/captured-mail/${newest?.id}`);
  assert.equal(status, 200);
  assert.match(body, /^To: alice@example\.com\r$/m);
  assert.match(body, /^Content-Type: multipart\/alternative/m);
  for (const id of [newId(), '..%2f..%2fsecrets', 'x'])
    assert.equal((await get(`/captured-mail/${id}`)).status, 404, id);
});

test('whoever is not on this machine, or comes through a proxy, finds nothing (OP-1)', async () => {
  for (const stranger of ['192.0.2.7', '10.0.0.1', '::ffff:192.0.2.7', 'fe80::1', '2001:db8::1']) {
    peer = stranger;
    assert.equal((await get('/captured-mail')).status, 404, stranger);
  }
  for (const near of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    peer = near;
    assert.equal((await get('/captured-mail')).status, 200, near);
  }
  peer = undefined;
  for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'X-Forwarded-Host', 'Via']) {
    assert.equal((await get('/captured-mail', { [header]: '127.0.0.1' })).status, 404, header);
  }
});

test('a page elsewhere that points its own name at this machine finds nothing (OP-1)', async () => {
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example']) {
    assert.equal((await get('/captured-mail', { host })).status, 421, host);
  }
  for (const host of ['localhost', `127.0.0.1:${port}`, `[::1]:${port}`]) {
    assert.equal((await get('/captured-mail', { host })).status, 200, host);
  }
});

test('the files are private, and only the newest 200 stay (OP-1)', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 205; i += 1) {
    const one = { ...mail(`person${i}@example.com`), id: newId() };
    ids.push(one.id);
    await captureMail(one);
  }
  const names = readdirSync(varPath('mails'));
  assert.deepEqual(
    names.sort(),
    ids
      .slice(-200)
      .map((id) => `${id}.json`)
      .sort(),
  );
  assert.equal(statSync(varPath('mails')).mode & 0o777, 0o700);
  for (const name of names) assert.equal(statSync(varPath('mails', name)).mode & 0o777, 0o600);
  assert.equal((await capturedMails())[0]?.to, 'person204@example.com');
});
