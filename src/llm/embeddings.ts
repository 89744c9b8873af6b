import { z } from 'zod';
import { type Config, config } from '../config.js';
import { Failure, UpstreamFailed } from '../errors.js';
import { type Breaker, circuitBreaker } from './breaker.js';
import { type Clock, startClock } from './clock.js';
import { countedCall, type Embedded } from './embedding-call.js';
import type { CountedModel, Meter } from './meter.js';
import { ProviderFailure, providerFailure } from './provider-failure.js';
import { limitUnread, upstreamFetch } from './upstream.js';

/** What common servers take in one request. */
const BATCH = 96;
/** Added to the time-out for each text: a server without a GPU embeds a passage in about this time. */
const MS_PER_TEXT = 1_000;
/** 96 vectors of 4,096 numbers, written out with all their digits. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** By hand: zod's own array of numbers takes 50 ms for a batch of 1,024 dimensions, in which nothing else is served. */
const Vector = z.custom<number[]>(
  (value) => Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number'),
);

const Reply = z.object({
  data: z.array(z.object({ index: z.int().nonnegative().optional(), embedding: Vector })),
  // Many servers leave it out: then it is estimated.
  usage: z.object({ prompt_tokens: z.int().nonnegative() }).optional().catch(undefined),
});

interface Embedder {
  /** Name of the model; undefined when none is configured. Vectors of different models must not be compared. */
  readonly model: string | undefined;
  /**
   * One vector for each text, in order, as the model gives them (not normalised). Throws UpstreamFailed, and what the
   * meter throws.
   */
  embedTexts(texts: readonly string[], meter: Meter, signal?: AbortSignal): Promise<Float32Array[]>;
}

/** A client of an OpenAI-compatible `/embeddings`. `now`: milliseconds that never go back, for the circuit breaker. */
export function embedder(settings: Config, now?: () => number): Embedder {
  const { EMBEDDING_BASE_URL: base, EMBEDDING_MODEL: model } = settings;
  if (!base || !model) return { model: undefined, embedTexts: () => Promise.reject(notConfigured()) };
  const breaker = circuitBreaker(now);
  const never = new AbortController().signal;
  return {
    model,
    async embedTexts(texts, meter, signal = never) {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += BATCH) {
        const batch = texts.slice(from, from + BATCH);
        const call = { meter, signal, texts: batch, choice: choiceOf(model) };
        const embed = () => embedBatch(settings, batch, signal);
        vectors.push(...(await guarded(breaker, signal, () => countedCall(call, embed))));
      }
      return vectors;
    },
  };
}

const choiceOf = (model: string): CountedModel => ({
  ...{ id: `embedding:${model}`, provider: 'embedding', model, label: `Embeddings ${model}` },
});

async function guarded<Result>(breaker: Breaker, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  if (breaker.isOpen()) throw new UpstreamFailed('The embedding server failed repeatedly. Try again in half a minute.');
  breaker.asked();
  try {
    const result = await work();
    breaker.succeeded();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    // A limit that was reached is nobody's failure.
    if (error instanceof Failure) throw error;
    const failure = providerFailure(error);
    if (failure.countsAgainstProvider) breaker.failed();
    throw new UpstreamFailed(`The embedding server ${failure.message}. Try again in a moment.`);
  }
}

async function embedBatch(settings: Config, texts: readonly string[], signal: AbortSignal): Promise<Embedded> {
  const silence = settings.LLM_FIRST_TOKEN_SECONDS * 1000 + texts.length * MS_PER_TEXT;
  const total = settings.LLM_TURN_SECONDS * 1000;
  const clock = startClock({ silence, total, signal });
  try {
    const response = await post(settings, texts, clock);
    const { data, usage } = Reply.parse(await response.json());
    return { vectors: toVectors(data, texts.length), tokens: usage?.prompt_tokens };
  } catch (error) {
    throw clock.signal.aborted ? clock.signal.reason : error;
  } finally {
    clock.abort();
    clock.stop();
  }
}

function post(settings: Config, input: readonly string[], { signal }: Clock): Promise<Response> {
  limitUnread(signal, MAX_REPLY_BYTES);
  const { EMBEDDING_BASE_URL: base = '', EMBEDDING_API_KEY: key, EMBEDDING_MODEL: model } = settings;
  return upstreamFetch(`${base.replace(/\/+$/, '')}/embeddings`, {
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ model, input }),
    signal,
  });
}

/** A vector at the wrong place would be searched for ever: so nothing of a reply that does not add up is taken. */
function toVectors(data: z.infer<typeof Reply>['data'], count: number): Float32Array[] {
  const vectors: Float32Array[] = new Array(count);
  for (const [position, { index = position, embedding }] of data.entries()) {
    vectors[index] = Float32Array.from(embedding);
  }
  const length = vectors[0]?.length;
  const fits =
    data.length === count && vectors.length === count && vectors.every((vector) => vector?.length === length);
  if (!fits || Object.keys(vectors).length !== count)
    throw new ProviderFailure('sent vectors that do not fit the texts');
  return vectors;
}

const notConfigured = () =>
  new UpstreamFailed('No embedding server is configured. Set EMBEDDING_BASE_URL and EMBEDDING_MODEL.');

let installed: Embedder | undefined;

/** The embedder of this process, made from the environment at the first use. */
function embeddings(): Embedder {
  installed ??= embedder(config());
  return installed;
}

/** What the operator has to give a price: nothing while this machine makes the vectors itself. */
export function countedEmbeddings(): readonly CountedModel[] {
  const { EMBEDDER, EMBEDDING_MODEL: model } = config();
  return EMBEDDER === 'provider' && model ? [choiceOf(model)] : [];
}

export const embeddingModel = (): string | undefined => embeddings().model;
export const embedTexts: Embedder['embedTexts'] = (...asked) => embeddings().embedTexts(...asked);
