import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Express } from 'express';
import { log } from '../log.js';
import { closeStreams } from './event-stream.js';
import { bareHeaders } from './headers.js';

const drainMs = 15_000;

export interface RunningServer {
  readonly port: number;
  /** Takes no more requests, waits up to 15 s for those that run, then cuts them. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export interface ListenSettings {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly origin?: string;
  /**
   * How long connections that wait for a request may stay when it stops, in milliseconds. Longer than the proxy in front
   * keeps them: it ends them itself, while one that we end might bring a request at that moment, which would be lost.
   */
  readonly lingerMs?: number;
  /** PEM. With it only who shows a certificate of that authority gets past the handshake (GV-7). */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly clientCa: Buffer } | undefined;
  /** Milliseconds; for tests, which have less of it. */
  readonly patience?: Partial<typeof patience>;
}

// Against clients that send slowly on purpose: the head within 10 s, all of it within 5 min, which an upload may need.
const patience = {
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
};

/** Rejects when the port cannot be had. */
export async function startServer(app: Express, settings: ListenSettings): Promise<RunningServer> {
  const { host, port, origin } = settings;
  const headers = bareHeaders(origin);
  // What Node would answer by itself would lack the headers that every answer has.
  const server = newServer(settings, (request, response) => {
    if (lacksHost(request)) refuse(response, 400, headers);
    else app(request, response);
  });
  server.on('checkExpectation', (_request, response) => refuse(response, 417, headers));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerUnreadable(error, socket as Socket, headers),
  );
  const silent = silentConnections(server);
  server.on('request', (_request, response) => {
    if (app.enabled('draining') && !response.headersSent) response.setHeader('Connection', 'close');
    response.once('close', () => app.enabled('hanging up') && setImmediate(() => server.closeIdleConnections()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  let stopping: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      stopping ??= drain(app, server, { closeSilent: silent, lingerMs: settings.lingerMs ?? 0 });
      return stopping;
    },
  };
}

function newServer({ patience: changed, tls }: ListenSettings, listener: RequestListener): Server {
  const options = { ...patience, ...changed, requireHostHeader: false };
  if (!tls) return createServer(options, listener);
  const { cert, key, clientCa: ca } = tls;
  const both = { cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;
  return createSecureServer({ ...options, ...both }, listener);
}

// Node counts a connection that has not said a word as busy, and browsers open such ones in advance.
function silentConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}

interface Leave {
  readonly lingerMs: number;
  closeSilent(): void;
}

async function drain(app: Express, server: Server, { lingerMs, closeSilent }: Leave): Promise<void> {
  app.enable('draining');
  const cut = setTimeout(() => {
    log().warn('requests were still running and are cut');
    server.closeAllConnections();
  }, drainMs);
  // Connections that wait to be taken would be torn. The event loop takes them all in one of its rounds: right after one.
  for (let round = 0; round < 2; round += 1) await new Promise((resolve) => setImmediate(resolve));
  const closed = closeDoor(server);
  closeStreams();
  await Promise.race([closed, pause(lingerMs, undefined, { ref: false })]);
  app.enable('hanging up');
  server.close();
  closeSilent();
  // Some may have been opened on connections that stayed.
  closeStreams();
  await closed;
  clearTimeout(cut);
}

/** Takes no new connections, and resolves when the last has ended. `close` of node:http hangs up on who waits, too. */
function closeDoor(server: Server): Promise<void> {
  return new Promise((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
}

const unreadable: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

// RFC 9112 §3.2.
function lacksHost({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.host === undefined;
}

// No application sees these requests, so the headers are written by hand.
function refuse(response: ServerResponse, status: number, headers: Record<string, string>): void {
  response.writeHead(status, { ...headers, 'Content-Length': '0', Connection: 'close' }).end();
}

function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, headers: Record<string, string>): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = unreadable[error.code ?? ''] ?? '400 Bad Request';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
