import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault, ReceivedRequest, Reply, Script, Wire } from './script.js';

export interface ProviderServer {
  /** The base URL to configure, with the vendor's own path. */
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** How many connections were ever made. */
  connections(): number;
  /** Ends what is open. Who comes again is answered, but no process is kept for that alone. */
  rest(): void;
  close(): Promise<void>;
}

export interface ProviderOptions {
  /** Default: the text "Hello." */
  readonly reply?: Reply;
  /** Keep no requests: for long benches. */
  readonly forget?: boolean;
}

export async function startProvider(wire: Wire, basePath: string, options: ProviderOptions): Promise<ProviderServer> {
  const { reply = () => ({ text: 'Hello.' }), forget = false } = options;
  const requests: ReceivedRequest[] = [];
  let count = 0;
  let connected = 0;
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(incoming, basePath);
    if (!forget) requests.push(request);
    response.on('close', () => {
      if (!response.writableFinished) request.aborted = true;
    });
    const refusal = wire.refusal(request);
    if (refusal) return sendJson(response, refusal.status, wire.errorBody(refusal.status, refusal.message));
    const json = await wire.json?.(request);
    if (json !== undefined) return sendJson(response, 200, json);
    const script = await reply(request, count++);
    await play({ wire, script, request, response });
  }

  server.on('connection', () => {
    connected += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`,
    requests,
    connections: () => connected,
    rest() {
      server.closeAllConnections();
      server.unref();
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function receive(incoming: IncomingMessage, basePath: string): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const path = incoming.url ?? '';
  return {
    method: incoming.method ?? '',
    path: path.startsWith(basePath) ? path.slice(basePath.length) : path,
    headers: incoming.headers,
    body: JSON.parse(Buffer.concat(chunks).toString() || 'null'),
    aborted: false,
    sent: 0,
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

interface Stage {
  readonly wire: Wire;
  readonly script: Script;
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
}

async function play(stage: Stage): Promise<void> {
  const { wire, script, request, response } = stage;
  const { fault } = script;
  if (fault?.kind === 'hang' && fault.after === undefined) return;
  if (fault?.kind === 'status') {
    const retry = fault.retryAfterSeconds;
    const headers: Record<string, string> = retry === undefined ? {} : { 'retry-after': String(retry) };
    return sendJson(response, fault.status, wire.errorBody(fault.status, 'as the script says'), headers);
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (fault?.kind === 'garbage') return void response.end(fault.body);
  if (fault?.kind === 'flood') return flood(stage, fault);
  const events = wire.events(script, request);
  const shown = fault ? events.slice(0, fault.after) : events;
  if (fault?.kind === 'error-event') shown.push(wire.errorEvent('as the script says'));
  await send(stage, shown.join(''));
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'cut' && !fault.clean) return void response.destroy();
  response.end();
}

/** In one write when no pace is set. */
async function send({ script: { pace }, request, response }: Stage, text: string): Promise<void> {
  const body = Buffer.from(text);
  const size = pace?.bytes ?? Math.max(1, body.length);
  for (let from = 0; from < body.length && !response.destroyed; from += size) {
    const piece = body.subarray(from, from + size);
    // Waits until it left this process: a connection that is destroyed next would lose it otherwise.
    await new Promise<void>((resolve) => response.write(piece, () => resolve()));
    request.sent += piece.length;
    if (pace) await new Promise((resolve) => setTimeout(resolve, pace.everyMs));
  }
}

type Flood = Extract<Fault, { kind: 'flood' }>;

async function flood({ request, response }: Stage, { bytes, of = 'x' }: Flood): Promise<void> {
  const piece = Buffer.from(of.repeat(Math.ceil((64 * 1024) / of.length)));
  response.setMaxListeners(0);
  while (request.sent < bytes && !response.destroyed) {
    const room = response.write(piece);
    request.sent += piece.length;
    if (!room) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}
