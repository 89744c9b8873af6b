import type { Strategy } from 'passport';
import { config } from '../../../config.js';
import { askProvider, type Question } from './ask-provider.js';
import { Refused } from './identity.js';

/** The only address that a provider may send people back to. From the configuration, never from the request. */
export function callbackUrl(provider: string): string {
  return `${config().origin}/sign-in/${provider}/callback`;
}

/** What the libraries keep out of their types. */
interface Wire {
  useAuthorizationHeaderforGET(on: boolean): void;
  _request(method: string, url: string, headers: object | null, body: string, token: unknown, done: Done): void;
}

type Done = (error: null, body: string, response: { readonly statusCode: number }) => void;

/** Passport gives it to a strategy that it runs. */
interface Running {
  error(error: Error): void;
}

/**
 * Replaces how the library asks the provider. Its own way waits for ever, reads without end, sends the token in the
 * address, and lets an answer of an unexpected shape end the process: it reads some of them outside of any `try`.
 */
export function harden<S extends Strategy>(strategy: S): S {
  const wire = Reflect.get<object, string>(strategy, '_oauth2') as Wire;
  wire.useAuthorizationHeaderforGET(true);
  wire._request = (method, url, headers, body, _token, done) => {
    const question: Question = { method: method === 'POST' ? 'POST' : 'GET', url, headers: { ...headers }, body };
    askProvider(question)
      .then((answer) => done(null, answer, { statusCode: 200 }))
      .catch((cause: unknown) => {
        const running = strategy as unknown as Running;
        running.error(cause instanceof Refused ? cause : new Refused('exchange', { cause }));
      });
  };
  return strategy;
}
