import { z } from 'zod';
import { finishOf, pieces, type Script, type ScriptedCall, usageOf, type Wire } from './script.js';
import { type ProviderOptions, startProvider } from './server.js';

const Part = z.union([
  z.object({ text: z.string().min(1) }),
  z.object({
    functionCall: z.object({ id: z.string().optional(), name: z.string(), args: z.looseObject({}) }),
    thoughtSignature: z.string().optional(),
  }),
  z.object({
    functionResponse: z.object({ id: z.string().optional(), name: z.string(), response: z.looseObject({}) }),
  }),
]);
const Content = z.object({ role: z.enum(['user', 'model']), parts: z.array(Part).min(1) });
const Body = z.object({
  contents: z.array(Content).min(1),
  systemInstruction: z.object({ parts: z.array(z.object({ text: z.string() })) }).optional(),
  tools: z
    .array(z.object({ functionDeclarations: z.array(z.object({ name: z.string(), description: z.string() })) }))
    .optional(),
});

/** https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent, with CR LF as Google sends it. */
const gemini: Wire = {
  refusal({ method, path, headers, body }) {
    if (!headers['x-goog-api-key']) return { status: 403, message: 'Method does not allow unregistered callers' };
    const isKnown = /^\/models\/[\w.-]+:streamGenerateContent\?alt=sse$/.test(path);
    if (method !== 'POST' || !isKnown) return { status: 404, message: 'Requested entity was not found' };
    const parsed = Body.safeParse(body);
    if (!parsed.success) return { status: 400, message: z.prettifyError(parsed.error) };
    const wrong = unevenTurn(parsed.data.contents);
    return wrong ? { status: 400, message: wrong } : undefined;
  },
  events(script) {
    const parts = [...pieces(script.text).map((text) => ({ text })), ...(script.calls ?? []).map(functionCall)];
    const finish = finishOf(script);
    if (finish === 'filtered') return [event({ promptFeedback: { blockReason: 'SAFETY' }, ...tail(script) })];
    const last = parts.pop();
    return [
      ...parts.map((part) => event({ candidates: [{ content: { parts: [part], role: 'model' }, index: 0 }] })),
      event({
        candidates: [
          {
            content: { ...(last && { parts: [last] }), role: 'model' },
            finishReason: finish === 'length' ? 'MAX_TOKENS' : 'STOP',
            index: 0,
          },
        ],
        ...tail(script),
      }),
    ];
  },
  errorEvent: (message) => event(gemini.errorBody(503, message)),
  errorBody: (status, message) => ({ error: { code: status, message, status: statusName(status) } }),
};

const event = (data: unknown) => `data: ${JSON.stringify(data)}\r\n\r\n`;

/** As many function responses must follow as there were calls, in one message. */
function unevenTurn(contents: z.infer<typeof Body>['contents']): string | undefined {
  const wanted = 'the number of function response parts must equal the number of function call parts';
  let calls = 0;
  for (const { parts } of contents) {
    const responses = parts.filter((part) => 'functionResponse' in part).length;
    if (responses !== calls) return wanted;
    calls = parts.filter((part) => 'functionCall' in part).length;
  }
  return calls > 0 ? wanted : undefined;
}

function functionCall({ name, arguments: args, signature }: ScriptedCall) {
  return { functionCall: { name, args }, ...(signature && { thoughtSignature: signature }) };
}

function tail(script: Script): object {
  const counted = usageOf(script);
  const common = { modelVersion: 'gemini-2.5-flash', responseId: 'mAitaLmkHPPlz7IPvtfUqQ4' };
  if (!counted) return common;
  const { input, output, cached } = counted;
  return {
    ...common,
    usageMetadata: {
      promptTokenCount: input,
      candidatesTokenCount: output,
      totalTokenCount: input + output,
      ...(cached === undefined ? {} : { cachedContentTokenCount: cached }),
    },
  };
}

function statusName(status: number): string {
  if (status === 403) return 'PERMISSION_DENIED';
  if (status === 429) return 'RESOURCE_EXHAUSTED';
  return status < 500 ? 'INVALID_ARGUMENT' : 'UNAVAILABLE';
}

export const startGemini = (options: ProviderOptions = {}) => startProvider(gemini, '/v1beta', options);
