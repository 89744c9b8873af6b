import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, type Logger, pino } from 'pino';
import { config } from './config.js';
import { type Collector, openCollector } from './log/collector.js';

// Ambient, because a log line without it is only less useful; everything else is an explicit parameter.
const requestIds = new AsyncLocalStorage<string>();

export function withRequestId<T>(id: string, work: () => T): T {
  return requestIds.run(id, work);
}

let current: Logger | undefined;
let elsewhere: DestinationStream | undefined;
let collector: Collector | undefined;

/**
 * The process's log: one JSON object a line on standard output, and the same to the operator's collector where there is
 * one. Say what happened; never log content.
 */
export function log(): Logger {
  current ??= elsewhere ? createLog('debug', elsewhere) : createLog(config().LOG_LEVEL, alsoCollected());
  return current;
}

/** Undefined where nothing else listens: pino's own way to standard output is the quickest. */
function alsoCollected(): DestinationStream | undefined {
  const { LOG_SYSLOG } = config();
  if (!LOG_SYSLOG) return undefined;
  const output = pino.destination({ fd: 1, sync: true });
  const second = openCollector(LOG_SYSLOG, { notice: (fields, text) => log().warn(fields, text) });
  collector = second;
  return {
    write(line) {
      output.write(line);
      second.write(line);
    },
  };
}

/** Before the process ends: gives the collector a moment to take what waits for it. */
export async function flushLog(ms = 2000): Promise<void> {
  await collector?.flush(ms);
  collector?.close();
}

/** Everything that can be logged goes there instead. Before the first line. */
export function logTo(destination: DestinationStream): void {
  elsewhere = destination;
}

export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors are described below already; pino's own way would fold their causes into one text.
    serializers: { err: (described: unknown) => described },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redactFields(fields, 0),
    },
    mixin() {
      const requestId = requestIds.getStore();
      return requestId ? { requestId } : {};
    },
    hooks: { logMethod: redactWords },
  };
  const made: Logger = destination ? pino(options, destination) : pino(options);
  // pino's formatters do not see what a child is given.
  const makeChild = made.child;
  made.child = function child(this: Logger, bindings: Record<string, unknown>) {
    return makeChild.call(this, redactFields(bindings, 0));
  } as typeof made.child;
  return made;
}

// Keys are compared in lower case without separators. An error's own code survives as `reason`.
const secretKey =
  /passw|passphrase|token|secret|cookie|authorization|csrf|apikey|credential|masterkey|privatekey|^(code|otp|sid|sessionid|email|to)$/;
const contentKey =
  /^(prompt|body|content|text|instructions|arguments|question|answer|query|params|parameters|headers)$/;

const secretWords: readonly [RegExp, string][] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]'],
  [/\b(sk-|gsk_|ak_|AIza|ghp_|xox[bp]-)[\w-]{6,}/g, '$1[redacted]'],
  [/(\/\/[^\s:/@]*:)[^\s@/]+@/g, '$1[redacted]@'],
  [/\b(password|passwd|secret|token|code|csrf|api_?key)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi, '$1$2[redacted]'],
  // 256 bits in base64url: every link and key of ours looks like this.
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, '[redacted]'],
];

export function redactText(text: string): string {
  return secretWords.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), text);
}

const deepest = 6;
const longestList = 50;

function redactFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const plain = key.toLowerCase().replace(/[^a-z0-9]/g, '');
    // A number is a count (inputTokens: 12), never the secret itself.
    const holdsText = typeof value === 'string' || (typeof value === 'object' && value !== null);
    const hidden = holdsText && !(value instanceof Error) && (secretKey.test(plain) || contentKey.test(plain));
    safe[key] = hidden ? '[redacted]' : redact(value, depth);
  }
  return safe;
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= deepest) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => redact(item, depth + 1));
  return redactFields(value as Record<string, unknown>, depth + 1);
}

// Postgres repeats a value that it could not read inside quotes (class 22) and rows in `detail`: neither is kept.
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const fromInput = typeof code === 'string' && /^22/.test(code);
  const words = (text: string) => redactText(fromInput ? text.replace(/"[^"]*"/g, '"…"') : text);
  return {
    type: error.name,
    message: words(error.message),
    reason: code,
    constraint,
    stack: words(error.stack ?? ''),
    cause: error.cause instanceof Error && depth < deepest ? describeError(error.cause, depth + 1) : undefined,
  };
}

function redactWords(this: Logger, given: unknown[], method: (...parts: never[]) => void): void {
  const [first, ...rest] = given;
  const parts = first instanceof Error ? [{ err: first }, rest[0] ?? first.message, ...rest.slice(1)] : given;
  const safe = parts.map((part) => (typeof part === 'string' ? redactText(part) : part));
  method.apply(this, safe as never[]);
}
