import { once } from 'node:events';
import { type Agent, type ClientRequest, type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect as plainConnect, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { type Edge, host } from './edge.js';

export interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly plain?: boolean;
  /** A loopback address to call from, so that tests do not use up each other's limits. */
  readonly from?: string;
  /** Keeps connections; otherwise each question has one of its own. */
  readonly agent?: Agent;
  /** A certificate of the caller's own. */
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export function ask(edge: Edge, question: Question = {}): Promise<Answer> {
  const {
    path = '/',
    method = 'GET',
    headers = {},
    body,
    plain = false,
    from = '127.0.0.1',
    client,
    agent = false,
  } = question;
  const options = {
    host: from.includes(':') ? '::1' : '127.0.0.1',
    localAddress: from,
    path,
    method,
    headers: { Host: host, ...headers },
    agent,
  };
  return new Promise((resolve, reject) => {
    const asked = plain
      ? plainRequest({ ...options, port: edge.http })
      : secureRequest({
          ...options,
          port: edge.https,
          ca: edge.ca,
          servername: host,
          cert: client?.certificate,
          key: client?.key,
        });
    asked.once('error', reject);
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        const { statusCode = 0, headers: answered, rawHeaders } = response;
        resolve({ status: statusCode, headers: answered, rawHeaders, body: text });
      });
      response.once('error', reject);
    });
    asked.end(body);
  });
}

/** Sends bytes as they are over TLS and answers all that comes back until the other side closes, or 8 seconds pass. */
export async function sendRaw(edge: Edge, bytes: string, settings: { plain?: boolean } = {}): Promise<string> {
  const socket = settings.plain
    ? plainConnect({ host: '127.0.0.1', port: edge.http })
    : connect({ host: '127.0.0.1', port: edge.https, ca: edge.ca, servername: host });
  socket.on('error', () => {});
  await once(socket, settings.plain ? 'connect' : 'secureConnect');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.write(bytes, 'latin1');
  if (!(await closes(socket, 8000))) text += '[still open]';
  socket.destroy();
  return text;
}

/** Whether the other side closes within so many milliseconds, politely or by a reset. */
export function closes(socket: Socket, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), milliseconds);
    socket.once('close', () => {
      clearTimeout(late);
      resolve(true);
    });
  });
}

export interface Following {
  /** Every event's name so far, over all openings. */
  readonly events: readonly string[];
  /** How often the stream was opened. */
  readonly openings: () => number;
  stop(): void;
}

/** Reads a stream of events as a browser does: opens it again when it ends. Ends for good when it is refused. */
export function follow(edge: Edge, { path = '/', headers = {} }: Question): Following {
  const events: string[] = [];
  let openings = 0;
  let asked: ClientRequest | undefined;
  let going = true;
  const open = () => {
    asked = secureRequest({
      ...{ host: '127.0.0.1', port: edge.https, ca: edge.ca, servername: host, agent: false },
      ...{ path, headers: { Host: host, ...headers } },
    });
    asked.once('error', () => {});
    asked.once('close', () => going && setTimeout(open, 50));
    asked.once('response', (response) => {
      openings += 1;
      going &&= response.statusCode === 200;
      if (response.statusCode !== 200) events.push(`refused with ${response.statusCode}`);
      response.setEncoding('utf8').on('data', (text: string) => {
        events.push(...[...text.matchAll(/^event: (.*)$/gm)].map(([, name = '']) => name));
      });
      response.once('error', () => {});
    });
    asked.end();
  };
  open();
  return {
    events,
    openings: () => openings,
    stop() {
      going = false;
      asked?.destroy();
    },
  };
}
