import { Agent, type IncomingMessage, request } from 'node:http';

interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const connections = new Agent({ keepAlive: true });
const reads = new Set(['GET', 'HEAD']);

/**
 * A request and its answer, over connections that are kept. A run makes tens of thousands of them, and `fetch` with its
 * streams costs three times as much.
 */
export async function exchange(url: URL, init: RequestInit): Promise<Exchanged> {
  if (url.protocol !== 'http:') return fetched(url, init);
  // Says how a form is encoded, and does it.
  const body = init.body == null ? undefined : new Response(init.body);
  const headers = new Headers(init.headers);
  const type = body?.headers.get('content-type');
  if (type && !headers.has('content-type')) headers.set('content-type', type);
  return once(url, {
    method: init.method ?? 'GET',
    headers: Object.fromEntries(headers),
    body: body && Buffer.from(await body.arrayBuffer()),
  });
}

interface Asked {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
}

function once(url: URL, asked: Asked): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const { method, headers, body } = asked;
    const length = body && { 'content-length': String(body.length) };
    const sent = request(url, { agent: connections, method, headers: { 'user-agent': 'node', ...headers, ...length } });
    sent.once('response', (answer) => textOf(answer).then((text) => resolve(answered(answer, text)), reject));
    sent.once('error', (error) => {
      // The server closed a kept connection at the moment that it was used again.
      if (sent.reusedSocket && reads.has(method)) once(url, asked).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}

const isStream = (type: string | null | undefined) => type?.startsWith('text/event-stream') ?? false;

/** A stream of events may never end: its head is the answer. */
async function textOf(answer: IncomingMessage): Promise<string> {
  if (isStream(answer.headers['content-type'])) {
    answer.destroy();
    return '';
  }
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  return Buffer.concat(parts).toString();
}

function answered({ statusCode = 0, rawHeaders }: IncomingMessage, text: string): Exchanged {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return { status: statusCode, headers, text };
}

async function fetched(url: URL, init: RequestInit): Promise<Exchanged> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const streams = isStream(response.headers.get('content-type'));
  if (streams) await response.body?.cancel();
  return { status: response.status, headers: response.headers, text: streams ? '' : await response.text() };
}
