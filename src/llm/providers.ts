import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createGroq } from '@ai-sdk/groq';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { Config } from '../config.js';
import type { ModelChoice, ProviderName } from './model-step.js';
import { upstreamFetch } from './upstream.js';

/** A provider with a key (or an address), ready to be asked. */
export interface Provider {
  readonly choice: ModelChoice;
  /** As people know it. */
  readonly name: string;
  readonly model: LanguageModelV3;
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
    return provider('groq', 'Groq', createGroq({ apiKey, fetch, ...(baseURL && { baseURL }) })(model));
  },
  gemini(settings) {
    const { GOOGLE_GENERATIVE_AI_API_KEY: apiKey, GOOGLE_GENERATIVE_AI_BASE_URL: baseURL } = settings;
    if (!apiKey) return undefined;
    const gemini = createGoogleGenerativeAI({ apiKey, fetch, ...(baseURL && { baseURL }) });
    return provider('gemini', 'Gemini', gemini(settings.GEMINI_MODEL));
  },
  anthropic({ ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL: model }) {
    if (!apiKey) return undefined;
    // Always given: without it the SDK would read the environment by itself.
    const baseURL = ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com/v1';
    return provider('anthropic', 'Anthropic', createAnthropic({ apiKey, baseURL, fetch })(model));
  },
  compatible(settings) {
    const { OPENAI_COMPATIBLE_BASE_URL: baseURL, OPENAI_COMPATIBLE_API_KEY: apiKey } = settings;
    if (!baseURL) return undefined;
    const own = createOpenAICompatible({
      name: 'compatible',
      baseURL,
      fetch,
      includeUsage: true,
      ...(apiKey && { apiKey }),
    });
    return provider('compatible', 'OpenAI-compatible', own(settings.OPENAI_COMPATIBLE_MODEL));
  },
};

function provider(id: ProviderName, name: string, model: LanguageModelV3): Provider {
  const { modelId } = model;
  return {
    name,
    model,
    choice: { id: `${id}:${modelId}`, provider: id, model: modelId, label: `${name} ${modelId}` },
  };
}
