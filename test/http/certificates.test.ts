import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import pg from 'pg';
import { askProvider } from '../../src/features/accounts/outside/ask-provider.js';
import type { Provider } from '../../src/features/web/provider.js';
import { searchWeb } from '../../src/features/web/search.js';
import { guardedFetch } from '../../src/http/outgoing.js';
import { upstreamFetch } from '../../src/llm/upstream.js';
import { type Certificate, newCertificate } from '../support/certificate.js';

const opened: { close(): unknown }[] = [];
const folders: Certificate[] = [];
/** A secret that must not reach a server that cannot prove who it is. */
const told: string[] = [];
let selfSigned = '';
let misnamed = '';
let expired = '';
let postgres = 0;

before(async () => {
  const [good, other] = [certificate(['DNS:localhost']), certificate(['DNS:another.example'])];
  selfSigned = await website(good.certificate, good.key);
  misnamed = await website(other.certificate, other.key);
  expired = await website(expire(good), good.key);
  postgres = await database(other);
});
after(async () => {
  for (const each of opened) each.close();
  for (const each of folders) each.remove();
});

function certificate(names: string[]): Certificate {
  const made = newCertificate(names);
  folders.push(made);
  return made;
}

/** The same key with a certificate whose time was over yesterday. */
function expire({ folder, keyFile }: Certificate): Buffer {
  const request = join(folder, 'request.pem');
  const config = join(folder, 'names');
  writeFileSync(config, 'subjectAltName=DNS:localhost\n');
  execFileSync('openssl', ['req', '-new', '-key', keyFile, '-subj', '/CN=bailiwick test', '-out', request]);
  const sign = ['x509', '-req', '-in', request, '-signkey', keyFile, '-days', '-1', '-extfile', config];
  return execFileSync('openssl', sign, { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function website(cert: Buffer, key: Buffer): Promise<string> {
  const server = createWebServer({ cert, key }, (request, response) => {
    told.push(`${request.method} ${request.headers.authorization}`);
    response.setHeader('content-type', 'application/json').end('{"results":[]}');
  });
  return `https://localhost:${await listen(server)}`;
}

/** Begins TLS as Postgres does, after one byte. */
function database({ certificate: cert, key }: Certificate): Promise<number> {
  const server = createPlainServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.write('S');
        const secured = new TLSSocket(socket, { isServer: true, cert, key });
        secured.on('error', () => {}).on('data', (bytes) => told.push(String(bytes)));
      });
  });
  return listen(server);
}

async function listen(server: Server): Promise<number> {
  opened.push(server);
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const authorization = 'Bearer a-key-of-ours';
const signal = () => AbortSignal.timeout(10_000);

const callers: Record<string, (address: string) => Promise<unknown>> = {
  'a language model or a server for embeddings': (address) =>
    upstreamFetch(`${address}/v1/embeddings`, { headers: { authorization }, body: '{}', signal: signal() }),
  'a login provider': (url) => askProvider({ method: 'POST', url, headers: { authorization }, body: 'code=secret' }),
  'the web search': (url) => {
    const provider = {
      name: 'Search',
      ask: () => ({ url, method: 'GET', headers: { authorization }, body: null }),
      read: () => [],
    } as unknown as Provider;
    return searchWeb(provider, 'lamps', { count: 1, signal: signal() });
  },
  'an address that somebody named': (address) =>
    guardedFetch(address, {
      ...{ maxBytes: 1000, seconds: 10, allow: ['localhost', '127.0.0.1', '::1'] },
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    }),
};

describe('nobody is told anything who cannot prove who they are (V12.3.2)', () => {
  for (const [name, call] of Object.entries(callers)) {
    test(`${name}: not by an unknown authority, another name, or a time that is over (V12.3.2)`, async () => {
      for (const address of [selfSigned, misnamed, expired]) await assert.rejects(call(address), address);
      assert.deepEqual(told, []);
    });
  }

  test('the database, where verify-full is asked for (V12.3.2)', async () => {
    const client = new pg.Client({
      connectionString: `postgres://web:word@localhost:${postgres}/x?sslmode=verify-full`,
    });
    client.on('error', () => {});
    await assert.rejects(client.connect(), /self-signed|altnames|certificate/i);
    assert.deepEqual(told, []);
  });
});
