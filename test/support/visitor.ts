import assert from 'node:assert/strict';
import { config } from '../../src/config.js';
import { exchange } from './exchange.js';
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
    const { status, headers: said, text } = await exchange(new URL(path, this.origin), { ...init, headers });
    // Whatever a test is about: no answer of the application is without these (CR-3, V14.3.2).
    if (this.origin === config().origin) {
      const where = `${init.method ?? 'GET'} ${path.slice(0, 200)} (${status})`;
      assertStrict((name) => said.get(name), where);
      assertKept((name) => said.get(name), path);
    }
    for (const line of said.getSetCookie()) this.keep(line);
    return { status, headers: said, text, location: said.get('location') ?? '' };
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
