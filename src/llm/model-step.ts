import type { SharedV3ProviderMetadata } from '@ai-sdk/provider';
import type { Counted, Meter } from './meter.js';

/** One question to a model and its answer: the shapes that everything outside this folder sees. */
export type ProviderName = 'groq' | 'gemini' | 'anthropic' | 'compatible';

/** A model that the operator set up. */
export interface ModelChoice {
  /** `provider:model`; what an agent keeps as its preferred model. */
  readonly id: string;
  readonly provider: ProviderName;
  readonly model: string;
  /** For people, such as "Groq llama-3.3-70b-versatile". */
  readonly label: string;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed, not checked against the tool's schema. The text as it came when `malformed`. */
  readonly arguments: unknown;
  /** The arguments were not a JSON object: answer the call with a failed result instead of running it. */
  readonly malformed?: true;
  /** Opaque JSON of the provider. Hand it back with the call: Gemini signs its calls. */
  readonly providerData?: SharedV3ProviderMetadata;
}

export type ModelMessage =
  | { readonly role: 'member'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | {
      readonly role: 'tool';
      readonly id: string;
      readonly name: string;
      readonly result: string;
      readonly failed?: boolean;
    };

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments, an object at its root. */
  readonly schema: object;
}

export interface ModelRequest {
  /** The same in every request of this agent, so that a provider can keep it in its cache, after the tools. */
  readonly system: string;
  /** What follows it and differs from turn to turn. */
  readonly systemNow?: string | undefined;
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ModelTool[];
  /** Id of the ModelChoice to ask first. Unknown ids are passed over: the operator may have removed the model. */
  readonly preferred?: string | undefined;
  /** Ids of the only ones that may be asked, in this order; absent: all, in the operator's order. */
  readonly only?: readonly string[] | undefined;
  /** Ends the request at the provider at once; the iteration then throws the signal's reason. */
  readonly signal: AbortSignal;
  readonly maxOutputTokens?: number | undefined;
  /** Counts every call that comes of this request, those in vain too. */
  readonly meter: Meter;
}

/** Why a provider did not answer, for people: "Groq is over its limit". Holds no key and nothing it sent. */
export interface ProviderProblem {
  readonly provider: ProviderName;
  readonly why: string;
}

export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'other';

export type ModelEvent =
  /** Just before the first text or tool call. `failedBefore` are the providers that were asked in vain. */
  | {
      readonly type: 'started';
      readonly provider: ProviderName;
      readonly model: string;
      readonly failedBefore: readonly ProviderProblem[];
    }
  | { readonly type: 'text'; readonly text: string }
  /** Only once the whole step arrived intact, so that nothing is run for an answer that broke off. */
  | ({ readonly type: 'tool-call' } & ToolCall)
  /** Always last. `estimated`: the provider did not count, so four characters are taken for a token. */
  | ({ readonly type: 'finished'; readonly reason: FinishReason } & Counted);
