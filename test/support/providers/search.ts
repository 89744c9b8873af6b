import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SearchHit {
  readonly title: string;
  readonly url: string;
  readonly text: string;
}

export interface SearchQuestion {
  readonly kind: 'searxng' | 'brave' | 'tavily';
  readonly query: string;
  readonly count: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface SearchServer {
  readonly origin: string;
  readonly asked: SearchQuestion[];
  close(): Promise<void>;
}

export type SearchAnswer = (
  question: SearchQuestion,
) => readonly SearchHit[] | { readonly status: number; readonly body: string };

/** The three services at one origin, each at its own path and in its own words; what is asked wrongly is refused. */
export async function startSearch(answer: SearchAnswer): Promise<SearchServer> {
  const asked: SearchQuestion[] = [];
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const question = understood(request, Buffer.concat(chunks).toString());
    if (typeof question === 'number') return void response.writeHead(question).end('refused');
    asked.push(question);
    const hits = answer(question);
    if ('status' in hits) return void response.writeHead(hits.status, { location: '/elsewhere' }).end(hits.body);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(words[question.kind](hits)));
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
}

function understood({ method, url = '', headers }: IncomingMessage, body: string): SearchQuestion | number {
  const { pathname, searchParams } = new URL(url, 'http://search.test');
  if (pathname === '/searxng/search' && method === 'POST') {
    const form = new URLSearchParams(body);
    // Where the format is not enabled it refuses in the same way.
    if (form.get('format') !== 'json') return 403;
    return { kind: 'searxng', query: form.get('q') ?? '', count: undefined, headers };
  }
  if (pathname === '/res/v1/web/search' && method === 'GET') {
    if (headers['x-subscription-token'] !== 'brave-key') return 422;
    return { kind: 'brave', query: searchParams.get('q') ?? '', count: Number(searchParams.get('count')), headers };
  }
  if (pathname === '/search' && method === 'POST') {
    if (headers.authorization !== 'Bearer tvly-key') return 401;
    const { query, max_results: count } = JSON.parse(body);
    return query.length > 400 ? 400 : { kind: 'tavily', query, count, headers };
  }
  return 404;
}

const asContent = ({ title, url, text }: SearchHit) => ({ title, url, content: text });

const words = {
  searxng: (hits: readonly SearchHit[]) => ({
    ...{ query: 'x', number_of_results: 0, answers: [], corrections: [], infoboxes: [], suggestions: [] },
    results: hits.map((hit) => ({
      ...asContent(hit),
      engine: 'duckduckgo',
      engines: ['duckduckgo'],
      score: 1,
      category: 'general',
    })),
    unresponsive_engines: [],
  }),
  brave: (hits: readonly SearchHit[]) => ({
    ...{ type: 'search', query: { original: 'x', more_results_available: false } },
    ...(hits.length === 0
      ? {}
      : {
          web: {
            type: 'search',
            family_friendly: true,
            results: hits.map(({ title, url, text }) => ({
              title,
              url,
              description: text,
              language: 'en',
              is_source_local: false,
            })),
          },
        }),
  }),
  tavily: (hits: readonly SearchHit[]) => ({
    ...{ query: 'x', follow_up_questions: null, answer: null, images: [] },
    results: hits.map((hit) => ({ ...asContent(hit), score: 0.9, raw_content: null })),
    response_time: 0.5,
  }),
};
