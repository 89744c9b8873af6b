import {
  type CallOutcome,
  type Counted,
  type CountedModel,
  type Meter,
  mostTokensIn,
  nothingUsed,
  tokensIn,
} from './meter.js';
import { providerFailure } from './provider-failure.js';

export interface Embedded {
  readonly vectors: Float32Array[];
  /** As the server counted them; many do not. */
  readonly tokens: number | undefined;
}

interface Call {
  readonly meter: Meter;
  readonly choice: CountedModel;
  readonly texts: readonly string[];
  /** The caller's. */
  readonly signal: AbortSignal;
}

/** One request for vectors: the most that it can come to is set aside before, as for every call to a model (AG-3). */
export async function countedCall(call: Call, embed: () => Promise<Embedded>): Promise<Float32Array[]> {
  const { meter, choice, texts, signal } = call;
  // Each text by itself, as the server takes them: three bytes at the end of one do not go on in the next.
  const inputTokens = texts.reduce((sum, text) => sum + mostTokensIn(text), 0);
  const settle = await meter.begin({ choice, inputTokens, outputTokens: 0 });
  let outcome: CallOutcome = 'stopped';
  let used = usedBy(texts, undefined);
  try {
    const { vectors, tokens } = await embed();
    outcome = 'done';
    used = usedBy(texts, tokens);
    return vectors;
  } catch (error) {
    if (!signal.aborted) {
      outcome = 'failed';
      if (!providerFailure(error).used) used = nothingUsed;
    }
    throw error;
  } finally {
    await settle(outcome, used);
  }
}

const usedBy = (texts: readonly string[], told: number | undefined): Counted => ({
  ...nothingUsed,
  inputTokens: told ?? texts.reduce((sum, text) => sum + tokensIn(text.length), 0),
  estimated: told === undefined,
});
