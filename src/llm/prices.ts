import { config } from '../config.js';
import { type Counted, nothingUsed } from './meter.js';

/** Of a million tokens, in the currency of the table. */
export interface Price {
  readonly in: number;
  readonly out: number;
  /** Of tokens from the provider's cache; without it they cost what others do. */
  readonly cached?: number | undefined;
  /** Of tokens that it puts there. */
  readonly cacheWrite?: number | undefined;
}

/** Of a ModelChoice's id. Undefined: the operator has set none, and nothing is guessed. */
export function priceOf(id: string): Price | undefined {
  const models = config().MODEL_PRICES?.models ?? {};
  return Object.hasOwn(models, id) ? models[id] : undefined;
}

export const currency = (): string | undefined => config().MODEL_PRICES?.currency;

/** In millionths of the currency, rounded up: a price per million tokens is the millionths of one token. */
export function costOf(price: Price, { inputTokens, outputTokens, cachedTokens, cacheWrites }: Counted): number {
  const plain = Math.max(0, inputTokens - cachedTokens - cacheWrites);
  const read = cachedTokens * (price.cached ?? price.in);
  const written = cacheWrites * (price.cacheWrite ?? price.in);
  return Math.ceil(plain * price.in + read + written + outputTokens * price.out);
}

/** The most that it can cost: whatever the cache does, each token in is taken for the dearest kind. */
export function mostCost(
  price: Price,
  { inputTokens, outputTokens }: Pick<Counted, 'inputTokens' | 'outputTokens'>,
): number {
  const { in: plain, cached = plain, cacheWrite = plain } = price;
  const dearest = Math.max(plain, cached, cacheWrite);
  return costOf({ in: dearest, out: price.out }, { ...nothingUsed, inputTokens, outputTokens });
}
