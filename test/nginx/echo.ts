import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Echo {
  readonly port: number;
  /** Every request that got here, whole, in order. */
  readonly seen: Seen[];
  /** What got here and was no HTTP. */
  readonly broken: string[];
  /** Lets the event streams say their second word. */
  release(): void;
  /** Resolves when the head of a request for this address has arrived, whatever of its body has. */
  arrived(url: string): Promise<void>;
  stop(): Promise<void>;
}

const large = Buffer.alloc(8 * 1024 * 1024);

/** What stands behind nginx: says what it was asked, and keeps it. `/stream` sends two events, the second on release. */
export async function startEcho(): Promise<Echo> {
  const seen: Seen[] = [];
  const broken: string[] = [];
  const waiting = new Set<ServerResponse>();
  const heads = new Map<string, () => void>();
  const server = createServer({ requireHostHeader: true }, (request, response) => {
    heads.get(request.url ?? '')?.();
    if (request.url === '/stream') return startStream(response, waiting);
    if (request.url === '/large') return void response.end(large);
    void answer(request, response, seen);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    broken.push(error.code ?? error.message);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    seen,
    broken,
    release() {
      for (const response of waiting) response.end('event: second\ndata: 2\n\n');
      waiting.clear();
    },
    arrived: (url) => new Promise((resolve) => heads.set(url, resolve)),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function startStream(response: ServerResponse, waiting: Set<ServerResponse>): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.write('event: first\ndata: 1\n\n');
  waiting.add(response);
  response.once('close', () => waiting.delete(response));
}

async function answer(request: IncomingMessage, response: ServerResponse, seen: Seen[]): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return;
  }
  const { method = '', url = '', headers, rawHeaders } = request;
  const kept = { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('latin1') };
  seen.push(kept);
  const status = Number(new URL(url, 'http://echo').searchParams.get('status') ?? 200);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Strict-Transport-Security': 'max-age=1',
    'Content-Security-Policy': "default-src 'self'",
  });
  response.end(JSON.stringify({ method, url, headers, bytes: kept.body.length }));
}
