import type { IncomingHttpHeaders } from 'node:http';

/** What a provider's server shall answer to one request. The same for all vendors; each writes it in its own format. */
export interface Script {
  /** A list is streamed one piece to an event. */
  readonly text?: string | readonly string[];
  readonly calls?: readonly ScriptedCall[];
  /** Default: `tool-calls` when there are calls, else `stop`. */
  readonly finish?: Finish;
  /** Tokens to report; `none` when the server counts nothing. */
  readonly usage?: Usage | 'none';
  /** Sends the answer in pieces of so many bytes, wherever that cuts. */
  readonly pace?: { readonly bytes: number; readonly everyMs: number };
  /** Goes wrong in this way instead of, or during, the answer. */
  readonly fault?: Fault;
}

interface Usage {
  /** All of them; `cached` were found in the provider's cache, `written` put there (Anthropic alone says so). */
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly written?: number;
}

type Finish = 'stop' | 'tool-calls' | 'length' | 'filtered';

export interface ScriptedCall {
  /** Gemini gives none. */
  readonly id?: string;
  readonly name: string;
  /** A string is sent as it is, so that it may be no JSON at all (Gemini takes objects only). */
  readonly arguments: object | string;
  /** Gemini's thought signature. */
  readonly signature?: string;
}

export type Fault =
  /** Refuses with this status and the vendor's error body. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Never sends anything (no `after`), or falls silent after so many events. */
  | { readonly kind: 'hang'; readonly after?: number }
  /** Breaks the connection after so many events; `clean` ends the body properly, as a proxy may. */
  | { readonly kind: 'cut'; readonly after: number; readonly clean?: boolean }
  /** Reports an error as an event of its stream. */
  | { readonly kind: 'error-event'; readonly after: number }
  /** Sends this instead of events, with status 200. */
  | { readonly kind: 'garbage'; readonly body: string }
  /** Sends so many bytes of nothing useful, or of this over and over, as fast as they are taken. */
  | { readonly kind: 'flood'; readonly bytes: number; readonly of?: string };

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: unknown;
  /** Our client ended the connection before the answer was complete. */
  aborted: boolean;
  /** Bytes of the answer that were handed to the socket. */
  sent: number;
}

export type Reply = (request: ReceivedRequest, index: number) => Script | Promise<Script>;

/** What a vendor's API looks like on the wire. */
export interface Wire {
  /** Why this vendor would refuse the request: status and what is wrong; undefined when it is fine. */
  refusal(request: ReceivedRequest): { status: number; message: string } | undefined;
  /** The events of an answer, complete with their line ends. */
  events(script: Script, request: ReceivedRequest): string[];
  errorEvent(message: string): string;
  errorBody(status: number, message: string): unknown;
  /** Answers that are no stream, such as vectors. */
  json?(request: ReceivedRequest): Promise<unknown>;
}

export function pieces(text: Script['text']): readonly string[] {
  if (text === undefined) return [];
  return typeof text === 'string' ? [text] : text;
}

export function finishOf({ finish, calls = [] }: Script): Finish {
  return finish ?? (calls.length > 0 ? 'tool-calls' : 'stop');
}

export function argumentText(call: ScriptedCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** Cuts a text into three, as arguments come in fragments. */
export function fragments(text: string): string[] {
  const third = Math.max(1, Math.ceil(text.length / 3));
  return [text.slice(0, third), text.slice(third, 2 * third), text.slice(2 * third)].filter(Boolean);
}

/** `usage` with its default: eleven tokens in, seven out; undefined when nothing is counted. */
export function usageOf({ usage = { input: 11, output: 7 } }: Script): Usage | undefined {
  return usage === 'none' ? undefined : usage;
}
