import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { Config } from '../config.js';
import type { ModelChoice, ProviderName } from './model-step.js';
import { upstreamFetch } from './upstream.js';

/** A provider with a key (or an address), ready to be asked. */
export interface Provider {
  readonly choice: ModelChoice;
  /** As people know it. */
  readonly name: string;
  /** Its SDK is loaded when it is first asked: most processes never do. */
  readonly model: () => Promise<LanguageModelV3>;
}

/** In the operator's order; those without a key, or not in LLM_ORDER, are left out. Connects nowhere. */
export function configuredProviders(settings: Config): Provider[] {
  const names = new Set(settings.LLM_ORDER);
  return [...names].flatMap((name) => makers[name](settings) ?? []);
}

type Maker = (settings: Config) => Provider | undefined;

const fetch = upstreamFetch;

const makers: Record<ProviderName, Maker> = {
  groq({ GROQ_API_KEY: apiKey, GROQ_BASE_URL: baseURL, GROQ_MODEL: model }) {
    if (!apiKey) return undefined;
    return provider('groq', 'Groq', model, async () => {
      const { createGroq } = await import('@ai-sdk/groq');
      return createGroq({ apiKey, fetch, ...(baseURL && { baseURL }) })(model);
    });
  },
  gemini({ GOOGLE_GENERATIVE_AI_API_KEY: apiKey, GOOGLE_GENERATIVE_AI_BASE_URL: baseURL, GEMINI_MODEL: model }) {
    if (!apiKey) return undefined;
    return provider('gemini', 'Gemini', model, async () => {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      return createGoogleGenerativeAI({ apiKey, fetch, ...(baseURL && { baseURL }) })(model);
    });
  },
  anthropic({ ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL: model }) {
    if (!apiKey) return undefined;
    // Always given: without it the SDK would read the environment by itself.
    const baseURL = ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com/v1';
    return provider('anthropic', 'Anthropic', model, async () => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic({ apiKey, baseURL, fetch })(model);
    });
  },
  compatible(settings) {
    const {
      OPENAI_COMPATIBLE_BASE_URL: baseURL,
      OPENAI_COMPATIBLE_API_KEY: apiKey,
      OPENAI_COMPATIBLE_MODEL: model,
    } = settings;
    if (!baseURL) return undefined;
    return provider('compatible', 'OpenAI-compatible', model, async () => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const own = { name: 'compatible', baseURL, fetch, includeUsage: true, ...(apiKey && { apiKey }) };
      return createOpenAICompatible(own)(model);
    });
  },
};

function provider(id: ProviderName, name: string, modelId: string, load: () => Promise<LanguageModelV3>): Provider {
  let loading: Promise<LanguageModelV3> | undefined;
  return {
    name,
    model: () => (loading ??= load()),
    choice: { id: `${id}:${modelId}`, provider: id, model: modelId, label: `${name} ${modelId}` },
  };
}
