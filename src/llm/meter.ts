/** What one call used up. Tokens in are all of them, those from and into the provider's cache among them. */
export interface Counted {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Read from the provider's cache. */
  readonly cachedTokens: number;
  /** Written into it. */
  readonly cacheWrites: number;
  /** The provider did not count, or not to the end. */
  readonly estimated: boolean;
}

export const nothingUsed: Counted = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  cacheWrites: 0,
  estimated: false,
};

/** What is asked: a ModelChoice, or the model that makes vectors. */
export interface CountedModel {
  /** By which it has a price: `provider:model`. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly label: string;
}

/** A call that is about to be made, and the most that it can come to. */
export interface AheadOf {
  readonly choice: CountedModel;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type CallOutcome = 'done' | 'failed' | 'stopped';

/** Told how the call ended. Never throws: the answer is there, whatever becomes of its count. */
export type Settle = (outcome: CallOutcome, counted: Counted) => Promise<void>;

/** Asked before every single call to a provider (AG-3). Throws a Failure, with a text for people, when it may not be made. */
export interface Meter {
  begin(call: AheadOf): Promise<Settle>;
}

/** Three bytes are taken for a token. More than most texts come to, because a limit is kept by it. */
export const mostTokensIn = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3);

/** Four characters are taken for a token, where nobody counted. */
export const tokensIn = (characters: number): number => Math.ceil(characters / 4);
