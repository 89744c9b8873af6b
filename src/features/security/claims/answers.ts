import { request } from 'undici';

const waitMs = 5000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** Empty unless it was asked for, and of a stream that may never end. */
  readonly text: string;
}

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Whether the text of the answer matters. */
  readonly reads?: boolean;
}

/** Asks the installation as a visitor would, by its public address and through whatever stands before it. */
export async function ask(origin: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { statusCode, headers, body } = await request(`${origin}${path}`, {
    method: asked.method ?? 'GET',
    headers: { 'user-agent': 'Bailiwick self-test', ...asked.headers },
    body: asked.body ?? null,
    headersTimeout: waitMs,
    bodyTimeout: waitMs,
  });
  const isStream = String(headers['content-type'] ?? '').startsWith('text/event-stream');
  const text = asked.reads && !isStream ? await body.text() : '';
  if (isStream) body.destroy();
  else if (!asked.reads) await body.dump({ limit: 1_000_000 });
  const cookies = headers['set-cookie'];
  const plain = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]);
  return {
    status: statusCode,
    headers: Object.fromEntries(plain.filter(([, value]) => value !== undefined)),
    cookies: cookies === undefined ? [] : [cookies].flat(),
    text,
  };
}
