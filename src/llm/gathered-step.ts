import { InvalidResponseDataError, type LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { FinishReason, ToolCall } from './model-step.js';
import { ProviderFailure, providerFailure } from './provider-failure.js';

/** Text, reasoning and arguments of one step together, in characters. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** To read a part takes a tenth of a millisecond, and no answer of ours has more than 4,096 tokens. */
const MAX_PARTS = 20_000;

type Part<Type> = Extract<LanguageModelV3StreamPart, { type: Type }>;

/** What came of a step so far. */
export interface GatheredStep {
  characters: number;
  parts: number;
  hasText: boolean;
  readonly calls: ToolCall[];
  finish?: Part<'finish'>;
}

export function newStep(): GatheredStep {
  return { characters: 0, parts: 0, hasText: false, calls: [] };
}

/** Adds a part; answers text to pass on now. Throws ProviderFailure for an error the provider reports in its stream. */
export function addPart(step: GatheredStep, part: LanguageModelV3StreamPart): string {
  step.parts += 1;
  if (step.parts > MAX_PARTS) throw new ProviderFailure('sent more than fits into one answer');
  switch (part.type) {
    case 'text-delta':
      grow(step, part.delta);
      step.hasText ||= part.delta.length > 0;
      return part.delta;
    case 'reasoning-delta':
    case 'tool-input-delta':
      grow(step, part.delta);
      return '';
    case 'tool-call':
      if (!part.providerExecuted) step.calls.push(toolCall(part));
      return '';
    case 'finish':
      step.finish = part;
      return '';
    case 'error':
      throw reported(part.error);
    default:
      return '';
  }
}

/** Parts that show the model at work, unlike the envelope that some servers send long before the first token, or nothing. */
export function isProgress(part: LanguageModelV3StreamPart): boolean {
  if ('delta' in part) return part.delta !== '';
  return part.type !== 'stream-start' && part.type !== 'response-metadata' && part.type !== 'text-start';
}

/** How the step ended. Throws ProviderFailure when it did not really, or ended with nothing. */
export function finishReason({ finish, calls, hasText }: GatheredStep): FinishReason {
  const { unified, raw } = finish?.finishReason ?? {};
  // The SDK makes up a finish when the stream just ends; only a reason of the provider's own tells that all is there.
  if (raw === undefined) throw brokeOff();
  if (unified === 'error') throw new ProviderFailure('reported an error');
  if (calls.length === 0 && !hasText) {
    const why = unified === 'content-filter' ? 'declined to answer' : 'sent an empty answer';
    throw new ProviderFailure(why, false);
  }
  if (unified === 'length') return 'length';
  // Some servers say "stop" after tool calls, or "tool_calls" without any: what came decides.
  if (calls.length > 0) return 'tool-calls';
  return unified === 'stop' || unified === 'tool-calls' ? 'stop' : 'other';
}

export const brokeOff = () => new ProviderFailure('broke off before the end of its answer');

function grow(step: GatheredStep, text: string): void {
  step.characters += text.length;
  if (step.characters > MAX_CHARACTERS) throw new ProviderFailure('sent more than fits into one answer', false);
}

function toolCall({ toolCallId: id, toolName: name, input, providerMetadata }: Part<'tool-call'>): ToolCall {
  const data = providerMetadata ? { providerData: providerMetadata } : {};
  const parsed = parseObject(input.trim() || '{}');
  if (parsed) return { id, name, arguments: parsed, ...data };
  return { id, name, arguments: input, malformed: true, ...data };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function reported(error: unknown): ProviderFailure {
  if (InvalidResponseDataError.isInstance(error) && error.data === undefined) return brokeOff();
  return error instanceof Error ? providerFailure(error) : new ProviderFailure('reported an error');
}
