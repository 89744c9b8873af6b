import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { projectPath } from '../../src/config.js';
import { pages } from './pages.js';
import { renderPage } from './render.js';

const policy =
  "default-src 'none'; script-src 'self' 'nonce-x'; style-src 'self' 'nonce-x'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const types: Readonly<Record<string, string>> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };

export type Endpoint = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The gallery over real HTTP under the product's policy. `endpoints` answer what its forms send to. */
export async function startGallery(endpoints: Readonly<Record<string, Endpoint>> = {}) {
  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', policy);
    answer(request, response, endpoints).catch((problem: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(problem));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, stop: () => server.closeAllConnections() ?? server.close() };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: Readonly<Record<string, Endpoint>>,
) {
  const { pathname } = new URL(request.url ?? '/', 'http://gallery');
  // The count in the rail: an event source that gets no content asks no more.
  if (pathname.endsWith('/live')) return void response.writeHead(204).end();
  const endpoint = Object.entries(endpoints).find(([path]) => pathname.startsWith(path))?.[1];
  if (endpoint) return endpoint(request, response);
  const type = types[pathname.split('.').at(-1) ?? ''];
  const file = projectPath('public', pathname);
  if (type && !pathname.includes('..') && existsSync(file)) {
    // As in the product: an address with a version is asked for once.
    response.setHeader('cache-control', 'public, max-age=31536000, immutable');
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
    return;
  }
  const page = pages[pathname.replace('/gallery/', '')];
  if (!page) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('no such page');
    return;
  }
  const html = await renderPage(page.view, page.locals, page.layout);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
}
