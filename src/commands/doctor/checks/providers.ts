import type { Config } from '../../../config.js';
import { ask } from '../../../features/security/claims/answers.js';
import { type Check, type Finding, failure, note, ok, warning } from '../finding.js';

interface Outside {
  readonly name: string;
  readonly address: string;
  readonly headers?: Record<string, string>;
  /** The variable to look at. */
  readonly variable: string;
}

export const providers: Check = {
  id: 'providers',
  title: 'Others that are asked',
  async examine({ settings }) {
    const all = [...models(settings), ...others(settings)];
    const off =
      models(settings).length === 0 ? [note('No language model is set: answers are quoted from documents.')] : [];
    return [...off, ...(await Promise.all(all.map(reach)))];
  },
};

function models(settings: Config): Outside[] {
  const order = new Set<string>(settings.LLM_ORDER);
  const { GROQ_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, ANTHROPIC_API_KEY } = settings;
  const { OPENAI_COMPATIBLE_BASE_URL, OPENAI_COMPATIBLE_API_KEY } = settings;
  const anthropic = { 'x-api-key': ANTHROPIC_API_KEY ?? '', 'anthropic-version': '2023-06-01' };
  const google = settings.GOOGLE_GENERATIVE_AI_BASE_URL ?? 'https://generativelanguage.googleapis.com/v1beta';
  const known: readonly (Outside & { readonly provider: string; readonly isOn: boolean })[] = [
    {
      ...{ provider: 'groq', name: 'Groq', variable: 'GROQ_API_KEY', isOn: GROQ_API_KEY !== undefined },
      ...{ address: settings.GROQ_BASE_URL ?? 'https://api.groq.com/openai/v1', headers: bearer(GROQ_API_KEY) },
    },
    {
      ...{ provider: 'gemini', name: 'Gemini', variable: 'GOOGLE_GENERATIVE_AI_API_KEY' },
      ...{ isOn: GOOGLE_GENERATIVE_AI_API_KEY !== undefined, address: google },
      headers: { 'x-goog-api-key': GOOGLE_GENERATIVE_AI_API_KEY ?? '' },
    },
    {
      ...{ provider: 'anthropic', name: 'Anthropic', variable: 'ANTHROPIC_API_KEY' },
      ...{ isOn: ANTHROPIC_API_KEY !== undefined, headers: anthropic },
      address: settings.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com/v1',
    },
    {
      ...{ provider: 'compatible', name: 'The OpenAI-compatible server', variable: 'OPENAI_COMPATIBLE_BASE_URL' },
      ...{ isOn: OPENAI_COMPATIBLE_BASE_URL !== undefined, address: OPENAI_COMPATIBLE_BASE_URL ?? '' },
      headers: bearer(OPENAI_COMPATIBLE_API_KEY),
    },
  ];
  return known
    .filter(({ provider, isOn }) => isOn && order.has(provider))
    .map((outside) => ({ ...outside, address: `${outside.address.replace(/\/$/, '')}/models` }));
}

function others(settings: Config): Outside[] {
  const { EMBEDDER, EMBEDDING_BASE_URL, EMBEDDING_API_KEY, WEB_SEARCH, WEB_SEARCH_URL } = settings;
  const { GOOGLE_CLIENT_ID, GOOGLE_KEYS_URL, GITHUB_CLIENT_ID, GITHUB_LOGIN_URL } = settings;
  const embedding = `${(EMBEDDING_BASE_URL ?? '').replace(/\/$/, '')}/models`;
  return [
    ...(EMBEDDER === 'provider' && EMBEDDING_BASE_URL
      ? [
          {
            ...{ name: 'The server for embeddings', address: embedding, variable: 'EMBEDDING_BASE_URL' },
            headers: bearer(EMBEDDING_API_KEY),
          },
        ]
      : []),
    ...(GOOGLE_CLIENT_ID ? [{ name: 'Google', address: GOOGLE_KEYS_URL, variable: 'GOOGLE_KEYS_URL' }] : []),
    ...(GITHUB_CLIENT_ID ? [{ name: 'GitHub', address: GITHUB_LOGIN_URL, variable: 'GITHUB_LOGIN_URL' }] : []),
    ...(WEB_SEARCH === 'searxng' && WEB_SEARCH_URL
      ? [{ name: 'The search service', address: WEB_SEARCH_URL, variable: 'WEB_SEARCH_URL' }]
      : []),
  ];
}

const bearer = (key: string | undefined): Record<string, string> => (key ? { authorization: `Bearer ${key}` } : {});

/** A question that costs nothing: which models there are. Others need only answer. */
async function reach({ name, address, headers = {}, variable }: Outside): Promise<Finding> {
  const { origin, pathname, search } = new URL(address);
  try {
    const { status } = await ask(origin, `${pathname}${search}`, { headers });
    if (status === 401 || status === 403) {
      return failure(`${name} answers ${status}: the key is refused.`, `Set ${variable} to a key that is valid.`);
    }
    if (status >= 500)
      return warning(`${name} answers ${status}.`, 'Try again later; the next provider is asked meanwhile.');
    return ok(`${name} answers.`);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
    const todo = `Look at ${variable}, the DNS, and whether this machine may call out; or take it out of the settings.`;
    return failure(`${name} cannot be reached (${why}).`, todo);
  }
}
