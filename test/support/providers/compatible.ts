import { z } from 'zod';
import { chatRefusal, deltas, event, usage } from './chat-completions.js';
import type { ReceivedRequest, Wire } from './script.js';
import { type ProviderOptions, startProvider } from './server.js';

const EmbeddingBody = z.object({
  model: z.string(),
  input: z.array(z.string().min(1)).min(1).max(2048),
  encoding_format: z.literal('float').optional(),
});

interface CompatibleOptions extends ProviderOptions {
  /** The `data` of an `/embeddings` answer; default: three numbers for each text, its length first. */
  readonly embed?: (texts: readonly string[]) => unknown;
}

/** As vLLM, Ollama and llama.cpp answer: usage comes in a last chunk without choices, and only when asked for. */
function compatible(embed: (texts: readonly string[]) => unknown): Wire {
  const isEmbedding = ({ path }: ReceivedRequest) => path === '/embeddings';
  return {
    refusal(request) {
      if (!isEmbedding(request)) return chatRefusal(request);
      const parsed = EmbeddingBody.safeParse(request.body);
      return parsed.success ? undefined : { status: 400, message: z.prettifyError(parsed.error) };
    },
    async json(request) {
      if (!isEmbedding(request)) return undefined;
      const { model, input } = EmbeddingBody.parse(request.body);
      return { object: 'list', model, data: await embed(input), usage: { prompt_tokens: 5, total_tokens: 5 } };
    },
    events(script, request) {
      const chunk = (rest: object) =>
        event({ id: 'chatcmpl-9', object: 'chat.completion.chunk', created: 1_764_000_000, model: 'own', ...rest });
      const list = deltas(script).map(({ delta, finish }) =>
        chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] }),
      );
      const counted = wantsUsage(request.body) ? usage(script) : undefined;
      return [...list, ...(counted ? [chunk({ choices: [], usage: counted })] : []), 'data: [DONE]\n\n'];
    },
    errorEvent: (message) => event({ error: { message, type: 'InternalServerError', code: 500 } }),
    errorBody: (status, message) => ({ error: { message, type: 'BadRequestError', code: status } }),
  };
}

function wantsUsage(body: unknown): boolean {
  return z.object({ stream_options: z.object({ include_usage: z.literal(true) }) }).safeParse(body).success;
}

const byLength = (texts: readonly string[]) =>
  texts.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, index, 0.5] }));

export const startCompatible = ({ embed = byLength, ...options }: CompatibleOptions = {}) =>
  startProvider(compatible(embed), '/v1', options);
