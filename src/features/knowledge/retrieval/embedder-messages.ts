import type { EmbedText } from './model/use-lite-session.js';

/** From the server to the embedding child. */
export interface EmbedRequest {
  readonly id: number;
  /** A question somebody waits for goes before passages to be indexed. */
  readonly urgent: boolean;
  readonly texts: readonly EmbedText[];
}

/** From the embedding child to the server. `unusable` is its last word: it cannot load the model at all. */
export type EmbedReply =
  | { readonly id: number; readonly vectors: Float32Array }
  | { readonly id: number; readonly failed: string }
  | { readonly unusable: string };
