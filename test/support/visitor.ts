import assert from 'node:assert/strict';
import { config } from '../../src/config.js';
import { plantCookie, plantFields } from './planted.js';
import { assertKept, assertStrict } from './strict-headers.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where a redirect leads, as a path on this server. */
  readonly location: string;
}

/** Somebody with a browser without scripts: keeps cookies, fills in forms with the token that the page had. */
export class Visitor {
  readonly origin: string;
  readonly cookies = new Map<string, string>();
  constructor(origin: string) {
    this.origin = origin;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  /** Opens `page` for its form token, then posts the fields to `action`, by default the same address. */
  async submit(page: string, fields: Record<string, string>, action = page): Promise<Answer> {
    const token = await this.token(page);
    return this.post(action, { ...fields, _csrf: token });
  }

  async post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { Origin: this.origin, ...headers },
    });
  }

  async token(page: string): Promise<string> {
    const { text, status } = await this.get(page);
    const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1];
    assert.ok(token, `no form on ${page} (${status})`);
    return token;
  }

  async send(path: string, init: RequestInit): Promise<Answer> {
    plantFields(init.body);
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie) headers.set('cookie', cookie);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await fetch(new URL(path, this.origin), { ...init, headers, redirect: 'manual' });
    // Whatever a test is about: no answer of the application is without these (CR-3, V14.3.2).
    if (this.origin === config().origin) {
      const where = `${init.method ?? 'GET'} ${path.slice(0, 200)} (${response.status})`;
      assertStrict((name) => response.headers.get(name), where);
      assertKept((name) => response.headers.get(name), path);
    }
    for (const line of response.headers.getSetCookie()) this.keep(line);
    const location = response.headers.get('location') ?? '';
    // A stream of events may never end: its head is the answer.
    const streams = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (streams) await response.body?.cancel();
    const text = streams ? '' : await response.text();
    return { status: response.status, headers: response.headers, text, location };
  }

  private keep(line: string) {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    plantCookie(value);
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
