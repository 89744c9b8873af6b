import { type Config, config } from '../config.js';
import { UpstreamFailed } from '../errors.js';
import { askProvider, countedIn, newTally } from './ask-provider.js';
import { type Breaker, circuitBreaker } from './breaker.js';
import { type CallOutcome, mostTokensIn, nothingUsed } from './meter.js';
import type { ModelChoice, ModelEvent, ModelRequest, ProviderProblem } from './model-step.js';
import { ProviderFailure } from './provider-failure.js';
import { configuredProviders, type Provider } from './providers.js';

export interface ModelRouter {
  /** In the operator's order; empty when nothing is configured. */
  configuredModels(): readonly ModelChoice[];
  /**
   * One step of a model: text and tool calls, without running any. The next provider is asked when one fails before its
   * first text or tool call. Throws UpstreamFailed, with a text for people, when none answered or an answer broke off;
   * throws the reason of `signal` when that ends it. Ending the iteration ends the request at the provider.
   */
  askModel(request: ModelRequest): AsyncGenerator<ModelEvent, void, void>;
}

interface Route {
  readonly provider: Provider;
  readonly breaker: Breaker;
}

/** `now`: milliseconds that never go back, for the circuit breakers. */
export function modelRouter(settings: Config, now?: () => number): ModelRouter {
  const routes = configuredProviders(settings).map((provider) => ({ provider, breaker: circuitBreaker(now) }));
  const silence = settings.LLM_FIRST_TOKEN_SECONDS * 1000;
  const turn = settings.LLM_TURN_SECONDS * 1000;

  async function* askModel(request: ModelRequest): AsyncGenerator<ModelEvent, void, void> {
    const problems: ProviderProblem[] = [];
    const deadline = performance.now() + turn;
    const allowed = inOrder(routes, request);
    if (allowed.length === 0 && routes.length > 0) throw new UpstreamFailed(noneLeft);
    const promptTokens = mostTokensIn(
      JSON.stringify([request.system, request.systemNow, request.messages, request.tools]),
    );
    for (const route of allowed) {
      const total = deadline - performance.now();
      if (total <= 0) break;
      const answered = yield* attempt(route, request, { limits: { silence, total }, promptTokens, problems });
      if (answered) return;
    }
    throw new UpstreamFailed(noAnswer(problems));
  }

  return { configuredModels: () => routes.map(({ provider }) => provider.choice), askModel };
}

interface Attempt {
  readonly limits: { readonly silence: number; readonly total: number };
  readonly promptTokens: number;
  /** Of those that were asked before; a failure is added. */
  readonly problems: ProviderProblem[];
}

/** Asks one provider, and has it counted. False when it failed before its first word. */
async function* attempt(
  { provider, breaker }: Route,
  request: ModelRequest,
  { limits, promptTokens, problems }: Attempt,
): AsyncGenerator<ModelEvent, boolean, void> {
  const { choice, name } = provider;
  const outputTokens = request.maxOutputTokens ?? assumedOutput;
  const settle = await request.meter.begin({ choice, inputTokens: promptTokens, outputTokens });
  const tally = newTally();
  let outcome: CallOutcome = 'stopped';
  let began = false;
  let used = true;
  try {
    breaker.asked();
    for await (const event of askProvider(provider, request, { limits, tally })) {
      if (!began) yield started(provider, problems);
      began = true;
      if (event.type === 'finished') breaker.succeeded();
      yield event;
    }
    outcome = 'done';
    return true;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    outcome = 'failed';
    used = error.used;
    if (error.countsAgainstProvider) breaker.failed();
    if (began) throw new UpstreamFailed(`The answer is incomplete: ${name} ${error.message}. Ask again.`);
    problems.push({ provider: choice.provider, why: `${name} ${error.message}` });
    return false;
  } finally {
    await settle(outcome, used ? countedIn(tally) : nothingUsed);
  }
}

/** Of a request that does not say how long its answer may be. */
const assumedOutput = 4_096;

const noneLeft =
  'None of the models that this agent may use is set up in this installation now. Choose others in its settings.';

/** The preferred model first, those whose breaker is open last: skipped as long as another one answers. */
function inOrder(routes: readonly Route[], { preferred, only }: Pick<ModelRequest, 'preferred' | 'only'>): Route[] {
  const rank = ({ provider, breaker }: Route) => (breaker.isOpen() ? 2 : provider.choice.id === preferred ? 0 : 1);
  const named = only?.flatMap((id) => routes.find(({ provider }) => provider.choice.id === id) ?? []);
  return [...new Set(named ?? routes)]
    .map((route) => ({ route, rank: rank(route) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ route }) => route);
}

function started({ choice: { provider, model } }: Provider, problems: readonly ProviderProblem[]): ModelEvent {
  return { type: 'started', provider, model, failedBefore: [...problems] };
}

function noAnswer(problems: readonly ProviderProblem[]): string {
  if (problems.length === 0) return 'No language model is configured. Ask whoever runs this installation to add one.';
  return `No model could answer: ${problems.map(({ why }) => why).join('; ')}. Try again in a moment.`;
}

let installed: ModelRouter | undefined;

/** The router of this process, made from the environment at the first use. */
function router(): ModelRouter {
  installed ??= modelRouter(config());
  return installed;
}

export const configuredModels = (): readonly ModelChoice[] => router().configuredModels();
export const isModelConfigured = (): boolean => configuredModels().length > 0;
export const askModel: ModelRouter['askModel'] = (request) => router().askModel(request);
