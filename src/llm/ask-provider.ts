import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { type Clock, startClock } from './clock.js';
import { addPart, brokeOff, finishReason, type GatheredStep, isProgress, newStep } from './gathered-step.js';
import { type Counted, tokensIn } from './meter.js';
import type { ModelEvent, ModelRequest } from './model-step.js';
import { toFunctionTool, toPrompt } from './prompt.js';
import { ProviderFailure, providerFailure } from './provider-failure.js';
import type { Provider } from './providers.js';
import { limitUnread } from './upstream.js';

type AnswerEvent = Exclude<ModelEvent, { type: 'started' }>;

/** Then others have their turn. */
const partsAtOnce = 32;

/**
 * A part is a token or more, and no model says more of them in a second. Whoever sends faster waits: one answer costs this
 * process a tenth of its time at most, however much comes.
 */
const partsPerSecond = 2_000;
const partsAhead = 500;

/** Of whom no length was asked. */
const usualTokens = 4_096;

/** In milliseconds, see ClockLimits. */
interface TimeLimits {
  readonly silence: number;
  readonly total: number;
}

/** What came of a call, for whoever counts, however it ends. */
export interface Tally {
  /** Of the prompt; 0 until it is sent. */
  promptCharacters: number;
  step: GatheredStep;
}

export const newTally = (): Tally => ({ promptCharacters: 0, step: newStep() });

/**
 * One step with one provider, straight through the SDK's model: `streamText` costs three times the CPU and would only
 * add what the gateway does itself. Throws ProviderFailure, or the reason of the caller's signal.
 */
export async function* askProvider(
  provider: Provider,
  request: ModelRequest,
  { limits, tally }: { limits: TimeLimits; tally: Tally },
): AsyncGenerator<AnswerEvent, void, void> {
  const model = await provider.model();
  const clock = startClock({ ...limits, signal: request.signal });
  const unread = limitUnread(clock.signal);
  const { step } = tally;
  const demandPace = paced(request.maxOutputTokens);
  try {
    const call = callOptions(provider, request, clock.signal);
    tally.promptCharacters = JSON.stringify(call.prompt).length;
    const { stream } = await model.doStream(call);
    const reader = stream.getReader();
    while (!step.finish) {
      clock.waiting();
      const { done, value: part } = await reader.read();
      if (done) throw brokeOff();
      unread.count = 0;
      if (isProgress(part)) clock.arrived();
      const text = addPart(step, part);
      if (text) yield { type: 'text', text };
      if (step.parts % partsAtOnce === 0) await demandPace(step.parts);
    }
    void drain(reader, clock);
    yield* conclusion(tally);
  } catch (error) {
    throw clock.signal.aborted ? clock.signal.reason : providerFailure(error);
  } finally {
    if (!step.finish) {
      clock.abort();
      clock.stop();
    }
  }
}

/** Waits until so many parts may have come. Throws ProviderFailure when no answer of that length has so many. */
function paced(tokens = usualTokens): (parts: number) => Promise<void> {
  const began = performance.now();
  return async (parts) => {
    if (parts > 2 * tokens + partsAhead) throw new ProviderFailure('sent more than it was asked for');
    const early = ((parts - partsAhead) / partsPerSecond) * 1000 - (performance.now() - began);
    await (early > 1 ? pause(early) : nextTurn());
  };
}

function callOptions({ choice }: Provider, request: ModelRequest, abortSignal: AbortSignal) {
  const { tools = [], maxOutputTokens } = request;
  const options: LanguageModelV3CallOptions = { prompt: toPrompt(choice.provider, request), abortSignal };
  if (tools.length > 0) options.tools = tools.map(toFunctionTool);
  if (maxOutputTokens) options.maxOutputTokens = maxOutputTokens;
  return options;
}

function* conclusion(tally: Tally): Generator<AnswerEvent, void, void> {
  const reason = finishReason(tally.step);
  for (const call of tally.step.calls) yield { type: 'tool-call', ...call };
  yield { type: 'finished', reason, ...countedIn(tally) };
}

/** As the provider counted; estimated where it did not, or where the answer broke off. */
export function countedIn({ step, promptCharacters }: Tally): Counted {
  const { inputTokens, outputTokens } = step.finish?.usage ?? {};
  const input = inputTokens?.total;
  const output = outputTokens?.total;
  return {
    inputTokens: input ?? tokensIn(promptCharacters),
    outputTokens: output ?? tokensIn(step.characters),
    cachedTokens: inputTokens?.cacheRead ?? 0,
    cacheWrites: inputTokens?.cacheWrite ?? 0,
    estimated: input === undefined || output === undefined,
  };
}

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
