import { z } from 'zod';
import type { ReceivedRequest, Script, Wire } from './script.js';
import { argumentText, finishOf, fragments, pieces, usageOf } from './script.js';

/** What Groq and the OpenAI-compatible servers have in common: `POST /chat/completions`. */
const Call = z.object({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string().min(1) }),
  z.object({ role: z.literal('assistant'), content: z.string().nullable(), tool_calls: z.array(Call).optional() }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: z.string() }),
]);

const Body = z.object({
  model: z.string().min(1),
  stream: z.literal(true),
  messages: z.array(Message).min(1),
  tools: z
    .array(
      z.object({
        type: z.literal('function'),
        function: z.object({ name: z.string(), description: z.string(), parameters: z.looseObject({}) }),
      }),
    )
    .optional(),
});

type Messages = z.infer<typeof Body>['messages'];

export function chatRefusal({ method, path, body }: ReceivedRequest): ReturnType<Wire['refusal']> {
  if (method !== 'POST' || path !== '/chat/completions') return { status: 404, message: 'Unknown request URL' };
  const parsed = Body.safeParse(body);
  if (!parsed.success) return { status: 400, message: z.prettifyError(parsed.error) };
  const wrong = unpairedCall(parsed.data.messages);
  return wrong ? { status: 400, message: wrong } : undefined;
}

/** Every call must be answered by the tool messages right after it, and nothing else. */
function unpairedCall(messages: Messages): string | undefined {
  let open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) return `No tool call ${message.tool_call_id}`;
      continue;
    }
    if (open.size > 0) return `Tool calls without an answer: ${[...open].join(', ')}`;
    if (message.role === 'assistant') open = new Set(message.tool_calls?.map(({ id }) => id));
  }
  return open.size > 0 ? `Tool calls without an answer: ${[...open].join(', ')}` : undefined;
}

export const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

const finishReasons = { stop: 'stop', 'tool-calls': 'tool_calls', length: 'length', filtered: 'content_filter' };

/** The `delta`s and the finish reason of an answer, in their order. */
export function deltas(script: Script): { delta: object; finish: string | null }[] {
  const list: { delta: object; finish: string | null }[] = [
    { delta: { role: 'assistant', content: '' }, finish: null },
  ];
  for (const content of pieces(script.text)) list.push({ delta: { content }, finish: null });
  for (const [index, call] of (script.calls ?? []).entries()) {
    const { id = `call_${index + 1}`, name } = call;
    const opening = { index, id, type: 'function', function: { name, arguments: '' } };
    list.push({ delta: { tool_calls: [opening] }, finish: null });
    for (const part of fragments(argumentText(call))) {
      list.push({ delta: { tool_calls: [{ index, function: { arguments: part } }] }, finish: null });
    }
  }
  list.push({ delta: {}, finish: finishReasons[finishOf(script)] });
  return list;
}

export function usage(script: Script): object | undefined {
  const counted = usageOf(script);
  if (!counted) return undefined;
  const { input, output, cached } = counted;
  const details = cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } };
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, ...details };
}
