import { Agent, request } from 'undici';
import { config } from '../../../config.js';
import { Refused } from './identity.js';

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The addresses of a person with very many of them are some 20 kB. */
const largest = 256 * 1024;

/**
 * One question to a provider at an address that the operator has set. Follows no redirect. Throws Refused when it does
 * not answer in time, at all, or with 2xx; the answer is at most 256 kB.
 */
export async function askProvider({ method, url, headers, body }: Question): Promise<string> {
  const ms = config().LOGIN_PROVIDER_SECONDS * 1000;
  const agent = new Agent({ connect: { timeout: ms }, maxResponseSize: largest });
  try {
    const response = await request(url, {
      method,
      dispatcher: agent,
      signal: AbortSignal.timeout(ms),
      // GitHub answers as a form otherwise.
      headers: { ...headers, accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'Bailiwick' },
      body: method === 'POST' ? body : null,
    });
    const answer = await response.body.text();
    if (response.statusCode < 200 || response.statusCode > 299) {
      throw new Refused(response.statusCode >= 500 ? 'unreachable' : 'exchange');
    }
    return answer;
  } catch (cause) {
    throw cause instanceof Refused ? cause : new Refused('unreachable', { cause });
  } finally {
    void agent.destroy();
  }
}
