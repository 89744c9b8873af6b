import assert from 'node:assert/strict';
import { type Config, readConfig } from '../../src/config.js';
import { UpstreamFailed } from '../../src/errors.js';
import type { AheadOf, CallOutcome, Counted, Meter } from '../../src/llm/meter.js';
import type { ModelEvent, ModelRequest, ModelTool } from '../../src/llm/model-step.js';
import { type ModelRouter, modelRouter } from '../../src/llm/router.js';

export const never = new AbortController().signal;

export const searchTool: ModelTool = {
  name: 'search_knowledge',
  description: 'Finds passages in the documents.',
  schema: {
    type: 'object',
    properties: { query: { type: 'string' } },
    required: ['query'],
    additionalProperties: false,
  },
};

export interface CountedCall extends AheadOf {
  readonly outcome?: CallOutcome;
  readonly counted?: Counted;
}

/** Writes down what it is told. */
export function recorder(): Meter & { readonly calls: CountedCall[] } {
  const calls: CountedCall[] = [];
  return {
    calls,
    async begin(ahead) {
      const index = calls.push(ahead) - 1;
      return async (outcome, counted) => {
        calls[index] = { ...ahead, outcome, counted };
      };
    },
  };
}

/** A question with a tool at hand. */
export const question: ModelRequest = {
  system: 'You are Guide.',
  messages: [{ role: 'member', text: 'Who may sign?' }],
  tools: [searchTool],
  signal: never,
  meter: recorder(),
};

/** For tests in which a provider hangs. All others get time, as the machine may be busy. */
export const impatient = { LLM_FIRST_TOKEN_SECONDS: '0.3' };

export function settings(environment: Record<string, string>): Config {
  return readConfig({ NODE_ENV: 'test', LLM_FIRST_TOKEN_SECONDS: '10', LLM_TURN_SECONDS: '20', ...environment });
}

export function router(environment: Record<string, string>, now?: () => number): ModelRouter {
  return modelRouter(settings(environment), now);
}

export async function collect(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const list: ModelEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

/** Who answered. */
export function providerOf(events: readonly ModelEvent[]): string | undefined {
  return events.flatMap((event) => (event.type === 'started' ? [event.provider] : []))[0];
}

/** The text shown to the person when asking fails. */
export async function refusalOf(asking: Promise<unknown>): Promise<string> {
  const error: unknown = await asking.then(
    () => assert.fail('it was answered'),
    (reason) => reason,
  );
  assert.ok(error instanceof UpstreamFailed, `not an UpstreamFailed: ${error}`);
  assert.equal(error.cause, undefined, 'a cause would carry the prompt into the log');
  return error.message;
}
