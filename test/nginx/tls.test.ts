import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as http2Connect } from 'node:http2';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, connect, createServer, type Server } from 'node:tls';
import { projectPath } from '../../src/config.js';
import { newApplication } from '../../src/http/application.js';
import { startServer } from '../../src/http/server-lifecycle.js';
import { type Certificate, newCertificate } from '../support/certificate.js';
import { ask } from './ask.js';
import { type Echo, startEcho } from './echo.js';
import { type Edge, hasNginx, host, needsNginx, startEdge } from './edge.js';
import { nmap, sslscan, whereIs } from './scanners.js';
import { weakened } from './weakened.js';

let echo: Echo;
let edge: Edge;
let certificate: Certificate;
/** Accepts anything: shows that what nginx refuses was really offered. */
let lax: Server;

before(async () => {
  certificate = newCertificate([`DNS:${host}`]);
  lax = createServer({
    ...{ cert: certificate.certificate, key: certificate.key, minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
  }).listen(0, '127.0.0.1');
  await once(lax, 'listening');
  if (!hasNginx) return;
  echo = await startEcho();
  edge = await startEdge({ upstream: echo.port });
});
after(async () => {
  lax.close();
  certificate.remove();
  await edge?.stop();
  await echo?.stop();
});

/** The protocol and cipher that were agreed, or the error's code. */
function handshake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const offered = { ciphers: 'ALL@SECLEVEL=0', rejectUnauthorized: false, servername: host, ...options };
    const socket = connect({ host: '127.0.0.1', port, ...offered }, () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function laxPort(): number {
  const address = lax.address();
  return typeof address === 'object' && address ? address.port : 0;
}

test('the order of suites is the server’s, but for who has no AES in hardware and says so (CR-2, V12.1.2)', async (t) => {
  if (!needsNginx(t)) return;
  const [small, large, chacha] = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
    (suite) => `ECDHE-ECDSA-${suite}`,
  );
  const agreed = (...ciphers: (string | undefined)[]) =>
    handshake(edge.https, { maxVersion: 'TLSv1.2', ciphers: ciphers.join(':') });
  assert.equal(await agreed(large, small), `TLSv1.2 ${small}`);
  assert.equal(await agreed(large, chacha), `TLSv1.2 ${large}`);
  assert.equal(await agreed(chacha, small), `TLSv1.2 ${chacha}`);
});

test('TLS 1.0 and 1.1 are refused, 1.2 and 1.3 are spoken (CR-2, V12.1.1)', async (t) => {
  if (!needsNginx(t)) return;
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    const only = { minVersion: version, maxVersion: version };
    assert.match(await handshake(laxPort(), only), new RegExp(`^${version} `), 'the other side would have taken it');
    assert.match(await handshake(edge.https, only), /PROTOCOL_VERSION/);
  }
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    assert.match(await handshake(edge.https, { minVersion: version, maxVersion: version }), new RegExp(`^${version} `));
  }
});

test('only suites with forward secrecy and authenticated encryption are agreed (CR-2, V12.1.2)', async (t) => {
  if (!needsNginx(t)) return;
  const offer = (ciphers: string) => ({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` }) as const;
  for (const cipher of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-SHA256']) {
    assert.match(await handshake(laxPort(), offer(cipher)), new RegExp(cipher));
    assert.match(await handshake(edge.https, offer(cipher)), /HANDSHAKE_FAILURE|ECONNRESET/, cipher);
  }
  for (const cipher of [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ]) {
    assert.equal(await handshake(edge.https, offer(cipher)), `TLSv1.2 ${cipher}`);
  }
});

test('a handshake that names another host, or none, is shown no certificate (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  assert.match(await handshake(edge.https, { servername: 'evil.example' }), /UNRECOGNIZED_NAME/);
  assert.match(await handshake(edge.https, { servername: '' }), /UNRECOGNIZED_NAME/);
});

test('HTTP/2 is spoken, and its requests count as any other (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  const session = http2Connect(`https://127.0.0.1:${edge.https}`, { ca: edge.ca, servername: host });
  try {
    const stream = session.request({ ':path': '/over-h2', ':authority': host, 'x-forwarded-for': '203.0.113.66' });
    const [headers] = await once(stream, 'response');
    stream.resume();
    assert.deepEqual(
      [headers[':status'], headers['strict-transport-security']],
      [200, 'max-age=63072000; includeSubDomains'],
    );
    assert.equal(echo.seen.at(-1)?.headers['x-forwarded-for'], '127.0.0.1');
    const elsewhere = session.request({ ':path': '/', ':authority': 'evil.example' });
    assert.equal((await once(elsewhere, 'response'))[0][':status'], 421);
    elsewhere.resume();
  } finally {
    session.close();
  }
});

test('a deployment may allow TLS 1.3 alone (CR-2)', async (t) => {
  if (!needsNginx(t)) return;
  const strict = await startEdge({ upstream: echo.port, protocols: 'TLSv1.3' });
  try {
    assert.match(await handshake(strict.https, { maxVersion: 'TLSv1.2' }), /PROTOCOL_VERSION/);
    assert.match(await handshake(strict.https, { minVersion: 'TLSv1.3' }), /^TLSv1\.3 /);
  } finally {
    await strict.stop();
  }
});

test('with mutual TLS only callers with a certificate of ours are served (GV-7)', async (t) => {
  if (!needsNginx(t)) return;
  const ours = newCertificate(['DNS:client.bailiwick.test']);
  const optional = readFileSync(projectPath('nginx/optional/mutual-tls.conf'), 'utf8');
  const local = { 'mutual-tls.conf': optional.replace('/etc/nginx/client-ca.pem', ours.certificateFile) };
  const closed = await startEdge({ upstream: echo.port, local });
  try {
    const earlier = echo.seen.length;
    assert.equal((await ask(closed)).status, 400);
    assert.equal((await ask(closed, { client: certificate })).status, 400);
    assert.equal(echo.seen.length, earlier);
    assert.equal((await ask(closed, { client: ours })).status, 200);
  } finally {
    await closed.stop();
    ours.remove();
  }
});

test('towards the application both sides show a certificate, and neither speaks to a stranger (GV-7)', async (t) => {
  if (!needsNginx(t)) return;
  const [application, client, stranger] = ['bailiwick.internal', 'edge', 'bailiwick.internal'].map((name) =>
    newCertificate([`DNS:${name}`]),
  ) as [Certificate, Certificate, Certificate];
  const optional = readFileSync(projectPath('nginx/optional/application-tls.conf'), 'utf8');
  const edgeWith = (own: Certificate, trusted: Certificate) => {
    const files = {
      'edge.pem': own.certificateFile,
      'edge.key': own.keyFile,
      'application-ca.pem': trusted.certificateFile,
    };
    const named = optional.replace(/\/etc\/nginx\/([\w.-]+)/g, (_, name: keyof typeof files) => files[name]);
    return startEdge({ upstream: server.port, local: { 'application-tls.conf': named } });
  };
  const tls = { cert: application.certificate, key: application.key, clientCa: client.certificate };
  const answers = newApplication().use((_request, response) => void response.send('inside'));
  const server = await startServer(answers, { host: '127.0.0.1', port: 0, origin: 'https://bailiwick.test', tls });
  const edges = [
    await edgeWith(client, application),
    await edgeWith(stranger, application),
    await edgeWith(client, stranger),
  ];
  try {
    const asked = await Promise.all(edges.map((each) => ask(each)));
    assert.deepEqual(
      asked.map(({ status }) => status),
      [200, 502, 502],
      'the right one; with a certificate of a stranger’s; before an application of a stranger’s',
    );
    assert.equal(asked[0]?.body, 'inside');
    const plain = await fetch(`http://127.0.0.1:${server.port}/`).then(
      () => 'answered',
      () => 'refused',
    );
    assert.equal(plain, 'refused');
  } finally {
    await Promise.all(edges.map((each) => each.stop()));
    await server.stop();
    for (const certificate of [application, client, stranger]) certificate.remove();
  }
});

for (const [program, scanner] of Object.entries({ nmap, sslscan })) {
  test(`${program} finds nothing to blame, and finds what is planted for it (CR-2)`, async (t) => {
    if (!needsNginx(t)) return;
    if (!whereIs(program)) return t.skip(`${program} is not installed here, so it has shown nothing`);
    const target = (scanned: Edge) => ({ name: scanned.name, port: scanned.https, caFile: scanned.caFile });
    const shipped = await scanner(target(edge));
    t.diagnostic(shipped.says);
    assert.deepEqual(shipped.findings, []);
    const weak = await startEdge({ upstream: echo.port, ...weakened() });
    try {
      const { findings } = await scanner(target(weak));
      assert.match(findings.join('\n'), /NULL/, 'a suite that hides nothing');
    } finally {
      await weak.stop();
    }
  });
}
