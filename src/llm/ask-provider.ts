import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { type Clock, startClock } from './clock.js';
import { addPart, brokeOff, finishReason, type GatheredStep, isProgress, newStep } from './gathered-step.js';
import type { ModelEvent, ModelRequest } from './model-step.js';
import { toFunctionTool, toPrompt } from './prompt.js';
import { providerFailure } from './provider-failure.js';
import type { Provider } from './providers.js';
import { limitUnread } from './upstream.js';

type AnswerEvent = Exclude<ModelEvent, { type: 'started' }>;

/** In milliseconds, see ClockLimits. */
interface TimeLimits {
  readonly silence: number;
  readonly total: number;
}

/**
 * One step with one provider, straight through the SDK's model: `streamText` costs three times the CPU and would only
 * add what the gateway does itself. Throws ProviderFailure, or the reason of the caller's signal.
 */
export async function* askProvider(
  provider: Provider,
  request: ModelRequest,
  limits: TimeLimits,
): AsyncGenerator<AnswerEvent, void, void> {
  const clock = startClock({ ...limits, signal: request.signal });
  const unread = limitUnread(clock.signal);
  const step = newStep();
  try {
    const call = callOptions(provider, request, clock.signal);
    const { stream } = await provider.model.doStream(call);
    const reader = stream.getReader();
    while (!step.finish) {
      clock.waiting();
      const { done, value: part } = await reader.read();
      if (done) throw brokeOff();
      unread.count = 0;
      if (isProgress(part)) clock.arrived();
      const text = addPart(step, part);
      if (text) yield { type: 'text', text };
    }
    void drain(reader, clock);
    yield* conclusion(step, call);
  } catch (error) {
    throw clock.signal.aborted ? clock.signal.reason : providerFailure(error);
  } finally {
    if (!step.finish) {
      clock.abort();
      clock.stop();
    }
  }
}

function callOptions({ choice }: Provider, request: ModelRequest, abortSignal: AbortSignal) {
  const { system, messages, tools = [], maxOutputTokens } = request;
  const options: LanguageModelV3CallOptions = { prompt: toPrompt(choice.provider, system, messages), abortSignal };
  if (tools.length > 0) options.tools = tools.map(toFunctionTool);
  if (maxOutputTokens) options.maxOutputTokens = maxOutputTokens;
  return options;
}

function* conclusion(step: GatheredStep, { prompt }: LanguageModelV3CallOptions): Generator<AnswerEvent, void, void> {
  const reason = finishReason(step);
  for (const call of step.calls) yield { type: 'tool-call', ...call };
  const input = step.finish?.usage.inputTokens.total;
  const output = step.finish?.usage.outputTokens.total;
  yield {
    type: 'finished',
    reason,
    inputTokens: input ?? tokensIn(JSON.stringify(prompt).length),
    outputTokens: output ?? tokensIn(step.characters),
    estimated: input === undefined || output === undefined,
  };
}

const tokensIn = (characters: number) => Math.ceil(characters / 4);

/** Reads to the end, so that the connection serves the next step. */
async function drain(reader: ReadableStreamDefaultReader<LanguageModelV3StreamPart>, clock: Clock): Promise<void> {
  clock.closing();
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is complete; how the connection ended matters to nobody.
  } finally {
    clock.stop();
  }
}
