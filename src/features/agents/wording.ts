import { plural } from '../../http/wording.js';
import { configuredModels } from '../../llm/router.js';
import { moneyWords } from '../usage/money.js';
import type { AgentBudget } from './agent.js';

export function modelLabel(id: string | null): string {
  if (id === null) return 'Automatic';
  return configuredModels().find((choice) => choice.id === id)?.label ?? `${id} (not configured now)`;
}

/** What an answer may use up, where the agent's makers said so. */
export function budgetWords({ calls, tokens, seconds, cost }: AgentBudget): string[] {
  return [
    ...(calls ? [`At most ${plural(calls, 'tool call')}`] : []),
    ...(tokens ? [`At most ${plural(tokens, 'token')}`] : []),
    ...(seconds ? [`At most ${plural(seconds, 'second')}`] : []),
    ...(cost ? [`At most ${moneyWords(cost)}`] : []),
  ];
}
