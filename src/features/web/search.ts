import { Agent, request } from 'undici';
import { UpstreamFailed } from '../../errors.js';
import { log } from '../../log.js';
import type { Hit, Provider } from './provider.js';

const seconds = 15;
const maxBytes = 2 * 1024 * 1024;
const lengths = { title: 200, url: 1000, text: 800 };

/**
 * Asks the operator's search service, at the operator's address, which may be a private one. Follows no redirect, so that
 * the key stays where it belongs. Throws UpstreamFailed, with what to do.
 */
export async function searchWeb(
  provider: Provider,
  query: string,
  { count, signal }: { count: number; signal: AbortSignal },
): Promise<Hit[]> {
  const agent = new Agent({ connect: { timeout: seconds * 1000 }, maxResponseSize: maxBytes });
  const { url, method, headers, body } = provider.ask(query, count);
  try {
    const response = await request(url, {
      ...{ method, body, dispatcher: agent },
      headers: { ...headers, accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'Bailiwick' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]),
    });
    if (response.statusCode !== 200) {
      response.body.on('error', () => {}).destroy();
      throw new UpstreamFailed(refusal(provider.name, response.statusCode));
    }
    return provider
      .read(await response.body.json())
      .flatMap(asHit)
      .slice(0, count);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UpstreamFailed) throw error;
    log().warn({ err: error, provider: provider.name }, 'the web search failed');
    throw new UpstreamFailed(`${provider.name} gives no answer that can be read right now. Try again later.`);
  } finally {
    void agent.destroy();
  }
}

function refusal(name: string, status: number): string {
  if (status === 401 || status === 403)
    return `${name} does not accept this installation. Tell whoever runs it to look at WEB_SEARCH_KEY.`;
  if (status === 429 || status === 432 || status === 433)
    return `${name} was asked too often for now. Try again later.`;
  return `${name} answered with status ${status}. Try again later.`;
}

/** Only addresses that read_page could open; everything else in a hit is cut to a length that fits a list. */
function asHit({ title, url, text }: Hit): Hit[] {
  if (url.length > lengths.url || !/^https?:\/\//iu.test(url) || !URL.canParse(url)) return [];
  return [{ title: cut(title, lengths.title), url: new URL(url).href, text: cut(text, lengths.text) }];
}

function cut(given: string, length: number): string {
  const line = given.replace(/\s+/gu, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length)}…`;
}
