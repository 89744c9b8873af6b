import { z } from 'zod';
import { type Config, config } from '../../config.js';

/** One hit. All of it was written by whoever owns the page. */
export interface Hit {
  readonly title: string;
  readonly url: string;
  readonly text: string;
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A search service that the operator chose, and how it speaks. */
export interface Provider {
  /** As people know it. */
  readonly name: string;
  ask(query: string, count: number): Question;
  /** Throws when it is not what this service answers. */
  read(answer: unknown): Hit[];
}

type Settings = Pick<Config, 'WEB_SEARCH_URL' | 'WEB_SEARCH_KEY'>;

const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '');
const Described = z.object({ title: text, url: z.string(), content: text });
const toHit = ({ title, url, content }: z.infer<typeof Described>): Hit => ({ title, url, text: content });

/** https://docs.searxng.org/dev/search_api: the format `json` must be enabled in its settings. */
function searxng({ WEB_SEARCH_URL = '', WEB_SEARCH_KEY }: Settings): Provider {
  return {
    name: 'SearXNG',
    ask(query) {
      const url = new URL('search', WEB_SEARCH_URL.endsWith('/') ? WEB_SEARCH_URL : `${WEB_SEARCH_URL}/`);
      const form = new URLSearchParams({ q: query, format: 'json' });
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      // The service itself knows no keys; what stands before it may.
      const headers: Record<string, string> = WEB_SEARCH_KEY
        ? { ...type, authorization: `Bearer ${WEB_SEARCH_KEY}` }
        : type;
      return { method: 'POST', url: url.href, headers, body: form.toString() };
    },
    read: (answer) =>
      z
        .object({ results: z.array(Described) })
        .parse(answer)
        .results.map(toHit),
  };
}

const BraveAnswer = z.object({
  web: z.object({ results: z.array(z.object({ title: text, url: z.string(), description: text })) }).optional(),
});

/** https://api-dashboard.search.brave.com: at most 20 hits, marks of emphasis in the texts unless told otherwise. */
function brave({ WEB_SEARCH_URL, WEB_SEARCH_KEY = '' }: Settings): Provider {
  return {
    name: 'Brave Search',
    ask(query, count) {
      const url = new URL(WEB_SEARCH_URL ?? 'https://api.search.brave.com/res/v1/web/search');
      url.search = new URLSearchParams({
        ...{ q: query, count: String(Math.min(count, 20)) },
        ...{ result_filter: 'web', text_decorations: 'false' },
      }).toString();
      return { method: 'GET', url: url.href, headers: { 'x-subscription-token': WEB_SEARCH_KEY }, body: null };
    },
    // Without `web` nothing was found.
    read: (answer) =>
      (BraveAnswer.parse(answer).web?.results ?? []).map(({ title, url, description }) => ({
        ...{ title, url },
        text: description,
      })),
  };
}

/** https://docs.tavily.com: questions of at most 400 characters, at most 20 hits. */
function tavily({ WEB_SEARCH_URL, WEB_SEARCH_KEY = '' }: Settings): Provider {
  return {
    name: 'Tavily',
    ask: (query, count) => ({
      method: 'POST',
      url: WEB_SEARCH_URL ?? 'https://api.tavily.com/search',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${WEB_SEARCH_KEY}` },
      body: JSON.stringify({ query, max_results: Math.min(count, 20), search_depth: 'basic', include_answer: false }),
    }),
    read: (answer) =>
      z
        .object({ results: z.array(Described) })
        .parse(answer)
        .results.map(toHit),
  };
}

const providers = { searxng, brave, tavily };

/** Undefined when the operator chose none: then agents have no web at all. */
export function chosenProvider(settings: Settings & Pick<Config, 'WEB_SEARCH'> = config()): Provider | undefined {
  return settings.WEB_SEARCH && providers[settings.WEB_SEARCH](settings);
}
