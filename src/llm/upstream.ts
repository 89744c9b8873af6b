import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { failureOfStatus, ProviderFailure } from './provider-failure.js';

/** How much a provider may send without a single readable part in it. Keeps memory flat under an endless body. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** And altogether: an answer is some thousand parts of some hundred bytes. */
const MAX_BYTES = 6 * 1024 * 1024;

/** Some milliseconds of reading, after which others have their turn. */
const BYTES_AT_ONCE = 16 * 1024;

/** Long enough for the next step of a turn, shorter than what firewalls and most servers allow an idle connection. */
const agent = new Agent({ keepAliveTimeout: 15_000 });

interface UnreadBytes {
  /** Bytes that came since the last part was understood; the reader of the parts sets it back to 0. */
  count: number;
  readonly max: number;
}

/** The SDK hands our signal, and nothing else of ours, on to fetch: so the limit of a request is found by its signal. */
const limits = new WeakMap<AbortSignal, UnreadBytes>();

export function limitUnread(signal: AbortSignal, max = MAX_UNREAD_BYTES): UnreadBytes {
  const unread = { count: 0, max };
  limits.set(signal, unread);
  return unread;
}

/**
 * A fetch for providers: half the CPU of the global one, follows no redirect (a key must not travel), reads no body of a
 * refusal, and bounds what it buffers. Throws ProviderFailure for every status but 2xx.
 */
export async function upstreamFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const signal = init.signal ?? null;
  const { statusCode, body } = await request(String(input), {
    method: 'POST',
    headers: Object.fromEntries(new Headers(init.headers)),
    body: typeof init.body === 'string' ? init.body : null,
    signal,
    dispatcher: agent,
  });
  if (statusCode < 200 || statusCode > 299) {
    body.on('error', () => {}).destroy();
    throw failureOfStatus(statusCode);
  }
  const unread = (signal && limits.get(signal)) ?? { count: 0, max: MAX_UNREAD_BYTES };
  return new Response(boundedBody(body, unread), { status: statusCode });
}

function boundedBody(body: Dispatcher.ResponseData['body'], unread: UnreadBytes): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let all = 0;
  let sinceOthers = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (sinceOthers >= BYTES_AT_ONCE) {
          sinceOthers = 0;
          await nextTurn();
        }
        const { done, value } = await chunks.next();
        if (done) return controller.close();
        unread.count += value.byteLength;
        all += value.byteLength;
        sinceOthers += value.byteLength;
        if (unread.count <= unread.max && all <= Math.max(MAX_BYTES, unread.max)) return controller.enqueue(value);
        body.destroy();
        throw new ProviderFailure('sent more than it was asked for');
      },
      cancel() {
        body.on('error', () => {}).destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
