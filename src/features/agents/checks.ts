import { Invalid } from '../../errors.js';
import { currency } from '../../llm/prices.js';
import { configuredModels } from '../../llm/router.js';
import { toolNamed } from '../../llm/tool.js';
import { limitsOf } from '../conversations/gateway/budget.js';
import type { AgentSettings } from './agent.js';

/** What is wrong with settings beyond their form. `present`: those of now, when there are any. Throws Invalid. */
export function checkSettings(settings: AgentSettings, present?: AgentSettings): void {
  checkModels(settings, present);
  checkTools(settings, present?.tools ?? []);
  checkBudget(settings);
}

// What it has already may stay: the operator may have taken a model away for an hour.
function checkModels({ model, fallbacks }: AgentSettings, present: AgentSettings | undefined): void {
  const known = new Set([
    ...configuredModels().map(({ id }) => id),
    ...[present?.model ?? [], present?.fallbacks ?? []].flat(),
  ]);
  const message = 'Choose a model from the list.';
  if (model !== null && !known.has(model)) throw new Invalid(message, { model: message });
  if (fallbacks?.some((id) => !known.has(id))) throw new Invalid(message, { fallbacks: message });
}

function checkTools({ tools }: AgentSettings, present: readonly string[]): void {
  if (tools.every((name) => toolNamed(name) || present.includes(name))) return;
  const message = 'Choose tools from the list.';
  throw new Invalid(message, { tools: message });
}

const leastTokens = 2000;

/** More than the installation allows would be a promise that is not kept. */
function checkBudget({ budget }: AgentSettings): void {
  const most = installationLimits();
  const above = (['calls', 'tokens', 'seconds'] as const).filter((what) => (budget[what] ?? 0) > most[what]);
  const errors: [string, string][] = above.map((what) => [
    what === 'tokens' ? 'volume' : what,
    `This installation allows at most ${most[what].toLocaleString('en')}.`,
  ]);
  if (budget.tokens !== undefined && budget.tokens < leastTokens) {
    errors.push(['volume', `Allow at least ${leastTokens.toLocaleString('en')}: with fewer nothing can be asked.`]);
  }
  if (budget.cost !== undefined && currency() === undefined) {
    errors.push(['cost', 'No model has a price here, so no limit of money can be kept.']);
  }
  if (errors.length > 0) throw new Invalid('It may not use up that much.', Object.fromEntries(errors));
}

export function installationLimits() {
  const { toolCalls: calls, tokens, seconds } = limitsOf({ budget: {} });
  return { calls, tokens, seconds, currency: currency() };
}
