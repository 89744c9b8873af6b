import { chatRefusal, deltas, event, usage } from './chat-completions.js';
import type { Wire } from './script.js';
import { type ProviderOptions, startProvider } from './server.js';

/** https://console.groq.com/docs/api-reference#chat-create: usage comes in `x_groq` of the last chunk. */
const groq: Wire = {
  refusal(request) {
    const isKnown = request.headers.authorization?.startsWith('Bearer ');
    return isKnown ? chatRefusal(request) : { status: 401, message: 'Invalid API Key' };
  },
  events(script) {
    const list = deltas(script);
    const chunks = list.map(({ delta, finish }, index) => ({
      id: 'chatcmpl-7e2f0a52-91b9-4f0c-9f3f-1d6a5f8a7c11',
      object: 'chat.completion.chunk',
      created: 1_764_000_000,
      model: 'llama-3.3-70b-versatile',
      system_fingerprint: 'fp_3f3b593e33',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...envelope(index === 0, index === list.length - 1 ? usage(script) : undefined),
    }));
    return [...chunks.map(event), 'data: [DONE]\n\n'];
  },
  errorEvent: (message) => `event: error\n${event({ error: { message, type: 'server_error', code: 'failed' } })}`,
  errorBody: (status, message) => ({
    error: { message, ...(status === 429 ? { type: 'tokens', code: 'rate_limit_exceeded' } : { type: 'api_error' }) },
  }),
};

function envelope(first: boolean, counted: object | undefined): object {
  if (first) return { x_groq: { id: 'req_01jbd6g2qdfw2adyrt2az8hz4w' } };
  if (!counted) return {};
  const times = { queue_time: 0.02, prompt_time: 0.01, completion_time: 0.1, total_time: 0.11 };
  return { x_groq: { id: 'req_01jbd6g2qdfw2adyrt2az8hz4w', usage: { ...times, ...counted } } };
}

export const startGroq = (options: ProviderOptions = {}) => startProvider(groq, '/openai/v1', options);
