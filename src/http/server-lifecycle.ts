import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
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
  const server = createServer({ ...patience, ...settings.patience }, app);
  const headers = bareHeaders(origin);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerUnreadable(error, socket as Socket, headers),
  );
  const silent = silentConnections(server);
  server.on('request', (_request, response) => {
    if (app.enabled('draining')) response.setHeader('Connection', 'close');
    response.once('close', () => app.enabled('draining') && setImmediate(() => server.closeIdleConnections()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  let stopping: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      stopping ??= drain(app, server, silent);
      return stopping;
    },
  };
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

async function drain(app: Express, server: Server, closeSilent: () => void): Promise<void> {
  app.enable('draining');
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  closeSilent();
  closeStreams();
  const cut = setTimeout(() => {
    log().warn('requests were still running and are cut');
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearTimeout(cut);
}

const unreadable: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

// No application has seen this request, so its headers are written by hand.
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, headers: Record<string, string>): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = unreadable[error.code ?? ''] ?? '400 Bad Request';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
