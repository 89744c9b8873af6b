import type {
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import type { ModelMessage, ModelRequest, ModelTool, ProviderName, ToolCall } from './model-step.js';

type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/**
 * The conversation as the SDK wants it. Providers refuse a history with empty texts, calls without results or results
 * without calls, and a stopped turn leaves such; so those are left out or completed here.
 */
export function toPrompt(
  provider: ProviderName,
  { system, systemNow = '', messages }: Pick<ModelRequest, 'system' | 'systemNow' | 'messages'>,
): LanguageModelV3Prompt {
  const prompt = systemParts(provider, system, systemNow);
  let open: ToolCall[] = [];
  let results: LanguageModelV3ToolResultPart[] = [];
  const closeCalls = () => {
    for (const call of open) results.push(unfinished(provider, call));
    // Results to calls made together go together: Gemini wants as many in one message as there were calls.
    if (results.length > 0) prompt.push({ role: 'tool', content: results });
    open = [];
    results = [];
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.some((call) => call.id === message.id)) continue;
      open = open.filter((call) => call.id !== message.id);
      results.push(result(provider, message));
      continue;
    }
    closeCalls();
    if (message.role === 'assistant') open = [...(message.toolCalls ?? [])];
    const turned = message.role === 'member' ? member(message.text) : assistant(provider, message);
    if (turned.content.length > 0) prompt.push(turned);
  }
  closeCalls();
  return prompt;
}

/**
 * Anthropic keeps in its cache what a request marks, up to the mark: the tools, which come first there, and what is the
 * same in every turn. The others find by themselves what they have seen before.
 * https://docs.claude.com/en/docs/build-with-claude/prompt-caching
 */
function systemParts(provider: ProviderName, system: string, systemNow: string): LanguageModelV3Prompt {
  if (provider !== 'anthropic' || !system) {
    const content = [system, systemNow].filter(Boolean).join('\n\n');
    return content ? [{ role: 'system', content }] : [];
  }
  const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } };
  return [
    { role: 'system', content: system, providerOptions },
    ...(systemNow ? [{ role: 'system' as const, content: systemNow }] : []),
  ];
}

export function toFunctionTool({ name, description, schema }: ModelTool): LanguageModelV3FunctionTool {
  // The SDK's type for a JSON schema is stricter than what schema generators declare; it is passed on as it is.
  return { type: 'function', name, description, inputSchema: schema as LanguageModelV3FunctionTool['inputSchema'] };
}

function member(text: string): LanguageModelV3Message {
  return { role: 'user', content: text.trim() ? [{ type: 'text', text }] : [] };
}

function assistant(provider: ProviderName, { text, toolCalls = [] }: AssistantMessage): LanguageModelV3Message {
  return {
    role: 'assistant',
    content: [
      ...(text.trim() ? [{ type: 'text' as const, text }] : []),
      ...toolCalls.map((call) => ({
        type: 'tool-call' as const,
        toolCallId: idFor(provider, call.id),
        toolName: call.name,
        // Anthropic and Gemini take nothing but an object here.
        input: call.malformed ? { unreadable: call.arguments } : call.arguments,
        ...(call.providerData ? { providerOptions: call.providerData } : {}),
      })),
    ],
  };
}

function result(provider: ProviderName, message: ToolMessage): LanguageModelV3ToolResultPart {
  return {
    type: 'tool-result',
    toolCallId: idFor(provider, message.id),
    toolName: message.name,
    output: { type: message.failed ? 'error-text' : 'text', value: message.result },
  };
}

function unfinished(provider: ProviderName, { id, name }: ToolCall): LanguageModelV3ToolResultPart {
  return result(provider, { role: 'tool', id, name, result: 'This call was not finished.', failed: true });
}

/** After a fail-over Anthropic sees calls that others numbered; it allows letters, digits, _ and - only. */
function idFor(provider: ProviderName, id: string): string {
  return provider === 'anthropic' ? id.replace(/[^\w-]/g, '_') : id;
}
