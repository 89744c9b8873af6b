import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint } from './server.js';

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** What a browser sent, for a test to look at. */
interface Sent {
  readonly path: string;
  readonly accept: string;
  readonly csrf: string;
  /** Where a broken line goes on. */
  readonly from: string;
  readonly body: string;
}

/** A stand-in for the product's answers: records what arrives, streams when told to, and counts a file up to done. */
export function createEndpoints() {
  const sent: Sent[] = [];
  const asked = new Map<string, number>();
  let stream: ServerResponse | undefined;
  let failing = 0;

  const record = async (request: IncomingMessage) => {
    const { accept, 'csrf-token': csrf, 'last-event-id': from } = request.headers;
    const headers = { accept: accept ?? '', csrf: String(csrf ?? ''), from: String(from ?? '') };
    sent.push({ path: request.url ?? '', ...headers, body: await bodyOf(request) });
  };
  const endpoints: Record<string, Endpoint> = {
    '/gallery/chat-stream': async (request, response) => {
      await record(request);
      if (failing > 0) {
        failing -= 1;
        json(response, 429, { title: 'Too many attempts', detail: 'Wait ten seconds.', requestId: 'r-1' });
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      stream = response;
    },
    '/gallery/stop/': async (request, response) => {
      await record(request);
      json(response, 200, {});
    },
    '/gallery/upload': async (request, response) => {
      await record(request);
      if (failing > 0) {
        failing -= 1;
        json(response, 422, { title: 'Check what you entered', detail: 'This file is encrypted.' });
        return;
      }
      json(response, 201, { id: `u${sent.length}`, statusUrl: `/gallery/status/u${sent.length}` });
    },
    '/gallery/status/slow': (_request, response) => {
      json(response, 200, { stage: 'chunking', progress: 30 });
    },
    '/gallery/status/': (request, response) => {
      const path = request.url ?? '';
      const time = (asked.get(path) ?? 0) + 1;
      asked.set(path, time);
      json(
        response,
        200,
        time > 2 ? { stage: 'done', progress: 100, href: '/gallery/reader' } : { stage: 'indexing', progress: 50 },
      );
    },
    '/gallery/slow': (request) => record(request),
  };
  return {
    endpoints,
    sent,
    failNext: () => {
      failing = 1;
    },
    streaming: () => stream !== undefined,
    /** One server-sent event, or any raw bytes of one. */
    send: (event: string, data: unknown) => stream?.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    raw: (bytes: string | Buffer) => stream?.write(bytes),
    end: () => {
      stream?.end();
      stream = undefined;
    },
  };
}
