import { z } from 'zod';
import { argumentText, finishOf, fragments, pieces, type Script, usageOf, type Wire } from './script.js';
import { type ProviderOptions, startProvider } from './server.js';

const Text = z.object({ type: z.literal('text'), text: z.string().min(1) });
const Use = z.object({
  type: z.literal('tool_use'),
  id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  input: z.looseObject({}),
});
const Result = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.string(),
  is_error: z.boolean().optional(),
});
const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('user'), content: z.array(z.union([Text, Result])).min(1) }),
  z.object({ role: z.literal('assistant'), content: z.array(z.union([Text, Use])).min(1) }),
]);
const Body = z.object({
  model: z.string().min(1),
  stream: z.literal(true),
  max_tokens: z.int().positive(),
  system: z.array(Text.extend({ cache_control: z.object({ type: z.literal('ephemeral') }).optional() })).optional(),
  messages: z.array(Message).min(1),
  tools: z.array(z.object({ name: z.string(), description: z.string(), input_schema: z.looseObject({}) })).optional(),
});

/** https://docs.claude.com/en/api/messages and .../messages-streaming */
const anthropic: Wire = {
  refusal({ method, path, headers, body }) {
    if (!headers['x-api-key']) return { status: 401, message: 'x-api-key header is required' };
    if (headers['anthropic-version'] !== '2023-06-01') return { status: 400, message: 'anthropic-version: required' };
    if (method !== 'POST' || path !== '/messages') return { status: 404, message: 'Not Found' };
    const parsed = Body.safeParse(body);
    if (!parsed.success) return { status: 400, message: z.prettifyError(parsed.error) };
    const wrong = unpairedUse(parsed.data.messages);
    return wrong ? { status: 400, message: wrong } : undefined;
  },
  events(script) {
    const blocks = [...textBlock(script), ...toolBlocks(script)];
    return [
      opening(script),
      ...blocks.flatMap((block, index) => [
        event('content_block_start', { index, content_block: block.start }),
        ...(index === 0 ? [event('ping', {})] : []),
        ...block.deltas.map((delta) => event('content_block_delta', { index, delta })),
        event('content_block_stop', { index }),
      ]),
      event('message_delta', {
        delta: { stop_reason: stopReasons[finishOf(script)], stop_sequence: null },
        usage: { output_tokens: usageOf(script)?.output ?? 0 },
      }),
      event('message_stop', {}),
    ];
  },
  errorEvent: (message) => event('error', { error: { type: 'overloaded_error', message } }),
  errorBody: (status, message) => ({ type: 'error', error: { type: errorType(status), message } }),
};

const stopReasons = { stop: 'end_turn', 'tool-calls': 'tool_use', length: 'max_tokens', filtered: 'refusal' };

const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

/** Each tool_use must be answered in the very next message. */
function unpairedUse(messages: z.infer<typeof Body>['messages']): string | undefined {
  let open = new Set<string>();
  for (const { role, content } of messages) {
    for (const part of content) {
      if (part.type === 'tool_result' && !open.delete(part.tool_use_id)) return `unexpected ${part.tool_use_id}`;
    }
    if (open.size > 0) return `tool_use ids without tool_result: ${[...open].join(', ')}`;
    if (role === 'assistant') open = new Set(content.flatMap((part) => (part.type === 'tool_use' ? [part.id] : [])));
  }
  return open.size > 0 ? `tool_use ids without tool_result: ${[...open].join(', ')}` : undefined;
}

function opening(script: Script): string {
  const { input = 0, cached = 0, written = 0 } = usageOf(script) ?? {};
  // Here, unlike elsewhere, `input_tokens` are only those that the cache has nothing to do with.
  const cache = { cache_read_input_tokens: cached, cache_creation_input_tokens: written };
  return event('message_start', {
    message: {
      id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: input - cached - written, output_tokens: 1, ...cache },
    },
  });
}

interface Block {
  readonly start: object;
  readonly deltas: readonly object[];
}

function textBlock({ text }: Script): Block[] {
  if (text === undefined) return [];
  const deltas = pieces(text).map((piece) => ({ type: 'text_delta', text: piece }));
  return [{ start: { type: 'text', text: '' }, deltas }];
}

function toolBlocks({ calls = [] }: Script): Block[] {
  return calls.map((call, index) => ({
    start: { type: 'tool_use', id: call.id ?? `toolu_${index + 1}`, name: call.name, input: {} },
    deltas: ['', ...fragments(argumentText(call))].map((part) => ({ type: 'input_json_delta', partial_json: part })),
  }));
}

function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}

export const startAnthropic = (options: ProviderOptions = {}) => startProvider(anthropic, '/v1', options);
